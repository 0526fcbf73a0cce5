"""The customer page: a head of our own, and what every room has to say in its slot."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm import panels
from customers.choices import language_name
from customers.models import Affiliation
from customers.views.seen import seen
from staff.access import allowed

SLOTS = ("head", "actions", "main", "side")


@require_safe
@allowed("customers.view")
def page(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = seen(request, customer_id)
    context = {
        "customer": customer,
        "role": _role(customer),
        "language_name": language_name(customer.language) if customer.language else "",
        **{slot: panels.draw(f"customer.{slot}", request, customer) for slot in SLOTS},
    }
    return render(request, "customers/page.html", context)


def _role(customer) -> str:
    """Return what the customer is at the account that buys for them, as in "Owner"."""
    if customer.is_account:
        return ""
    mine = Affiliation.objects.filter(person=customer, account=customer.account_id)
    return mine.values_list("role", flat=True).first() or ""
