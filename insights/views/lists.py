"""Lists of customers: a new one or more of them, from pasted words, a selection, a file; how one stands."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.http import came_from, id_in, unchanged
from crm.lists import PAGE_SIZE
from crm.problems import Problem
from customers.filters import FILTERS, Filters
from customers.models import ImportFile
from insights import listing, segments
from insights.models import ListedCustomer, Segment
from insights.views.pasted import Pasted
from staff.access import allowed

Origin = ListedCustomer.Origin


class FilterGone(Problem):
    """One of these filters is not there any more, so nobody was put on the list. Open the customers again."""

    code = "filter_gone"


@require_http_methods(["GET", "POST"])
@allowed("insights.segments")
def new(request: HttpRequest) -> HttpResponse:
    """Make a list of those whom a pasted text means, or an empty one."""
    return _pasted(request, None)


@require_http_methods(["GET", "POST"])
@allowed("insights.segments")
def paste(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Put those whom a pasted text means on a list."""
    return _pasted(request, get_object_or_404(listing.lists(), pk=segment_id))


def _pasted(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    """Show whom the text means before anything is written; what is not found comes back to be corrected."""
    name = request.POST.get("name", "")
    context = {"segment": segment, "name": name}
    if request.method == "GET":
        return render(request, "insights/paste.html", context)
    text, preview = "\n".join(request.POST.getlist("text")), None
    try:
        preview = Pasted.of(text, request.POST, request.user)
        if request.POST.get("do") != "add" and text.strip():
            return render(request, "insights/paste.html", context | {"preview": preview})
        with transaction.atomic():
            segment = segment or segments.new_list(name=name, by=request.user)
            count = listing.add(segment, preview.chosen, origin=Origin.PASTED, by=request.user, seer=request.user)
    except Problem as problem:
        context |= {"trouble": str(problem), "preview": preview, "text": text}
        return render(request, "insights/paste.html", context, status=problem.status)
    if preview.left:
        left = {"segment": segment, "text": preview.left, "added": _said(count, segment), "left": preview.left_count}
        return render(request, "insights/paste.html", left)
    messages.success(request, _said(count, segment))
    return redirect("insights:segment", segment.pk)


# ---- how it stands


def page(request: HttpRequest, segment: Segment) -> HttpResponse:
    """Show how a list stands, and take a new name of it; segments.page has looked who asks."""
    name, trouble = segment.name, ""
    if request.method == "POST":
        if not request.user.may(listing.RIGHT):
            raise PermissionDenied(_("You can look at segments. Somebody from marketing can change them."))
        name = request.POST.get("name", "")
        try:
            segments.save_list(segment, name=name, by=request.user)
        except Problem as problem:
            trouble = str(problem)
        else:
            messages.success(request, _("Segment saved."))
            return redirect("insights:segment", segment.pk)
    context = {"name": name, "trouble": trouble, **_standing(request, segment)}
    return render(request, "insights/list.html", context, status=422 if trouble else 200)


@require_GET
@allowed("insights.view")
def standing(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The part that polls while somebody is on their way: 204 while nothing changed."""
    context = _standing(request, get_object_or_404(Segment, pk=segment_id, is_static=True))
    if request.GET.get("seen") == context["version"]:
        return unchanged()
    return render(request, "insights/_standing.html", context)


def _standing(request: HttpRequest, segment: Segment) -> dict:
    stands = listing.standing(segment, request.user)
    moving = [f"{one.pk}at{one.reached}" for one in stands.on_their_way]
    version = "-".join(map(str, [stands.count, stands.entering, stands.leaving, *moving]))
    may_change = request.user.may(listing.RIGHT)
    return {"segment": segment, "stands": stands, "version": version, "may_change": may_change}


# ---- from the customers list


@require_http_methods(["GET", "POST"])
@allowed("insights.segments")
def chosen(request: HttpRequest) -> HttpResponse:
    """Put the customers who are chosen, or all whom the filters leave, on a list, an old one or a new one."""
    name, pk = request.POST.get("name", ""), id_in(request.POST.get("segment", ""))
    ids = [id_in(text) for text in request.POST.getlist("customer")[:PAGE_SIZE]]
    context = {
        "lists": list(listing.lists()),
        "ids": ids,
        "is_all": "all" in request.POST,
        "filters": {each.name: request.POST[each.name] for each in FILTERS if request.POST.get(each.name)},
        "name": name,
        "chosen": pk,
    }
    if request.method == "GET":
        return render(request, "insights/_lists.html", context)
    if not pk and not name.strip():
        return render(request, "insights/choose_list.html", context)
    try:
        with transaction.atomic():
            segment = _list(request, pk, name)
            if context["is_all"]:
                return _all_of(request, segment, context["filters"])
            count = listing.add(segment, ids, origin=Origin.SELECTION, by=request.user, seer=request.user)
    except (segments.NameTaken, listing.NoList) as problem:
        return render(request, "insights/choose_list.html", context | {"trouble": str(problem)}, status=422)
    messages.success(request, _said(count, segment))
    is_from_page = "asked" in request.POST  # where a list was asked for: back to it leads nowhere
    return redirect("insights:segment", segment.pk) if is_from_page else redirect(came_from(request, "customers:list"))


def _list(request: HttpRequest, pk: int, name: str) -> Segment:
    if pk:
        return get_object_or_404(listing.lists(), pk=pk)
    return segments.new_list(name=name, by=request.user)


def _all_of(request: HttpRequest, segment: Segment, asked: dict[str, str]) -> HttpResponse:
    filters = Filters(asked, request.user)
    if filters.values != asked:
        raise FilterGone
    listing.begin(segment, origin=Origin.SELECTION, by=request.user, filters=filters.values)
    return redirect("insights:segment", segment.pk)


# ---- from a file, and off again


@require_POST
@allowed("insights.segments")
def of_import(request: HttpRequest, file_id: int) -> HttpResponse:
    """Make a list of the customers whom a file made or found."""
    if not request.user.may("customers.import"):
        raise PermissionDenied(_("You may not open imports. Nothing was changed."))
    finished = ImportFile.objects.visible_to(request.user).filter(status=ImportFile.Status.FINISHED)
    file = get_object_or_404(finished, pk=file_id)
    with transaction.atomic():
        segment = segments.new_list(name=request.POST.get("name", ""), by=request.user)
        listing.begin(segment, origin=Origin.IMPORT, by=request.user, file=file)
    return redirect("insights:segment", segment.pk)


@require_POST
@allowed("insights.segments")
def remove(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Take the chosen customers off a list."""
    segment = get_object_or_404(listing.lists(), pk=segment_id)
    ids = [id_in(text) for text in request.POST.getlist("customer")[:PAGE_SIZE]]
    count = listing.remove(segment, ids, by=request.user, seer=request.user)
    words = ngettext("%(count)d customer is off “%(name)s”.", "%(count)d customers are off “%(name)s”.", count)
    messages.success(request, words % {"count": count, "name": segment.name})
    return redirect(came_from(request, reverse("insights:members", args=[segment.pk])))


def _said(count: int, segment: Segment) -> str:
    if not count:
        return _("Nobody is new on “%(name)s”.") % {"name": segment.name}
    words = ngettext(
        "%(count)d customer is new on “%(name)s”.", "%(count)d customers are new on “%(name)s”.", count
    )  # fmt: skip
    return words % {"count": count, "name": segment.name}
