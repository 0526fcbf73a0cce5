"""A telephone rings, somebody takes it, it ends; or nobody does, and missing.py makes a waiting conversation of it.

The telephone system tells us by hook, in any order and more than once; without one an agent types a number.
Each change makes the call's version grow, by which the consoles notice. An agent is on one call at a time: a second one
is refused to them; what the telephone system tells is a fact, and ends the one before.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from crm.events.recording import record
from crm.formats import phone
from crm.problems import Invalid, Problem
from customers.models import Customer
from interactions import attending, missing, recognising
from interactions.conversations import locking
from interactions.gateways.calls import callers
from interactions.gateways.calls.contract import Ring, State
from interactions.models import Call, Conversation
from staff.models import User

Status = Call.Status
LONGEST_REF = 120  # characters; Call.ref holds no more
LOCK = "on the line"  # of an agent
CLOCKS_DIFFER = timedelta(seconds=10)  # by more than that the telephone system's clock is wrong: ours counts


class AlreadyTaken(Problem):
    """A colleague took this call."""

    code = "already_taken"


class OnTheLine(Problem):
    """You are on the line already. End that call first."""

    code = "on_the_line"


class NotANumber(Invalid):
    """This is not a phone number."""

    code = "not_a_number"


@transaction.atomic
def ring(told: Ring) -> Call:
    """Take what the telephone system says of one call; repeated and late words change nothing more."""
    said_at = told.at
    told = replace(told, call_ref=_ref(told.call_ref), at=_by_our_clock(said_at))
    by = _who_answers(told) if told.state == State.ANSWERED else None
    call, is_new = _call(told)
    if told.state == State.ENDED:
        _hung_up(call, told.at, said_at)
    elif by is not None:
        _answered(call, by, told.at, said_at)
    elif told.state == State.RINGING and not is_new:
        _rings_at(call, told)
    elif is_new and call.agent and call.customer:
        recognising.open_to(call.agent, [call.customer], because="call")
    call.refresh_from_db()
    return call


def _ref(call_ref: str) -> str:
    """Return the id under which a call is kept: telephone systems may send longer ones than there is room for."""
    return call_ref if len(call_ref) <= LONGEST_REF else f"sha256:{sha256(call_ref.encode()).hexdigest()}"


def _by_our_clock(at: datetime) -> datetime:
    arrived = now()
    return at if abs(arrived - at) <= CLOCKS_DIFFER else arrived


def _call(told: Ring) -> tuple[Call, bool]:
    known = Call.objects.select_for_update(of=("self",)).filter(ref=told.call_ref).first()
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
    call, is_new = Call.objects.get_or_create(ref=told.call_ref, defaults=values)
    if is_new:
        record("call.rang", about=call, customer=call.customer, number=call.number, agent=call.agent_id)
    return call, is_new


def _colleague(email: str | None) -> User | None:
    """Return at whom it rings, None for all: also where that colleague has no console to take it at."""
    return User.objects.who_may("interactions.console").filter(email=email).first() if email else None


def _rings_at(call: Call, told: Ring) -> None:
    """It goes on to ring at a colleague, who has as long to take it as the one before."""
    agent = _colleague(told.agent_email)
    if agent is None or agent == call.agent or told.at < call.rang_at:
        return
    if _change(Call.objects.filter(pk=call.pk, status=Status.RINGING), agent=agent, rang_at=told.at):
        recognising.open_to(agent, [call.customer] if call.customer else [], because="call")
        record("call.rang", about=call, customer=call.customer, number=call.number, agent=agent.pk)


def _who_answers(told: Ring) -> User | None:
    """Return who has it in hand, and let nobody give them, or take from whoever had it, another call meanwhile."""
    known = Call.objects.filter(ref=told.call_ref).select_related("taken_by", "agent").first()
    before = known.taken_by if known else None
    by = _colleague(told.agent_email) or before or (known.agent if known else None)
    locks.some_at_a_time(LOCK, {one.pk for one in (by, before) if one})
    return by


def _answered(call: Call, by: User, at: datetime, said_at: datetime) -> None:
    """The telephone system knows who has it in hand; a call that is over stays over, one that only rang long is not.

    Was it answered before its end and we hear of it after, then nobody missed it. Taken by somebody whom we do not
    know, it goes on ringing at everybody: else nobody could write it down.
    """
    before = call.taken_by
    if call.status in (Status.LIVE, Status.ENDED) and before == by:
        return
    running = Call.objects.filter(pk=call.pk, status__in=(Status.RINGING, Status.LIVE))
    taken = _change(running, status=Status.LIVE, taken_by=by, answered_at=Coalesce("answered_at", Value(at)))
    if taken or missing.answered_late(call, by=by, at=at) or _goes_on(call, by, at, said_at):
        _end_others(call, by=by, at=at)
        _taken(call, by, before=before)
    elif _handed_before_end(call, by):
        _taken(call, by, before=before)
    elif missing.answered_before_end(call, by=by, said_at=said_at):
        _taken(call, by)
        _wrap_up(call)


def _goes_on(call: Call, by: User, at: datetime, said_at: datetime) -> bool:
    """Hung up by one of us and answered by another after that: it was passed on."""
    over_at = call.told_over_at
    is_later = said_at > over_at if over_at else bool(call.ended_at and at > call.ended_at)
    ended = Call.objects.filter(pk=call.pk, status=Status.ENDED)
    return is_later and bool(_change(ended, status=Status.LIVE, taken_by=by, ended_at=None, told_over_at=None))


def _handed_before_end(call: Call, by: User) -> bool:
    """Answered by another before its end, and we hear of it after: it is theirs to finish."""
    return bool(_change(Call.objects.filter(pk=call.pk, status=Status.ENDED), taken_by=by))


def _end_others(call: Call, *, by: User, at: datetime) -> None:
    """Who answers a call has left the one before: it is to be finished."""
    for other in Call.objects.filter(taken_by=by, status=Status.LIVE).exclude(pk=call.pk).order_by("pk"):
        _hang_up(other, at)


def _hung_up(call: Call, at: datetime, said_at: datetime) -> None:
    if _hang_up(call, at, told_over_at=said_at):
        return
    if call.status == Status.RINGING:
        missing.missed(call, at=at, said_at=said_at)
    else:
        missing.is_over(call, at=at, said_at=said_at)


def _hang_up(call: Call, at: datetime, **more) -> bool:
    is_ended = _change(Call.objects.filter(pk=call.pk, status=Status.LIVE), status=Status.ENDED, ended_at=at, **more)
    if is_ended:
        _wrap_up(call)
    return bool(is_ended)


@transaction.atomic
def take(call: Call, *, by) -> Call:
    """Give a ringing call to the first who asks, also one that rang out.

    Raises AlreadyTaken to everybody else, and OnTheLine to who has another call on the line.
    """
    _demand_free(by, but=call)
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


def _demand_free(by: User, *, but: Call | None = None) -> None:
    """Demand that `by` is on no call (`but` this one), and keep it so until the transaction ends."""
    locks.one_at_a_time(LOCK, by.pk)
    live = Call.objects.filter(taken_by=by, status=Status.LIVE).exclude(pk=but.pk if but else 0)
    other = live.select_related("customer").first()
    if other is not None:
        name = other.customer or phone(other.number) or _("number withheld")
        raise OnTheLine(_("You are on the line: %(name)s. End that call first.") % {"name": name})


def _taken(call: Call, by: User, *, before: User | None = None) -> None:
    attending.follow(by, before)
    who = recognising.recognise(call.number, "phone", with_card=False) if call.number else None
    if who:  # a shared number opens all whom it may be
        recognising.open_to(by, [match.customer for match in who.matches], because="call")
    record("call.taken", about=call, customer=call.customer, by=by, taken_from=before.pk if before else None)


@transaction.atomic
def dial(number: str, *, by, direction: str = "in") -> Call:
    """Begin a call without a telephone system: a number was typed in the console. Raises NotANumber, OnTheLine."""
    who = recognising.recognise(number, "phone", with_card=False)
    if not who.channel:
        raise NotANumber(_("“%(text)s” is not a phone number.") % {"text": number})
    _demand_free(by)
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
    record("call.rang", about=call, customer=call.customer, by=by, number=call.number, typed=True, direction=direction)
    _taken(call, by)
    return call


@transaction.atomic
def end(call: Call, *, by) -> Call:
    """Hang up: the outcome is still missing. Harmless when it is over already."""
    _hang_up(call, now())
    call.refresh_from_db()
    return call


def _wrap_up(call: Call) -> None:
    call.refresh_from_db()
    attending.follow(call.taken_by)
    record("call.ended", about=call, customer=call.customer, by=call.taken_by)


@transaction.atomic
def choose(call: Call, customer: Customer | None, *, conversation: Conversation | None = None, by=None) -> Call:
    """Say who it is that calls (of several, or made just now), and which matter it is about; None: not known.

    A matter that it is about already (its call was missed first) stays, if it is nobody's or theirs. Raises Gone.
    """
    known = Conversation.objects.filter(pk=call.conversation_id or 0).first()  # it may be gone by now
    if conversation is None and customer and known and known.customer_id in (None, customer.pk):
        conversation = known
    _name(call, customer, by=by, conversation=conversation)
    if customer and call.taken_by:
        recognising.open_to(call.taken_by, [customer], because="call")
    return call


@transaction.atomic
def somebody_else(call: Call, *, by=None) -> Call:
    """Say that it is none of those whom the number belongs to: the console asks for a name."""
    return _name(call, None, by=by, is_somebody_else=True)


def _name(call: Call, customer: Customer | None, *, by, conversation=None, is_somebody_else: bool = False) -> Call:
    before = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    locking.lock(conversation)
    new = {"customer": customer, "conversation": conversation, "is_somebody_else": is_somebody_else}
    _change(Call.objects.filter(pk=call.pk), **new)
    call.refresh_from_db()
    if (before.customer_id, before.is_somebody_else) != (call.customer_id, is_somebody_else):
        record("call.named", about=call, customer=customer, by=by or call.taken_by, was=before.customer_id)
    return call


def write_notes(call: Call, notes: str) -> None:
    """Keep the notes as they are typed; no version grows, so nobody's console is redrawn."""
    running = Call.objects.filter(pk=call.pk, status__in=(Status.LIVE, Status.ENDED))
    running.update(notes=notes.replace("\x00", ""))


def _change(calls: QuerySet[Call], **changes) -> int:
    return calls.update(version=F("version") + 1, **changes)
