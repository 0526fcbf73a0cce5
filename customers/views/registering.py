"""A new customer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.problems import Invalid
from customers import intake
from customers.forms import NewCustomerForm
from customers.identity import normalise
from customers.models import Customer
from staff.access import allowed
from staff.models import Organisation

SOURCE = "form"


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.change")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a new customer; what was looked for in vain (`with`) is filled in already."""
    kind = request.GET.get("kind", Customer.Kind.PERSON)
    kind = kind if kind in Customer.Kind.values else Customer.Kind.PERSON
    initial = {**_beginning(request.GET.get("with", "").strip(), kind), "keeper": _keeper(request)}
    form = NewCustomerForm(request.POST or None, kind=kind, user=request.user, initial=initial)
    if form.is_valid() and (response := _registered(request, form)):
        return response
    status = 422 if form.errors else 200
    context = {"form": form, "kind": kind, "kinds": Customer.Kind.choices}
    return render(request, "customers/new.html", context, status=status)


def _registered(request: HttpRequest, form: NewCustomerForm) -> HttpResponse | None:
    """Register whom the form names; None: others keep them, or a piece cannot be taken, and the form says so."""
    try:
        customer, is_new = intake.register(form.person(), source=SOURCE, by=request.user, seer=request.user)
    except (intake.KeptElsewhere, Invalid) as problem:
        form.add_error(None, str(problem))
        return None
    if not is_new:
        messages.info(request, _("We knew this customer already. What was new has been added."))
    if not Customer.objects.visible_to(request.user).filter(pk=customer.pk).exists():  # given to another team
        return redirect("customers:list")
    return redirect("customers:page", customer.pk)


def _keeper(request: HttpRequest):
    """Who sees only their own keeps whom they write down, or they would not find them again."""
    return request.user.pk if request.user.may("customers.keep") and request.user.scope("customers") != "all" else None


def _beginning(text: str, kind: str) -> dict[str, str]:
    """Return the fields that `text` fills: an e-mail address, a number, or a name."""
    if "@" in text:
        return {"email": text}
    if normalise.phone(text, Organisation.current().country):
        return {"phone": text}
    if kind != Customer.Kind.PERSON:
        return {"name": text}
    first, _space, last = text.rpartition(" ")
    return {"first_name": first or last, "last_name": last if first else ""}
