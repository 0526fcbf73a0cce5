"""The customer that a page is about: one that this colleague may see, else 404."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from customers.models import Customer


def seen(request: HttpRequest, customer_id: int) -> Customer:
    """Return the customer with account, keeper and team loaded. Raises Http404 for one that is not there for them."""
    rows = Customer.objects.visible_to(request.user).select_related("account", "keeper", "team")
    return get_object_or_404(rows, pk=customer_id)
