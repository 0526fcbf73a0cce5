"""Why somebody is in a segment, or is not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from crm.http import is_fragment
from customers import searching
from customers.models import Customer
from insights import explaining, segments, showing, sources
from insights.models import Membership, Segment
from insights.rules import InvalidRule
from staff.access import allowed

FOUND_AT_MOST = 8  # customers


@require_GET
@allowed("insights.view")
def why(request: HttpRequest, segment_id: int, customer_id: int) -> HttpResponse:
    """The rule piece by piece, what it says of a customer, and since when they are in it."""
    segment, customer = get_object_or_404(Segment, pk=segment_id), _seen(request, customer_id)
    whole, trouble, waiting = None, segments.trouble(segment, user=request.user), showing.waiting_since(customer)
    try:
        whole = explaining.explain(segment, customer)
    except InvalidRule as problem:
        trouble = trouble or str(problem)
    context = {
        "segment": segment,
        "customer": customer,
        "whole": whole,
        "stands": explaining.presence(segment, customer),
        "trouble": trouble,
        "as_of": waiting or now(),
        "is_waiting": waiting is not None,
        "old": [(sources.every()[name].label, one) for name, one in (explaining.old(whole) if whole else {}).items()],
        "told": showing.told,
    }
    return render(request, "insights/why.html", context)


@require_GET
@allowed("insights.view")
def of_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """All segments, those that a customer is in first; each leads to why."""
    customer = _seen(request, customer_id)
    since = dict(Membership.objects.filter(customer=customer).values_list("segment_id", "since"))
    rows = [(segment, since.get(segment.pk)) for segment in segments.active()]
    rows.sort(key=lambda row: row[1] is None)
    return render(request, "insights/segments_of_customer.html", {"customer": customer, "rows": rows})


@require_GET
@allowed("insights.view")
def somebody(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Customers whom a text finds, each of whom leads to why they are in a segment, or are not."""
    segment = get_object_or_404(Segment, pk=segment_id)
    text = request.GET.get("who", "").strip()[:100]
    hits = searching.find(text, request.user, FOUND_AT_MOST) if text else []
    is_part = is_fragment(request)
    name = "insights/_somebody_found.html" if is_part else "insights/somebody.html"
    return render(request, name, {"segment": segment, "text": text, "hits": hits, "is_part": is_part})


def _seen(request: HttpRequest, customer_id: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user).select_related("account"), pk=customer_id)
