"""The customer that a page is about, and what they are: one that this colleague may see, else 404."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from customers.models import Affiliation, Customer


def seen(request: HttpRequest, customer_id: int) -> Customer:
    """Return the customer with account, keeper and team loaded. Raises Http404 for one that is not there for them."""
    rows = Customer.objects.visible_to(request.user).select_related("account", "keeper", "team")
    return get_object_or_404(rows, pk=customer_id)


def role_of(customer: Customer) -> str:
    """Return what a person is at the account that buys for them, as in "Owner"; "" if they do so themselves."""
    if customer.is_account:
        return ""
    mine = Affiliation.objects.filter(person=customer, account=customer.account_id)
    return mine.values_list("role", flat=True).first() or ""
