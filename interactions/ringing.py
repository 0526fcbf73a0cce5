"""A telephone rings, somebody takes it, it ends; or nobody does, and missing.py makes a waiting conversation of it.

The telephone system tells us by hook, in any order and more than once; without one an agent types a number.
Each change makes the call's version grow, by which the consoles notice.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers.models import Customer
from interactions import attending, missing, recognising
from interactions.gateways.calls import callers
from interactions.gateways.calls.contract import Ring, State
from interactions.models import Call, Conversation
from staff.models import User

Status = Call.Status
LONGEST_REF = Call._meta.get_field("ref").max_length
CLOCKS_DIFFER = timedelta(seconds=10)  # by more than that the telephone system's clock is wrong: ours counts


class AlreadyTaken(Problem):
    """A colleague took this call."""

    code = "already_taken"


class NotANumber(Invalid):
    """This is not a phone number."""

    code = "not_a_number"


@transaction.atomic
def ring(told: Ring) -> Call:
    """Take what the telephone system says of one call; repeated and late words change nothing more."""
    said_at = told.at
    told = replace(told, at=_by_our_clock(said_at))
    call, is_new = _call(told)
    if told.state == State.ANSWERED:
        _answered(call, told, said_at)
    elif told.state == State.ENDED:
        _hung_up(call, told.at, said_at)
    elif is_new and call.agent and call.customer:
        recognising.open_to(call.agent, [call.customer], because="call")
    call.refresh_from_db()
    return call


def _by_our_clock(at: datetime) -> datetime:
    arrived = now()
    return at if abs(arrived - at) <= CLOCKS_DIFFER else arrived


def _call(told: Ring) -> tuple[Call, bool]:
    ref = _ref(told.call_ref)
    known = Call.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if known:
        return known, False
    number = "" if callers.is_withheld(told.from_number) else told.from_number
    who = recognising.recognise(number, "phone", with_card=False)
    values = {
        "number": who.address[:40],
        "line": recognising.read(told.to_number, "phone")[1] or told.to_number[:40],
        "customer": who.customer,
        "agent": _colleague(told.agent_email),
        "rang_at": told.at,
    }
    call, is_new = Call.objects.get_or_create(ref=ref, defaults=values)
    if is_new:
        record("call.rang", about=call, customer=call.customer, number=call.number, agent=call.agent_id)
    return call, is_new


def _ref(call_ref: str) -> str:
    """Return the id under which a call is kept: telephone systems may send longer ones than there is room for."""
    return call_ref if len(call_ref) <= LONGEST_REF else f"sha256:{sha256(call_ref.encode()).hexdigest()}"


def _colleague(email: str | None) -> User | None:
    return User.objects.filter(email=email, is_active=True).first() if email else None


def _answered(call: Call, told: Ring, said_at: datetime) -> None:
    """The telephone system knows who has it in hand; a call that is over stays over, one that only rang long is not.

    Was it answered before its end and we hear of it after, then nobody missed it. Taken by somebody whom we do not
    know, it goes on ringing at everybody: else nobody could write it down.
    """
    by = _colleague(told.agent_email) or call.taken_by or call.agent
    if by is None:
        return
    running = Call.objects.filter(pk=call.pk, status__in=(Status.RINGING, Status.LIVE))
    if call.status == Status.LIVE and call.taken_by == by:
        return
    answered_at = Coalesce("answered_at", Value(told.at))
    taken = _change(running, status=Status.LIVE, taken_by=by, answered_at=answered_at)
    if taken or missing.answered_late(call, by=by, at=told.at):
        _taken(call, by)
    elif missing.answered_before_end(call, by=by, said_at=said_at):
        _taken(call, by)
        _wrap_up(call)


def _hung_up(call: Call, at: datetime, said_at: datetime) -> None:
    if _change(Call.objects.filter(pk=call.pk, status=Status.LIVE), status=Status.ENDED, ended_at=at):
        _wrap_up(call)
    elif call.status == Status.RINGING:
        missing.missed(call, at=at, said_at=said_at)
    else:
        missing.is_over(call, at=at, said_at=said_at)


@transaction.atomic
def take(call: Call, *, by) -> Call:
    """Give a ringing call to the first who asks, also one that rang out. Raises AlreadyTaken to everybody else."""
    free = Call.objects.filter(pk=call.pk, status=Status.RINGING, taken_by=None)
    taken = _change(free, status=Status.LIVE, taken_by=by, answered_at=now())
    if not taken and not missing.answered_late(call, by=by, at=now()):
        call.refresh_from_db()
        if call.taken_by_id == by.pk:
            return call
        if call.taken_by is None:
            raise AlreadyTaken(_("This call is over."))
        raise AlreadyTaken(_("%(name)s took this call.") % {"name": call.taken_by})
    _taken(call, by)
    call.refresh_from_db()
    return call


def _taken(call: Call, by) -> None:
    attending.follow(by)
    who = recognising.recognise(call.number, "phone", with_card=False) if call.number else None
    if who:  # a shared number opens all whom it may be
        recognising.open_to(by, [match.customer for match in who.matches], because="call")
    record("call.taken", about=call, customer=call.customer, by=by)


@transaction.atomic
def dial(number: str, *, by, direction: str = "in") -> Call:
    """Begin a call without a telephone system: a number was typed in the console. Raises NotANumber."""
    who = recognising.recognise(number, "phone", with_card=False)
    if not who.channel:
        raise NotANumber(_("“%(text)s” is not a phone number.") % {"text": number})
    at = now()
    call = Call.objects.create(
        ref=f"typed:{uuid4().hex}",
        direction=direction,
        number=who.address,
        status=Status.LIVE,
        customer=who.customer,
        agent=by,
        taken_by=by,
        rang_at=at,
        answered_at=at,
    )
    record("call.rang", about=call, customer=call.customer, by=by, number=call.number, typed=True)
    _taken(call, by)
    return call


@transaction.atomic
def end(call: Call, *, by) -> Call:
    """Hang up: the outcome is still missing. Harmless when it is over already."""
    if _change(Call.objects.filter(pk=call.pk, status=Status.LIVE), status=Status.ENDED, ended_at=now()):
        _wrap_up(call)
    call.refresh_from_db()
    return call


def _wrap_up(call: Call) -> None:
    call.refresh_from_db()
    attending.follow(call.taken_by)
    record("call.ended", about=call, customer=call.customer, by=call.taken_by)


@transaction.atomic
def choose(call: Call, customer: Customer | None, *, conversation: Conversation | None = None) -> Call:
    """Say who it is that calls (of several, or made just now), and which matter it is about; None: not known."""
    _change(Call.objects.filter(pk=call.pk), customer=customer, conversation=conversation, is_somebody_else=False)
    call.refresh_from_db()
    if customer and call.taken_by:
        recognising.open_to(call.taken_by, [customer], because="call")
    return call


@transaction.atomic
def somebody_else(call: Call) -> Call:
    """Say that it is none of those whom the number belongs to: the console asks for a name."""
    _change(Call.objects.filter(pk=call.pk), customer=None, conversation=None, is_somebody_else=True)
    call.refresh_from_db()
    return call


def write_notes(call: Call, notes: str) -> None:
    """Keep the notes as they are typed; no version grows, so nobody's console is redrawn."""
    running = Call.objects.filter(pk=call.pk, status__in=(Status.LIVE, Status.ENDED))
    running.update(notes=notes.replace("\x00", ""))


def _change(calls, **changes) -> int:
    return calls.update(version=F("version") + 1, **changes)
