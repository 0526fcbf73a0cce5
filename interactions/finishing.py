"""A call gets its outcome: its record, promises and what follows; all of it can be undone for ten seconds.

What cannot be undone (a refusal in the consent ledger) happens when the ten seconds are over.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.timezone import get_current_timezone, localtime, now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Problem
from customers import consenting
from customers.models import ContactPoint, Customer, Purpose
from customers.touch import touch
from interactions import attending, moving, noting, outcomes, promising
from interactions.conversations import filing, opening, settling
from interactions.models import Call, Conversation, Interaction, Task
from interactions.outcomes import Outcome
from staff.models import User

UNDO = timedelta(seconds=10)
WRITTEN = (
    "customer",
    "notes",
    "ended_at",
    "conversation",
    "interaction",
    "made",
    "effects_at",
)  # of a call, at its end
CALLBACK_AT = time(10, 0)  # of the next day, when nobody says when
OPEN = {"status": Conversation.Status.OPEN, "settled_at": None, "settled_by_id": None}
Status = Call.Status


class AlreadyFinished(Problem):
    """This call was already finished."""

    code = "already_finished"


class TooLateToUndo(Problem):
    """The ten seconds are over."""

    code = "too_late"


@dataclass(frozen=True)
class Promise:
    """What the agent promised during a call. due_at without a time means the end of that day."""

    what: str
    due_at: datetime
    owner: User | None = None
    has_time: bool = False
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

    notes: None takes those that were saved while typing. Raises AlreadyFinished, UnknownOutcome.
    """
    ending = outcomes.named(outcome)
    running = Call.objects.filter(pk=call.pk, status__in=(Status.LIVE, Status.ENDED))
    if not running.update(status=Status.FINISHED, finished_at=now(), outcome=ending.key, version=F("version") + 1):
        raise AlreadyFinished(_("This call was already finished."))
    call.refresh_from_db()
    call.customer = customer or call.customer
    call.notes = call.notes if notes is None else notes.replace("\x00", "")
    if call.ended_at is None:  # nobody hung up first
        call.ended_at = now()
        record("call.ended", about=call, customer=call.customer, by=call.taken_by)
    place, before = _place(call, conversation or call.conversation, ending, by)
    interaction = filing.file(_interaction(call, place, by))
    made = _promises(call, interaction, _with_callback(promises, ending), by)
    _effects(place, ending, made, by)
    call.conversation, call.interaction = place, interaction
    call.made = {"interaction": interaction.pk, "tasks": [task.pk for task in made], "before": before}
    call.effects_at = now() + UNDO if ending.refuses_calls or ending.is_wrong_number else None
    call.save(update_fields=WRITTEN)
    attending.follow(call.taken_by, by)
    record("call.finished", about=call, customer=call.customer, by=by, outcome=ending.key, **_written(call))
    return interaction


def _place(call: Call, chosen: Conversation | None, ending: Outcome, by) -> tuple[Conversation, dict | None]:
    """Return the conversation, now the caller's, and how it was before (None: this call opened it)."""
    words = call.notes or str(ending.label)
    place = chosen or noting.conversation_for(call.customer, words, by=by, at=call.rang_at)
    is_new = chosen is None and not place.interaction_count and place.opened_at == call.rang_at
    if is_new:
        return place, None
    before: dict = {"stood": settling.standing(place)}
    if place.customer_id is None and call.customer:
        before["nobodys"] = moving.nobodys(place)
        moving.belongs_to(place, call.customer, by=by)
    return place, before


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
    tomorrow = localtime().date() + timedelta(days=1)
    due_at = datetime.combine(tomorrow, CALLBACK_AT, tzinfo=get_current_timezone())
    return (*promises, Promise(_("Call back"), due_at, has_time=True, is_callback=True))


def _promises(call: Call, interaction: Interaction, promises: tuple[Promise, ...], by) -> list[Task]:
    return [
        promising.make(
            promise.what,
            customer=call.customer,
            conversation=interaction.conversation,
            interaction=interaction,
            due_at=promise.due_at,
            has_time=promise.has_time,
            owner=promise.owner,
            by=by,
            kind=Task.Kind.CALLBACK if promise.is_callback else Task.Kind.PROMISE,
            channel="phone" if promise.is_callback else "",
        )
        for promise in promises
    ]


def _effects(place: Conversation, ending: Outcome, made: list[Task], by) -> None:
    """What the outcome does to the conversation: a complaint opens, a matter that is done is settled."""
    place.refresh_from_db()
    if ending.is_complaint:
        settling.complain(place, by=by)
    promised = made or Task.objects.open().filter(conversation=place).exists()
    unheard = ending.is_wrong_number and place.waiting_since  # it was not they who called: their words wait on
    settles = ending.settles and not promised and not place.is_complaint and not unheard
    if settles and place.is_open:
        settling.settle(place, by=by)
    elif not settles and not place.is_open:
        settling.reopen(place, by=by, because=str(ending.label))


@transaction.atomic
def undo(call: Call, *, by) -> Call:
    """Take back all that finishing this call wrote, within ten seconds; it waits for its outcome again.

    Raises TooLateToUndo.
    """
    fresh = Call.objects.filter(pk=call.pk, status=Status.FINISHED, finished_at__gt=now() - UNDO)
    again = {"status": Status.ENDED, "finished_at": None, "outcome": "", "effects_at": None, "interaction": None}
    if not fresh.update(version=F("version") + 1, **again):
        raise TooLateToUndo(_("The ten seconds are over. Log a note instead."))
    made, place, written = call.made, call.conversation, _written(call)
    promising.unmake(Task.objects.filter(pk__in=made.get("tasks", [])), by=by)
    for interaction in Interaction.objects.filter(pk=made.get("interaction")):
        filing.take_back(interaction, by=by)
    if place is not None:
        _put_back(place, made.get("before"), since=call.finished_at, by=by)
    attending.follow(call.taken_by, by)
    touch([call.customer_id])
    call.refresh_from_db()
    record("call.reopened", about=call, customer=call.customer, by=by, **written)
    return call


def _written(call: Call) -> dict:
    """Return what finishing this call wrote, as its facts tell it."""
    return {"interaction": call.made.get("interaction"), "promises": call.made.get("tasks", [])}


def _put_back(place: Conversation, before: dict | None, *, since: datetime | None, by) -> None:
    """Leave the conversation as the call found it, but for what came into it meanwhile: their words keep it open."""
    if before is None and opening.remove_if_empty(place, by=by):
        return
    stood = before["stood"] if before else {**OPEN, "is_complaint": False}
    if place.interactions.filter(direction="in", created_at__gte=since).exists():
        stood |= OPEN
    settling.put_back(place, stood, by=by)
    if before and "nobodys" in before:
        moving.nobodys_again(place, before["nobodys"], by=by)


def settle_effects() -> int:
    """Do what could not be undone, for calls whose ten seconds are over; return how many. May run twice."""
    due = Call.objects.filter(effects_at__lte=now()).order_by("effects_at").values_list("pk", flat=True)
    return sum(_settle(pk) for pk in list(due[:100]))


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
        record("contact_point.bounced", about=point, customer=call.customer, address=point.value, reason="Wrong number")
    touch([call.customer_id])
