from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lists import page_of
from crm.problems import Problem
from insights import building, listing, segments
from insights.fields import every
from insights.models import Segment
from insights.starters import starters
from insights.views import lists
from insights.views.building import drawn, pressed
from insights.wording import in_words
from staff.access import allowed


@require_GET
@allowed("insights.view")
def index(request: HttpRequest) -> HttpResponse:
    known = every()
    found = [(segment, segments.trouble(segment, known, request.user)) for segment in segments.active()]
    rows = [(segment, trouble, "" if trouble else _words(segment, known)) for segment, trouble in found]
    begin = starters(request.user) if not rows else []
    context = {"rows": rows, "starters": begin, "counts": segments.member_counts(request.user)}
    return render(request, "insights/segments.html", context)


@require_http_methods(["GET", "POST"])
@allowed("insights.segments")
def new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request, Segment())
    begin = {one.key: one for one in starters(request.user)}.get(request.GET.get("from", ""))
    empty = {"all": []}
    context = drawn(request, begin.rule if begin else empty)
    return render(request, "insights/segment.html", context | {"segment": None, "name": begin.name if begin else ""})


@require_http_methods(["GET", "POST"])
@allowed("insights.view")
def page(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    if segment.is_static:
        return lists.page(request, segment)
    if request.method == "POST":
        return _save(request, segment)
    context = drawn(request, segment.rule, segment.pk) | {"segment": segment, "name": segment.name}
    notice = segments.trouble(segment, user=request.user)
    return render(request, "insights/segment.html", context | {"notice": notice})


@require_GET
@allowed("customers.view")
def members(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    rows = (listing.people if segment.is_static else segments.members)(segment, request.user)
    found = page_of(rows.select_related("account"), order=("sort_key", "id"), cursor=request.GET.get("after"))
    may_remove = segment.is_static and not segment.is_archived and request.user.may(listing.RIGHT)
    context = {"segment": segment, "page": found, "may_remove": may_remove, "told": listing.told(segment, found.rows)}
    return render(request, "insights/members.html", context)


@require_POST
@allowed("insights.segments")
def archive(request: HttpRequest, segment_id: int) -> HttpResponse:
    segments.archive(get_object_or_404(Segment, pk=segment_id), by=request.user)
    return redirect("insights:segments")


def _words(segment: Segment, known: dict) -> str:
    return _("Customers whom somebody put there.") if segment.is_static else in_words(segment.rule, known)


def _save(request: HttpRequest, segment: Segment) -> HttpResponse:
    if not request.user.may("insights.segments"):
        raise Problem(_("You can look at segments. Somebody from marketing can change them."))
    rule = building.read(request.POST)
    name = request.POST.get("name", "")
    if "do" in request.POST:  # without script a press of a button comes here
        context = pressed(request)
        return render(request, "insights/segment.html", context | {"segment": segment.pk and segment, "name": name})
    try:
        segments.save(segment, name=name, rule=rule, by=request.user)
    except Problem as problem:
        context = drawn(request, rule, segment.pk or 0) | {
            "segment": segment.pk and segment,
            "name": name,
            "notice": str(problem),
        }
        return render(request, "insights/segment.html", context, status=422)
    messages.success(request, _("Segment saved."))
    return redirect("insights:segment", segment.pk)
