"""The builder's parts: what somebody answers or presses is counted and drawn while they go on."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from crm.http import id_in
from crm.problems import Problem
from insights import building, choosing, segments
from insights.fields import every
from insights.kinds import Field
from insights.models import Segment
from insights.rules import DEEPEST, OPERATORS
from insights.wording import in_words
from sales import bookkeeping
from staff.access import allowed

Rule = dict[str, Any]


@require_POST
@allowed("insights.segments")
def builder(request: HttpRequest) -> HttpResponse:
    """The builder after another field, another operator or a press: rules, numbers, result."""
    return render(request, "insights/_builder.html", pressed(request) | {"is_part": True})


@require_POST
@allowed("insights.segments")
def answered(request: HttpRequest) -> HttpResponse:
    """What follows from an answer, the controls left as they are: numbers, sentence, what is missing, result."""
    context = drawn(request, building.read(request.POST), _writing(request))
    return render(request, "insights/_answered.html", context)


@require_POST
@allowed("insights.segments")
def counted(request: HttpRequest) -> HttpResponse:
    """The exact numbers of what is in the form."""
    return _exactly(request, building.read(request.POST))


@require_GET
@allowed("insights.view")
def counted_of(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The exact numbers of a segment as it is saved."""
    return _exactly(request, get_object_or_404(Segment, pk=segment_id).rule)


@require_GET
@allowed("insights.segments")
def choices(request: HttpRequest, key: str) -> HttpResponse:
    """What there is to choose from that is called like a text. `at`: the path of the rule that asks; in `segment`."""
    asked = every(id_in(request.GET.get("segment", ""))).get(key)
    if asked is None or not asked.kind.is_chosen:
        raise Http404
    at = building.name_of(building.path_of(request.GET.get("at", "")))
    text = request.GET.get(f"q.{at}", "").strip()[:100].replace("\x00", "")
    return render(request, "insights/_choices.html", {"offer": choosing.offer(asked, (), text), "at": at, "text": text})


def _exactly(request: HttpRequest, rule: Rule) -> HttpResponse:
    context = {"rule": rule, "sample": []} | numbers(request, rule, exactly=True)
    shown = id_in((request.POST or request.GET).get("examples", ""))
    if context["counts"] and shown < segments.SAMPLE_SIZE:
        context["sample"] = segments.sample(rule, request.user)
    return render(request, "insights/_counted.html", context)


def pressed(request: HttpRequest) -> dict[str, Any]:
    """Return what the builder's templates need after a press of the form's buttons, or without one."""
    wish = request.POST.get("do", "")
    rule = building.deed(building.read(request.POST), wish)
    sought = building.sought(request.POST, wish)
    control = request.htmx.trigger or ""
    follows = {"focus": building.goal(rule, wish), "opened": building.opened(rule, wish, control)}
    return drawn(request, rule, _writing(request), sought) | follows


def _writing(request: HttpRequest) -> int:
    return id_in(request.POST.get("segment", ""))


def drawn(request: HttpRequest, rule: Rule, writing: int = 0, sought: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what the builder's templates need of `rule`; what is wrong with it is in `trouble` and `troubles`.

    writing: the segment whose rule it is, once that was saved. sought: {path: text} of the rules among whose choices
    somebody looks for some.
    """
    known = every(writing)
    context = {
        "segment": None,
        "writing": writing,
        "notice": "",
        "rule": rule,
        "fields": known,
        "groups": _by_group(known, building.asked_in(rule)),
        "operators": OPERATORS,
        "offers": choosing.offers(rule, known, sought or {}),
        "sought": sought or {},
        "troubles": building.troubles(rule, known, writing),
        "deepest": DEEPEST,
        "sample": [],
        "words": "",
        "focus": "",
        "opened": "",
        "joining": building.joining(rule),
        "currency": bookkeeping.currency(),
        "is_part": False,
        "may_change": request.user.may("insights.segments"),
        **numbers(request, rule),
    }
    if context["counts"]:
        context["sample"] = segments.sample(rule, request.user, at_once=context["is_about"])
        context["words"] = in_words(rule, known)
    return context


def numbers(request: HttpRequest, rule: Rule, *, exactly: bool = False) -> dict[str, Any]:
    """Return {"counts": {path: people}, "is_about": whether they are reckoned, "everybody", "trouble"} of `rule`.

    Without counts `trouble` says why.
    """
    try:
        found, is_about = (
            (segments.counts(rule, request.user), False) if exactly else segments.about(rule, request.user)
        )
    except Problem as problem:
        return {"counts": {}, "is_about": False, "everybody": 0, "trouble": str(problem)}
    counts = {building.name_of(path): count for path, count in found.items()}
    everybody = segments.everybody_count(request.user)
    return {"counts": counts, "is_about": is_about, "everybody": everybody, "trouble": ""}


def _by_group(fields: dict[str, Field], asked: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Return {group: [(key, label)]} of the menu: what can be asked now, and what this rule asks already."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in fields.values():
        if not one.is_retired or one.key in asked:
            groups.setdefault(str(one.group), []).append((one.key, str(one.label)))
    return groups
