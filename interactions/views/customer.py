"""What this room shows on the customer page: the thread card, the composer, the timeline, and how to reach them."""

from itertools import groupby
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.formats import month
from crm.http import is_fragment
from customers import reach
from customers.models import Customer
from customers.views.seen import seen
from interactions import ringing, thread, timeline, waiting
from interactions.composer import SEND, Ways, to_write, write
from interactions.views import tabs
from interactions.views.answering import go, read_log
from staff.access import allowed

PEOPLE = 5  # conversations of a company's people
COUNTED = 100  # a filter says "99+" beyond


def card(request: HttpRequest, customer: Customer) -> str:
    if not request.user.may("interactions.view"):
        return ""
    card = thread.card(customer, request.user)
    context = {
        "card": card,
        "may_call": card.step.kind not in ("answer", "complaint") and _may_call(request, customer),
        "people": waiting.among(customer, request.user, PEOPLE) if customer.kind != Customer.Kind.PERSON else (),
    }
    return render_to_string("interactions/_customer_card.html", context, request)


def _may_call(request: HttpRequest, customer: Customer) -> bool:
    """Tell whether there is a number to call, and somebody who may. Asked once for a page: head and card need it."""
    if not request.user.may("interactions.console"):
        return False
    known = vars(customer)
    if "has_number" not in known:
        known["has_number"] = bool(reach.best_points([customer.pk], "phone", "service"))
    return known["has_number"]


def _ways(customer: Customer) -> Ways:
    """Return how one may write to them. Asked once for a page: head and composer need it."""
    known = vars(customer)
    if "ways" not in known:
        known["ways"] = to_write(customer)
    return known["ways"]


def composer(request: HttpRequest, customer: Customer) -> str:
    if not request.user.may("interactions.log"):
        return ""
    context = {"customer": customer, "drawn": tabs.for_customer(_ways(customer))}
    return render_to_string("interactions/_composer.html", context, request)


def line(request: HttpRequest, customer: Customer) -> str:
    if not request.user.may("interactions.view"):
        return ""
    return render_to_string("interactions/_timeline.html", _line(request, customer), request)


def actions(request: HttpRequest, customer: Customer) -> str:
    if not request.user.may("interactions.log"):
        return ""
    ways = _ways(customer)
    context = {
        "customer": customer, "may_call": _may_call(request, customer), "way": ways.best or next(iter(ways.all), None),
    }  # fmt: skip
    return render_to_string("interactions/_actions.html", context, request)


@require_safe
@allowed("interactions.view")
def earlier(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Answer htmx with more of the timeline, or with another filter of it; anybody else with the customer page."""
    customer = seen(request, customer_id)
    if not is_fragment(request):
        return go(request, f"{customer.get_absolute_url()}?{request.GET.urlencode()}#timeline")
    part = "_timeline_more.html" if request.GET.get("cursor") else "_timeline.html"
    return render(request, f"interactions/{part}", _line(request, customer))


def _line(request: HttpRequest, customer: Customer) -> dict:
    sources = timeline.sources()
    shown = request.GET.get("show", "")
    only = [shown] if shown in {one.name for one in sources} else []
    found = timeline.page(customer, request.user, only=only, cursor=request.GET.get("cursor"))
    query = urlencode({"show": shown}) if only else ""
    counts = {} if request.GET.get("cursor") else timeline.counts(customer, request.user, COUNTED)
    months = [(name, list(some)) for name, some in groupby(found, key=lambda entry: month(entry.day))]
    return {
        "customer": customer, "page": found, "months": months, "sources": sources, "shown": shown if only else "",
        "query": query, "counts": counts,
    }  # fmt: skip


@require_POST
@allowed("interactions.log")
def log(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Take what the composer of the customer page sends, and show the page as it is now."""
    customer = seen(request, customer_id)
    written = read_log(request).written()
    write(written, customer=customer, by=request.user)
    if written.kind == SEND:  # the page shows it once it has left
        messages.success(request, _("It is on its way."))
    return go(request, customer.get_absolute_url())


@require_POST
@allowed("interactions.console")
def calling(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Call this customer: the console opens with their thread. Without a number it says so."""
    customer = seen(request, customer_id)
    point = reach.best_points([customer.pk], "phone", "service").get(customer.pk)
    if point is None:
        reason = reach.may_reach(customer, "phone", "service") or "no_address"
        words = reach.reasons("phone")[reason]
        raise ringing.NotANumber(f"{customer.name}: {words}.")
    call = ringing.dial(point[1], by=request.user, direction="out")
    ringing.choose(call, customer, by=request.user)
    return go(request, "/console/")
