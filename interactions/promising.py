"""Promises: made, kept, given another day, handed to a colleague, called off. Each keeps its first date."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers.models import Customer
from customers.touch import touch
from interactions import recognising
from interactions.models import Conversation, Interaction, Task, TaskMove
from staff.models import Organisation, User

RIGHT = "interactions.promises"  # who has it may own promises
FARTHEST = timedelta(days=36_525)  # a century: beyond it somebody mistyped


class NoWords(Invalid):
    """Say what is promised."""

    code = "no_words"


class DayTooFar(Invalid):
    """Choose a day that is less than a hundred years away."""

    code = "day_too_far"


class DayOver(Invalid):
    """This day is over. Choose today or later."""

    code = "day_over"


class MayNotPromise(Invalid):
    """This colleague may not open promises."""

    code = "may_not_promise"


class PromiseClosed(Problem):
    """This promise is not open any more."""

    code = "promise_closed"


class NotOffered(Problem):
    """This promise was not offered to you."""

    code = "not_offered"


@transaction.atomic
def make(
    what: str,
    *,
    customer: Customer | None,
    due_at: datetime,
    by,
    owner=None,
    has_time: bool = False,
    conversation: Conversation | None = None,
    interaction: Interaction | None = None,
    kind: str = Task.Kind.PROMISE,
    channel: str = "",
    at: datetime | None = None,
) -> Task:
    """Promise something and return it. owner: who does it; `by` when None. due_at without a time: that day's end.

    at: when it was said; None: now. Raises NoWords, DayTooFar, DayOver and MayNotPromise.
    """
    if not what.strip():
        raise NoWords
    owner, at = owner or by, at or now()
    _demand_coming(due_at, at)
    _demand_able(owner)
    task = Task.objects.create(
        what=what.strip()[:300],
        customer=customer,
        conversation=conversation,
        interaction=interaction,
        kind=kind,
        channel=channel,
        due_at=due_at,
        first_due_at=due_at,
        has_time=has_time,
        owner=owner,
        promised_by=by,
        created_at=at,
    )
    record("promise.made", about=task, customer=customer, by=by, what=task.what, due_at=due_at.isoformat(), made=kind)
    touch([task.customer_id])
    return task


@transaction.atomic
def keep(task: Task, *, by) -> None:
    """Mark a promise as kept. Raises PromiseClosed."""
    _close(task, Task.Status.KEPT, by)
    record("promise.kept", about=task, customer=task.customer, by=by, was_late=task.due_at < now())


@transaction.atomic
def drop(task: Task, *, by, why: str = "") -> None:
    """Call a promise off, with the reason. Raises PromiseClosed."""
    _close(task, Task.Status.DROPPED, by)
    record("promise.dropped", about=task, customer=task.customer, by=by, why=why)


@transaction.atomic
def take_back(task: Task, *, by) -> None:
    """Open a promise again that was closed by mistake. Raises PromiseClosed when it is open."""
    closed = Task.objects.select_for_update(of=("self",)).exclude(status=Task.Status.OPEN).filter(pk=task.pk).first()
    if closed is None:
        raise PromiseClosed(_("This promise is open already."))
    Task.objects.filter(pk=task.pk).update(status=Task.Status.OPEN, closed_at=None, closed_by=None)
    task.refresh_from_db()
    record("promise.reopened", about=task, customer=task.customer, by=by, was=closed.status)
    touch([task.customer_id])


@transaction.atomic
def move(task: Task, *, due_at: datetime, by, why: str = "", has_time: bool = False) -> TaskMove:
    """Give a promise another day; the first one stays on record, with who moved it and why.

    Raises PromiseClosed, DayTooFar and DayOver.
    """
    _demand_coming(due_at, now())
    before, why = _locked(task).due_at, why.strip()[:300]
    Task.objects.filter(pk=task.pk).update(due_at=due_at, has_time=has_time)
    task.refresh_from_db()
    moved = TaskMove.objects.create(task=task, from_due_at=before, to_due_at=due_at, by=by, why=why)
    days = {"was": before.isoformat(), "to": due_at.isoformat()}
    record("promise.moved", about=task, customer=task.customer, by=by, why=why, **days)
    touch([task.customer_id])
    return moved


@transaction.atomic
def hand(task: Task, *, to, by) -> None:
    """Offer a promise to a colleague; it stays its owner's until they take it. An offer to another ends by that.

    Raises PromiseClosed and MayNotPromise.
    """
    _demand_able(to)
    before = _locked(task).offered_to
    if before == to:
        return
    if before is not None:
        record("promise.withdrawn", about=task, customer=task.customer, by=by, offered_to=before.pk)
    Task.objects.filter(pk=task.pk).update(offered_to=to)
    task.refresh_from_db()
    if task.customer is not None:
        recognising.open_to(to, [task.customer], because="handed")
    record("promise.handed", about=task, customer=task.customer, by=by, offered_to=to.pk)


@transaction.atomic
def take(task: Task, *, by) -> None:
    """Take a promise that was offered to me.

    Raises NotOffered when it was not, or somebody took it back; MayNotPromise.
    """
    _demand_able(by)
    offered = Task.objects.open().select_for_update(of=("self",)).filter(pk=task.pk, offered_to=by).first()
    if offered is None:
        raise NotOffered(_("This promise is not offered to you any more."))
    Task.objects.filter(pk=task.pk).update(owner=by, offered_to=None)
    task.refresh_from_db()
    TaskMove.objects.create(task=task, from_due_at=task.due_at, to_due_at=task.due_at, to_owner=by, by=by)
    record("promise.taken", about=task, customer=task.customer, by=by, owner_before=offered.owner_id)


@transaction.atomic
def decline(task: Task, *, by) -> None:
    """Leave a promise where it is: the colleague says no, or the owner takes the offer back. Harmless when repeated."""
    offered = Task.objects.open().select_for_update(of=("self",)).exclude(offered_to=None).filter(pk=task.pk).first()
    if offered is not None:
        Task.objects.filter(pk=task.pk).update(offered_to=None)
        kind = "promise.declined" if by.pk == offered.offered_to_id else "promise.withdrawn"
        record(kind, about=task, customer=task.customer, by=by, offered_to=offered.offered_to_id)
    task.refresh_from_db()


def _close(task: Task, status: str, by) -> None:
    closed = {"status": status, "closed_at": now(), "closed_by": by, "offered_to": None}
    if not Task.objects.open().filter(pk=task.pk).update(**closed):
        raise PromiseClosed(_("This promise is not open any more."))
    task.refresh_from_db()
    touch([task.customer_id])


def _locked(task: Task) -> Task:
    found = Task.objects.open().select_for_update(of=("self",)).filter(pk=task.pk).first()
    if found is None:
        raise PromiseClosed(_("This promise is not open any more."))
    return found


def end_of_day(moment: datetime) -> datetime:
    """Return the last second of this moment's day in the organisation's time zone. Raises DayTooFar."""
    _demand_near(moment, now())
    there = moment.astimezone(ZoneInfo(Organisation.current().time_zone))
    return there.replace(hour=23, minute=59, second=59, microsecond=0)


def first_who_may(*colleagues: User | None) -> User | None:
    """Return the first of these who may own a promise; None: it will be nobody's, and the team sees it."""
    return next((one for one in colleagues if one and one.may(RIGHT)), None)


def _demand_able(owner: User | None) -> None:
    if owner is not None and not owner.may(RIGHT):
        words = _("%(name)s may not open promises. Choose a colleague who may.")
        raise MayNotPromise(words % {"name": owner})


def _demand_coming(due_at: datetime, at: datetime) -> None:
    """Demand a day that is not over: earlier on the same day somebody may write down what is late already."""
    _demand_near(due_at, at)
    if due_at < at and localdate(due_at) < localdate(at):
        raise DayOver


def _demand_near(moment: datetime, at: datetime) -> None:
    if abs(moment - at) > FARTHEST:
        raise DayTooFar
