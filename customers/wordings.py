"""How a customer is spoken about: with their pronoun, else with their name."""

from django.utils.translation import gettext as _

from customers.models import Customer


def called(customer: Customer) -> str:
    """Return what we call somebody in a sentence: the first name of a person, else the name."""
    return (customer.kind == Customer.Kind.PERSON and customer.first_name) or customer.name


def what_they_allow(customer: Customer) -> str:
    said = {"she": _("What she allows"), "he": _("What he allows"), "they": _("What they allow")}
    return said.get(customer.pronoun) or _("What %(name)s allows") % {"name": called(customer)}


def how_we_recognise(customer: Customer) -> str:
    said = {
        "she": _("How we recognise her"),
        "he": _("How we recognise him"),
        "they": _("How we recognise them"),
    }
    return said.get(customer.pronoun) or _("How we recognise %(name)s") % {"name": called(customer)}
