"""Promises: made, kept, given another day, handed to a colleague, called off. Each keeps its first date."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import days, undoing
from crm.events.recording import record
from crm.models import Undo
from crm.problems import Invalid, Problem
from customers.models import Customer
from customers.touch import touch
from interactions import by_when, recognising, thread
from interactions.models import Conversation, Interaction, Task, TaskMove
from staff.models import User

CLOSINGS = ("promise.kept", "promise.dropped")  # deeds


class NoWords(Invalid):
    """Say what is promised."""

    code = "no_words"


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
    due: date | datetime,
    by,
    owner=None,
    conversation: Conversation | None = None,
    interaction: Interaction | None = None,
    kind: str = Task.Kind.PROMISE,
    channel: str = "",
    at: datetime | None = None,
) -> Task:
    """Promise something and return it. owner: who does it; `by` when None. due: a day, or a moment.

    at: when it was said; None: now. Raises NoWords, DayTooFar, DayOver and MayNotPromise.
    """
    if not what.strip():
        raise NoWords
    owner, at = owner or by, at or now()
    by_when.demand_coming(due, at)
    _demand_able(owner)
    due_on, due_at = by_when.day_and_moment(due)
    task = Task.objects.create(
        what=what.strip()[:300],
        customer=customer,
        conversation=conversation,
        interaction=interaction,
        kind=kind,
        channel=channel,
        due_on=due_on,
        due_at=due_at,
        first_due_on=due_on,
        first_due_at=due_at,
        owner=owner,
        promised_by=by,
        created_at=at,
    )
    thread.promised(task)
    record("promise.made", about=task, customer=customer, by=by, what=task.what, due=due.isoformat(), made=kind)
    touch([task.customer_id])
    return task


@transaction.atomic
def keep(task: Task, *, by) -> Undo:
    """Mark a promise as kept; return how to take that back. Raises PromiseClosed."""
    kept = _close(task, Task.Status.KEPT, by)
    record("promise.kept", about=task, customer=task.customer, by=by, was_late=task.due_at < now())
    return kept


@transaction.atomic
def drop(task: Task, *, by, why: str = "") -> Undo:
    """Call a promise off, with the reason; return how to take that back. Raises PromiseClosed."""
    kept = _close(task, Task.Status.DROPPED, by)
    record("promise.dropped", about=task, customer=task.customer, by=by, why=why)
    return kept


@transaction.atomic
def take_back(task: Task, *, by) -> None:
    """Open a promise again that was closed by mistake; while that can be undone, an offer stands again too.

    Raises PromiseClosed when it is open, and ChangedMeanwhile.
    """
    kept = undoing.last(task, *CLOSINGS)
    if kept and kept.is_open:
        undoing.undo(kept, by=by)
    else:
        before = _closed(task.pk)
        Task.objects.filter(pk=task.pk).update(status=Task.Status.OPEN, closed_at=None, closed_by=None)
        _reopened(before, by)
    task.refresh_from_db()


@transaction.atomic
def move(task: Task, *, due: date | datetime, by, why: str = "") -> Undo:
    """Give a promise another day or moment; the first one stays on record, with who moved it and why.

    Return how to undo that. Raises PromiseClosed, DayTooFar and DayOver.
    """
    by_when.demand_coming(due, now())
    before, why = _locked(task), why.strip()[:300]
    kept = _kept("promise.moved", task, by, "due_on", "due_at")
    due_on, due_at = by_when.day_and_moment(due)
    Task.objects.filter(pk=task.pk).update(due_on=due_on, due_at=due_at)
    task.refresh_from_db()
    moved = TaskMove.objects.create(task=task, from_due_at=before.due_at, to_due_at=due_at, by=by, why=why)
    undoing.made(kept, TaskMove, [moved.pk])
    said = {"was": before.due.isoformat(), "to": due.isoformat()}
    record("promise.moved", about=task, customer=task.customer, by=by, why=why, **said)
    touch([task.customer_id])
    return kept


@transaction.atomic
def hand(task: Task, *, to, by) -> Undo | None:
    """Offer a promise to a colleague; it stays its owner's until they take it. An offer to another ends by that.

    Return how to undo that; None: it was offered to them already. Raises PromiseClosed and MayNotPromise.
    """
    _demand_able(to)
    before = _locked(task).offered_to
    if before == to:
        return None
    kept = _kept("promise.handed", task, by, "offered_to")
    if before is not None:
        record("promise.withdrawn", about=task, customer=task.customer, by=by, offered_to=before.pk)
    Task.objects.filter(pk=task.pk).update(offered_to=to)
    task.refresh_from_db()
    if task.customer is not None:
        recognising.open_to(to, [task.customer], because="handed", kept=kept)
    record("promise.handed", about=task, customer=task.customer, by=by, offered_to=to.pk)
    return kept


@transaction.atomic
def take(task: Task, *, by) -> Undo:
    """Take a promise that was offered to me; return how to undo that.

    Raises NotOffered when it was not, or somebody took it back; MayNotPromise.
    """
    _demand_able(by)
    offered = Task.objects.open().select_for_update(of=("self",)).filter(pk=task.pk, offered_to=by).first()
    if offered is None:
        raise NotOffered(_("This promise is not offered to you any more."))
    kept = _kept("promise.taken", task, by, "owner", "offered_to")
    Task.objects.filter(pk=task.pk).update(owner=by, offered_to=None)
    task.refresh_from_db()
    moved = TaskMove.objects.create(task=task, from_due_at=task.due_at, to_due_at=task.due_at, to_owner=by, by=by)
    undoing.made(kept, TaskMove, [moved.pk])
    record("promise.taken", about=task, customer=task.customer, by=by, owner_before=offered.owner_id)
    return kept


@transaction.atomic
def decline(task: Task, *, by) -> None:
    """Leave a promise where it is: the colleague says no, or the owner takes the offer back. Harmless when repeated."""
    offered = Task.objects.open().select_for_update(of=("self",)).exclude(offered_to=None).filter(pk=task.pk).first()
    if offered is not None:
        Task.objects.filter(pk=task.pk).update(offered_to=None)
        kind = "promise.declined" if by.pk == offered.offered_to_id else "promise.withdrawn"
        record(kind, about=task, customer=task.customer, by=by, offered_to=offered.offered_to_id)
    task.refresh_from_db()


@undoing.undoes(*CLOSINGS, right=Task.RIGHT)
def _open_as_before(kept: Undo, by) -> None:
    before = _closed(kept.about_id)
    undoing.put_back(kept)
    _reopened(before, by)


@undoing.undoes("promise.moved", "promise.handed", "promise.taken", right=Task.RIGHT)
def _as_before(kept: Undo, by) -> None:
    after = _locked(Task(pk=kept.about_id))
    undoing.put_back(kept)
    deed = kept.kind.partition(".")[2]
    record("promise.undone", about=after, customer=after.customer, by=by, deed=deed)
    touch([after.customer_id])


def _kept(kind: str, task: Task, by, *fields: str) -> Undo:
    kept = undoing.keep(kind, about=task, by=by)
    undoing.changing(kept, Task.objects.filter(pk=task.pk), *fields)
    return kept


def _close(task: Task, status: Task.Status, by) -> Undo:
    _locked(task)
    kept = _kept(f"promise.{status.value}", task, by, "status", "closed_at", "closed_by", "offered_to")
    Task.objects.filter(pk=task.pk).update(status=status, closed_at=now(), closed_by=by, offered_to=None)
    task.refresh_from_db()
    touch([task.customer_id])
    return kept


@transaction.atomic
def unmake(tasks: QuerySet[Task], *, by=None) -> None:
    """Remove promises as if they had never been made, because the call that they were made in is undone."""
    for task in tasks.select_for_update(of=("self",)):
        record("promise.unmade", about=task, customer=task.customer, by=by, what=task.what)
        touch([task.customer_id])
    tasks.delete()


def _closed(task_id: int) -> Task:
    """Return a promise that is not open, locked. Raises PromiseClosed."""
    rows = Task.objects.select_for_update(of=("self",)).exclude(status=Task.Status.OPEN).select_related("customer")
    found = rows.filter(pk=task_id).first()
    if found is None:
        raise PromiseClosed(_("This promise is open already."))
    return found


def _reopened(before: Task, by) -> None:
    record("promise.reopened", about=before, customer=before.customer, by=by, was=before.status)
    touch([before.customer_id])


def _locked(task: Task) -> Task:
    found = Task.objects.open().select_for_update(of=("self",)).filter(pk=task.pk).first()
    if found is None:
        raise PromiseClosed(_("This promise is not open any more."))
    return found


@transaction.atomic
def days_moved() -> None:
    """Let each promise for a day end with that day, now that it ends at another moment."""
    for name in ("due", "first_due"):
        kept = Task.objects.exclude(**{f"{name}_on": None})
        for day in kept.values_list(f"{name}_on", flat=True).distinct():
            wrong = kept.filter(**{f"{name}_on": day}).exclude(**{f"{name}_at": days.end(day)})
            touch(wrong.open().values_list("customer_id", flat=True))
            wrong.update(**{f"{name}_at": days.end(day)})


def _demand_able(owner: User | None) -> None:
    if owner is not None and not owner.may(Task.RIGHT):
        words = _("%(name)s may not open promises. Choose a colleague who may.")
        raise MayNotPromise(words % {"name": owner})
