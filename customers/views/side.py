"""What this room itself says beside a customer: account, people, addresses, consents, custom fields."""

from datetime import date
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from crm import formats
from customers import wordings
from customers.models import Affiliation, ContactPoint, Customer, CustomField

PEOPLE_SHOWN = 8  # of an account; the list shows them all
CHANNEL_ORDER = {channel: n for n, channel in enumerate(ContactPoint.Channel.values)}


def account(request: HttpRequest, customer: Customer) -> str:
    """Draw where a person belongs, or who belongs to an account; nothing for a person alone."""
    places = list(Affiliation.objects.filter(person=customer).select_related("account"))
    people = list(_people(request, customer)[: PEOPLE_SHOWN + 1])
    if not places and not people:
        return ""
    context = {"customer": customer, "places": places, "people": people[:PEOPLE_SHOWN]}
    context |= {"more": len(people) > PEOPLE_SHOWN}
    return render_to_string("customers/_account.html", context, request)


def _people(request: HttpRequest, customer: Customer):
    """Who is there now comes before who left."""
    seen = Customer.objects.visible_to(request.user).filter(affiliations__account=customer)
    return (
        Affiliation.objects.filter(account=customer, person__in=seen)
        .select_related("person")
        .order_by(F("until_on").desc(nulls_first=True), "pk")
    )


def contact_points(request: HttpRequest, customer: Customer, **more) -> str:
    """Draw every address and number that recognises the customer; `more` goes to the form in it."""
    points = sorted(
        ContactPoint.objects.filter(customer=customer),
        key=lambda point: (CHANNEL_ORDER[point.channel], bool(point.bounced_at), not point.is_first_choice, point.pk),
    )
    context = {"customer": customer, "points": points, "title": wordings.how_we_recognise(customer), "form": None}
    return render_to_string("customers/_contact_points.html", context | more, request)


def custom_fields(request: HttpRequest, customer: Customer) -> str:
    """Draw the fields that the organisation made up; nothing when it made up none."""
    fields = CustomField.objects.filter(is_retired=False).order_by("position", "pk")
    rows = [(field.label, _said(field, customer.custom.get(field.key))) for field in fields]
    if not rows:
        return ""
    return render_to_string("customers/_custom_fields.html", {"customer": customer, "rows": rows}, request)


def _said(field: CustomField, value: Any) -> str | None:
    """Return a value as its reader writes it; None where nothing is known."""
    if value is None or value == "":
        return None
    if field.kind == CustomField.Kind.YES_NO:
        return _("Yes") if value else _("No")
    if field.kind == CustomField.Kind.DAY:
        return formats.day(date.fromisoformat(value))
    return formats.number(value) if field.kind == CustomField.Kind.NUMBER else str(value)
