"""The customer page: a head of our own, and what every room has to say in its slot."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm import panels
from customers.choices import language_name
from customers.views.seen import role_of, seen
from staff.access import allowed

SLOTS = ("head", "actions", "main", "side")


@require_safe
@allowed("customers.view")
def page(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = seen(request, customer_id)
    context = {
        "customer": customer,
        "role": role_of(customer),
        "language_name": language_name(customer.language) if customer.language else "",
        **{slot: panels.draw(f"customer.{slot}", request, customer) for slot in SLOTS},
    }
    return render(request, "customers/page.html", context)
