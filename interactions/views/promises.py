"""Promises: mine, the team's, those offered to me; kept, moved, handed over, called off."""

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from crm import formats
from crm.http import came_from, is_fragment, toast, undo_address
from crm.lists import page_of
from crm.problems import Invalid
from interactions import promising
from interactions.forms import ColleagueForm, MoveForm
from interactions.models import Task, TaskMove
from interactions.views import seen
from staff.access import allowed
from staff.models import User

TABS = ("mine", "team", "handed", "kept")
PAGE = 50  # promises


@require_safe
@allowed("interactions.promises")
def index(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("whose", "mine")
    tab = tab if tab in TABS else "mine"
    order = ("-closed_at", "-id") if tab == "kept" else ("due_at", "id")
    page = page_of(_rows(request.user, tab), order=order, cursor=request.GET.get("cursor"), size=PAGE)
    offered = Task.objects.open().filter(offered_to=request.user).select_related("customer", "owner").order_by("due_at")
    context = {"tab": tab, "page": page, "groups": _groups(page.rows, tab), "offered": list(offered[:10])}
    return render(request, "interactions/promises.html", context)


def _rows(user, tab: str):
    rows = Task.objects.select_related("customer__account", "owner", "offered_to", "promised_by")
    rows = rows.prefetch_related(Prefetch("moves", TaskMove.objects.order_by("-id")))
    if tab == "team":
        team = Q(owner__team_id=user.team_id) if user.team_id else Q(owner=user)
        return rows.open().visible_to(user).filter(team | Q(owner=None))
    if tab == "handed":
        return rows.open().filter(owner=user).exclude(offered_to=None)
    if tab == "kept":
        return rows.filter(owner=user, status=Task.Status.KEPT, closed_at__isnull=False)
    return rows.open().filter(owner=user)


def _groups(rows: list[Task], tab: str) -> list[tuple[str, str, list[Task]]]:
    """Return [(id, heading, promises)]: late, today, the next seven days, later."""
    if tab == "kept":
        return [("kept", pgettext("promises", "Kept"), rows)] if rows else []
    at = now()
    groups: dict[str, list[Task]] = {"late": [], "today": [], "week": [], "later": []}
    for task in rows:
        left = task.days_left(at)
        soon = "today" if left <= 0 else "week" if left <= 7 else "later"
        groups["late" if task.is_late(at) else soon].append(task)
    names = {"late": _("Late"), "today": _("Today"), "week": _("The next seven days"), "later": _("Later")}
    return [(key, names[key], some) for key, some in groups.items() if some]


@require_POST
@allowed("interactions.promises")
def keeping(request: HttpRequest, task_id: int) -> HttpResponse:
    """Tick it: kept, with undo."""
    task = seen.task(request, task_id)
    promising.keep(task, by=request.user)
    undo = reverse("interactions:taking_back", args=[task.pk])
    return _told(request, _("Kept: %(what)s") % {"what": task.what}, undo)


@require_POST
@allowed("interactions.promises")
def taking_back(request: HttpRequest, task_id: int) -> HttpResponse:
    promising.take_back(seen.task(request, task_id), by=request.user)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(came_from(request, "interactions:promises"))


@require_POST
@allowed("interactions.promises")
def day(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give it another day with a word why, or call it off."""
    task = seen.task(request, task_id)
    if request.POST.get("drop"):
        promising.drop(task, by=request.user, why=request.POST.get("why", ""))
        undo = reverse("interactions:taking_back", args=[task.pk])
        return _told(request, _("Called off: %(what)s") % {"what": task.what}, undo)
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise Invalid(next(iter(form.errors.values()))[0])
    kept = promising.move(task, due=form.due(), why=form.cleaned_data["why"], by=request.user)
    words = _("Moved to %(day)s: %(what)s") % {"day": formats.day(task.due), "what": task.what}
    return _told(request, words, undo_address(kept))


@require_POST
@allowed("interactions.promises")
def handing(request: HttpRequest, task_id: int) -> HttpResponse:
    task = seen.task(request, task_id)
    form = ColleagueForm(request.POST, among=_colleagues(request.user))
    if not form.is_valid():
        raise Invalid(_("Choose a colleague."))
    kept = promising.hand(task, to=form.cleaned_data["to"], by=request.user)
    words = _("Offered to %(name)s: %(what)s") % {"name": task.offered_to, "what": task.what}
    return _told(request, words, undo_address(kept) if kept else None)


@require_POST
@allowed("interactions.promises")
def taking(request: HttpRequest, task_id: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=task_id)
    kept = promising.take(task, by=request.user)
    return _told(request, _("Yours now: %(what)s") % {"what": task.what}, undo_address(kept))


@require_POST
@allowed("interactions.promises")
def refusal(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give it back: the colleague says no, or the owner takes the offer back."""
    task = get_object_or_404(Task.objects.filter(Q(offered_to=request.user) | Q(owner=request.user)), pk=task_id)
    promising.decline(task, by=request.user)
    return _told(request, _("It stays with %(name)s.") % {"name": task.owner or _("nobody")})


@require_safe
@allowed("interactions.promises")
def colleagues(request: HttpRequest) -> HttpResponse:
    """The names to hand a promise to; asked for when the dialog opens."""
    people = _colleagues(request.user).values_list("pk", "name")
    return render(request, "interactions/_colleagues.html", {"people": list(people)})


def _colleagues(user):
    """Return to whom `user` may hand a promise."""
    return User.objects.who_may(Task.RIGHT).exclude(pk=user.pk)


def _told(request: HttpRequest, words: str, undo: str | None = None) -> HttpResponse:
    if is_fragment(request):
        return toast(HttpResponse(""), words, undo)
    messages.success(request, words, extra_tags=undo or "")
    return redirect(came_from(request, "interactions:promises"))
