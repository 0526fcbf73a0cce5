from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lists import page_of
from crm.problems import Problem
from insights import building, segments
from insights.fields import every
from insights.models import Segment
from insights.rules import DEEPEST, OPERATORS
from insights.starters import starters
from insights.wording import in_words
from staff.access import allowed


@require_GET
@allowed("insights.view")
def index(request: HttpRequest) -> HttpResponse:
    known = every()
    found = [(segment, segments.trouble(segment, known)) for segment in segments.active()]
    rows = [(segment, trouble, "" if trouble else in_words(segment.rule, known)) for segment, trouble in found]
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
    context = _builder(request, begin.rule if begin else empty)
    return render(request, "insights/segment.html", context | {"segment": None, "name": begin.name if begin else ""})


@require_http_methods(["GET", "POST"])
@allowed("insights.view")
def page(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    if request.method == "POST":
        return _save(request, segment)
    context = _builder(request, segment.rule) | {"segment": segment, "name": segment.name}
    return render(request, "insights/segment.html", context | {"trouble": segments.trouble(segment)})


@require_POST
@allowed("insights.segments")
def builder(request: HttpRequest) -> HttpResponse:
    """The builder after a change or a press: rules, the numbers beside them, the count, a sample."""
    rule = building.deed(building.read(request.POST), request.POST.get("do", ""))
    return render(request, "insights/_builder.html", _builder(request, rule))


@require_GET
@allowed("customers.view")
def members(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    rows = segments.members(segment, request.user).select_related("account", "keeper")
    found = page_of(rows, order=("sort_key", "id"), cursor=request.GET.get("after"))
    return render(request, "insights/members.html", {"segment": segment, "page": found})


@require_POST
@allowed("insights.segments")
def archive(request: HttpRequest, segment_id: int) -> HttpResponse:
    segments.archive(get_object_or_404(Segment, pk=segment_id), by=request.user)
    return redirect("insights:segments")


def _save(request: HttpRequest, segment: Segment) -> HttpResponse:
    if not request.user.may("insights.segments"):
        raise Problem(_("You can look at segments. Somebody from marketing can change them."))
    rule = building.read(request.POST)
    name = request.POST.get("name", "")
    if "do" in request.POST:  # without script a press of a button comes here
        context = _builder(request, building.deed(rule, request.POST["do"]))
        return render(request, "insights/segment.html", context | {"segment": segment.pk and segment, "name": name})
    try:
        segments.save(segment, name=name, rule=rule, by=request.user)
    except Problem as problem:
        context = _builder(request, rule) | {"segment": segment.pk and segment, "name": name, "trouble": str(problem)}
        return render(request, "insights/segment.html", context, status=422)
    messages.success(request, _("Segment saved."))
    return redirect("insights:segment", segment.pk)


def _builder(request: HttpRequest, rule: dict) -> dict:
    fields = every()
    context = {
        "segment": None,
        "rule": rule,
        "fields": fields,
        "groups": _by_group(fields, building.asked_in(rule)),
        "operators": OPERATORS,
        "deepest": DEEPEST,
        "counts": {},
        "sample": [],
        "words": "",
        "trouble": "",
        "may_change": request.user.may("insights.segments"),
        "everybody": segments.everybody_count(request.user),
    }
    try:
        context["counts"] = {"-".join(map(str, path)): n for path, n in segments.counts(rule, request.user).items()}
        context["sample"] = segments.sample(rule, request.user)
        context["words"] = in_words(rule)
    except Problem as problem:
        context["trouble"] = str(problem)
    return context


def _by_group(fields: dict, asked: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Return {group: [(key, label)]} of the menu: what can be asked now, and what this rule asks already."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in fields.values():
        if not one.is_retired or one.key in asked:
            groups.setdefault(str(one.group), []).append((one.key, str(one.label)))
    return groups
