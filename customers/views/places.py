"""Where a person belongs: they leave an account, or come back to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm import days
from customers.changing import come_back, leave
from customers.models import Affiliation
from customers.views.seen import seen
from staff.access import allowed


@require_POST
@allowed("customers.change")
def leaving(request: HttpRequest, customer_id: int, place_id: int) -> HttpResponse:
    """They left today; with undo."""
    place = _place(request, customer_id, place_id)
    was_main = leave(place, by=request.user, on=days.today())
    undo = reverse("customers:returning", args=[customer_id, place_id]) + ("?buys=yes" if was_main else "")
    words = _("%(person)s left %(account)s.") % {"person": place.person, "account": place.account}
    messages.success(request, words, extra_tags=undo)
    return redirect("customers:page", customer_id)


@require_POST
@allowed("customers.change")
def returning(request: HttpRequest, customer_id: int, place_id: int) -> HttpResponse:
    """They never left, or are back."""
    place = _place(request, customer_id, place_id)
    buys = request.GET.get("buys") == "yes"
    buyer = come_back(place, by=request.user, buys=buys)
    words = _("%(person)s is with %(account)s again.")
    if buys and buyer != place.account:
        words = _(
            "%(person)s is with %(account)s again; the account that was chosen meanwhile goes on buying for them."
        )
    messages.success(request, words % {"person": place.person, "account": place.account})
    return redirect("customers:page", customer_id)


def _place(request: HttpRequest, customer_id: int, place_id: int) -> Affiliation:
    person = seen(request, customer_id)
    return get_object_or_404(Affiliation.objects.select_related("person", "account"), pk=place_id, person=person)
