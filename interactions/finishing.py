"""A call gets its outcome: its record, promises and what follows; all of it can be undone for some seconds.

What cannot be undone (a refusal in the consent ledger) happens when they are over.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import apart, days, undoing
from crm.events.recording import record
from crm.models import Undo
from crm.problems import Problem
from crm.undoing import How
from customers import consenting
from customers.models import ContactPoint, Customer, Purpose
from customers.touch import touch
from interactions import attending, choosing, moving, outcomes, promising
from interactions.conversations import filing, locking, opening, settling, standing
from interactions.models import Call, Conversation, Interaction, Task
from interactions.outcomes import Outcome
from staff.models import User

WRITTEN = ("customer", "notes", "ended_at", "conversation", "interaction", "effects_at")  # of a call, at its end
UNDONE = ("customer", "conversation", "interaction", "outcome", "finished_at", "effects_at")  # its notes are kept
CALLBACK_AT = time(10, 0)  # of the next day, when nobody says when
SETTLING = "effects of call"  # what it may fail at: crm.apart
Status = Call.Status


class AlreadyFinished(Problem):
    """This call was already finished."""

    code = "already_finished"


@dataclass(frozen=True)
class Promise:
    """What the agent promised during a call, for a day or a moment."""

    what: str
    due: date | datetime
    owner: User | None = None
    is_callback: bool = False


@transaction.atomic
def finish(
    call: Call,
    outcome: str,
    *,
    by,
    notes: str | None = None,
    promises: tuple[Promise, ...] = (),
    customer: Customer | None = None,
    conversation: Conversation | None = None,
) -> Interaction:
    """Finish a call with one of outcomes.py, by key or digit, and return its interaction.

    notes: None takes those that were saved while typing. Raises AlreadyFinished, UnknownOutcome, and
    what `promising.make` raises of a promise.
    """
    ending = outcomes.named(outcome)
    kept = undoing.keep("call.finished", about=call, by=by)
    undoing.changing(kept, Call.objects.filter(pk=call.pk), *UNDONE)
    running = Call.objects.filter(pk=call.pk, status__in=(Status.LIVE, Status.ENDED))
    if not running.update(status=Status.FINISHED, finished_at=now(), outcome=ending.key, version=F("version") + 1):
        raise AlreadyFinished(_("This call was already finished."))
    call.refresh_from_db()
    call.customer = customer or call.customer
    call.notes = call.notes if notes is None else notes.replace("\x00", "")
    if call.ended_at is None:  # nobody hung up first
        call.ended_at = now()
        record("call.ended", about=call, customer=call.customer, by=call.taken_by)
    place = _place(call, conversation or call.conversation, ending, kept, by)
    interaction = filing.file(_interaction(call, place, by))
    made = _promises(call, interaction, _with_callback(promises, ending), by)
    undoing.made(kept, Interaction, [interaction.pk])
    undoing.made(kept, Task, [task.pk for task in made])
    _effects(place, ending, made, kept, by)
    call.conversation, call.interaction = place, interaction
    call.effects_at = kept.until if _waits(ending) else None
    call.save(update_fields=WRITTEN)
    attending.follow(call.taken_by, by)
    record("call.finished", about=call, customer=call.customer, by=by, outcome=ending.key, **_written(kept))
    if not kept.is_open:
        _settle(call.pk)
    return interaction


def _place(call: Call, chosen: Conversation | None, ending: Outcome, kept: Undo, by) -> Conversation:
    """Return the conversation, now the caller's."""
    found = chosen or (choosing.only(call.customer) if call.customer else None)
    if found is None:
        found = opening.open_about(call.notes or str(ending.label), call.customer, by=by, at=call.rang_at)
        undoing.made(kept, Conversation, [found.pk])
    locking.lock(found)
    standing.keep(kept, found, "is_complaint")
    if found.customer_id is None and call.customer:
        moving.belongs_to(found, call.customer, by=by, part_of=kept)
    return found


def _interaction(call: Call, place: Conversation, by) -> Interaction:
    began, ended = call.answered_at or call.rang_at, call.ended_at or now()
    return Interaction(
        customer=call.customer,
        conversation=place,
        channel="phone",
        direction=call.direction,
        kind="call",
        occurred_at=began,
        author=by,
        from_address=call.number if call.direction == "in" else call.line,
        to_address=call.line if call.direction == "in" else call.number,
        words=call.notes.strip(),
        outcome=call.outcome,
        duration_seconds=max(0, int((ended - began).total_seconds())),
    )


def _with_callback(promises: tuple[Promise, ...], ending: Outcome) -> tuple[Promise, ...]:
    if not ending.wants_callback or any(promise.is_callback for promise in promises):
        return promises
    due = days.shown_at(days.shown_on(now()) + timedelta(days=1), CALLBACK_AT)
    return (*promises, Promise(_("Call back"), due, is_callback=True))


def _promises(call: Call, interaction: Interaction, promises: tuple[Promise, ...], by) -> list[Task]:
    return [
        promising.make(
            promise.what,
            customer=call.customer,
            conversation=interaction.conversation,
            interaction=interaction,
            due=promise.due,
            owner=promise.owner,
            by=by,
            kind=Task.Kind.CALLBACK if promise.is_callback else Task.Kind.PROMISE,
            channel="phone" if promise.is_callback else "",
        )
        for promise in promises
    ]


def _effects(place: Conversation, ending: Outcome, made: list[Task], kept: Undo, by) -> None:
    """What the outcome does to the conversation: a complaint opens, a matter that is done is settled."""
    place.refresh_from_db()
    if ending.is_complaint:
        settling.complain(place, by=by)
    promised = made or Task.objects.open().filter(conversation=place).exists()
    unheard = ending.is_wrong_number and place.waiting_since  # it was not they who called: their words wait on
    settles = ending.settles and not promised and not place.is_complaint and not unheard
    if settles and place.is_open:
        settling.settle(place, by=by, part_of=kept)
    elif not settles and not place.is_open:
        settling.reopen(place, by=by, because=str(ending.label))


def undo(call: Call, *, by) -> Call:
    """Take back all that finishing this call wrote, while that can be undone; it waits for its outcome again.

    Raises TooLate, AlreadyUndone and ChangedMeanwhile.
    """
    kept = undoing.last(call, "call.finished")
    if kept is None:
        raise undoing.TooLate
    undoing.undo(kept, by=by)
    call.refresh_from_db()
    return call


@undoing.undoes("call.finished", right="interactions.console")
def _unfinish(kept: Undo, by) -> None:
    call = Call.objects.get(pk=kept.about_id)
    if call.effects_at is None and _waits(outcomes.named(call.outcome)):  # the clock was faster
        raise undoing.TooLate
    promising.unmake(Task.objects.filter(pk__in=undoing.ids_of(kept, Task, How.MADE)), by=by)
    for interaction in Interaction.objects.filter(pk__in=undoing.ids_of(kept, Interaction, How.MADE)):
        filing.take_back(interaction, by=by)
    moving.put_back(kept, by=by)
    Call.objects.filter(pk=call.pk).update(status=Status.ENDED)
    attending.follow(call.taken_by, by)
    touch([call.customer_id])
    record("call.reopened", about=call, customer=call.customer, by=by, **_written(kept))


def _written(kept: Undo) -> dict:
    """Return what finishing a call wrote, as its facts tell it."""
    (interaction,), promises = (undoing.ids_of(kept, model, How.MADE) for model in (Interaction, Task))
    return {"interaction": interaction, "promises": promises}


def _waits(ending: Outcome) -> bool:
    """Tell whether the outcome does something that cannot be undone."""
    return ending.refuses_calls or ending.is_wrong_number


def settle_effects() -> int:
    """Do what cannot be undone, for calls whose outcome cannot be either any more; return how many. May run twice."""
    due = Call.objects.filter(effects_at__lte=now()).exclude(pk__in=apart.resting(SETTLING)).order_by("effects_at")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:100]):
        with apart.apart(SETTLING, pk):
            done += _settle(pk)
    return done


@transaction.atomic
def _settle(call_id: int) -> bool:
    mine = Call.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=call_id, effects_at__lte=now())
    call = mine.select_related("customer", "taken_by").first()
    if call is None:
        return False
    ending = outcomes.named(call.outcome)
    if ending.refuses_calls and call.customer:
        _refuse_calls(call.customer, call)
    if ending.is_wrong_number:
        _not_theirs(call)
    Call.objects.filter(pk=call.pk).update(effects_at=None)
    return True


def _refuse_calls(customer: Customer, call: Call) -> None:
    for purpose in (Purpose.OFFERS, Purpose.SURVEYS):
        proof = f"Said on the phone, call {call.pk}"  # its words are for those who may read conversations
        consenting.withdraw(customer, purpose, "phone", source="call", proof=proof, by=call.taken_by)


def _not_theirs(call: Call) -> None:
    """The number is somebody else's: it is not used any more for this customer."""
    points = ContactPoint.objects.filter(customer=call.customer_id, channel="phone", value=call.number, bounced_at=None)
    for point in points:
        ContactPoint.objects.filter(pk=point.pk).update(bounced_at=now(), bounce_reason="Wrong number")
        about = {"address": point.value, "channel": "phone", "reason": "Wrong number"}
        record("contact_point.bounced", about=point, customer=call.customer, **about)
    touch([call.customer_id])
