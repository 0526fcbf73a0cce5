"""Nobody took a call: a conversation that waits and a promise to call back; and back again when it is answered late."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import apart, undoing
from crm.events.recording import record
from crm.formats import phone
from crm.models import Undo
from crm.undoing import How
from customers.touch import touch
from interactions import choosing, outcomes, promising
from interactions.conversations import filing, opening, reverting, settling, standing
from interactions.gateways.calls import callers
from interactions.models import Call, Conversation, Interaction, Task
from interactions.models.call import RINGS_FOR
from staff.access import first_who_may

Status = Call.Status
MISSING = "missed call"  # what it may fail at: crm.apart
CALLBACK_WITHIN = timedelta(hours=2)  # a missed caller is called back
ANSWERED_WITHIN = timedelta(days=1)  # a telephone system that tells of an answer later than that is not believed


@transaction.atomic
def missed(call: Call, *, at: datetime | None = None, said_at: datetime | None = None) -> None:
    """Write down that nobody took it, once, however often it is told.

    at: by our clock, None for now. said_at: when it ended by the telephone system's clock; None: it said nothing, we
    gave it up by ours, and it may still say that it is answered.
    """
    ringing = Call.objects.filter(pk=call.pk, status=Status.RINGING)
    if not ringing.update(status=Status.MISSED, ended_at=at or now(), version=F("version") + 1):
        return
    call.refresh_from_db()
    customer, owed = call.customer, _owed(call)
    found = owed.conversation if owed else choosing.only(customer) if customer else None
    kept = undoing.keep("call.missed", about=call, until=now() + ANSWERED_WITHIN)
    conversation = found or _opened(call, kept)
    standing.keep(kept, conversation)
    interaction = filing.file(
        Interaction(
            customer=customer, conversation=conversation, channel="phone", direction="in", kind="call",
            occurred_at=call.rang_at, from_address=call.number, to_address=call.line, outcome=outcomes.MISSED,
        )
    )  # fmt: skip
    if not conversation.is_open:
        settling.reopen(conversation, because="They called.")
    task = owed or promising.make(
        _call_back(call), customer=customer, conversation=conversation, interaction=interaction, by=None,
        owner=first_who_may(Task.RIGHT, call.agent, conversation.owner), due=now() + CALLBACK_WITHIN,
        kind=Task.Kind.CALLBACK, channel="phone",
    )  # fmt: skip
    undoing.made(kept, Interaction, [interaction.pk])
    undoing.made(kept, Task, [] if owed else [task.pk])
    Call.objects.filter(pk=call.pk).update(conversation=conversation, interaction=interaction, told_over_at=said_at)
    record("call.missed", about=call, customer=customer, number=call.number, conversation=conversation.pk)


def _owed(call: Call) -> Task | None:
    """Return the promise to call this number back that stands since it rang before: who rings again waits once."""
    if not call.number:
        return None
    owed = Task.objects.open().filter(kind=Task.Kind.CALLBACK, customer=call.customer, conversation__status="open")
    owed = owed.filter(interaction__from_address=call.number, interaction__outcome=outcomes.MISSED)
    return owed.select_related("conversation__customer", "conversation__owner").order_by("due_at", "pk").first()


def _call_back(call: Call) -> str:
    """Return what we promise; the number is in it where no customer says whom, if it can be called at all."""
    is_needed = not call.customer and callers.can_be_dialled(call.number)
    return _("Call back %(number)s") % {"number": phone(call.number)} if is_needed else _("Call back")


def _opened(call: Call, kept: Undo) -> Conversation:
    subject = _("Missed call, %(number)s") % {"number": phone(call.number) or _("number withheld")}
    new = Conversation(customer=call.customer, subject=subject, owner=call.agent, opened_at=call.rang_at)
    undoing.made(kept, Conversation, [opening.open(new).pk])
    return new


def settle_missed() -> int:
    """Find calls that rang out without a word from the telephone system; return how many. One that raises rests."""
    old = Call.objects.filter(status=Status.RINGING, rang_at__lt=now() - RINGS_FOR)
    calls = list(old.exclude(pk__in=apart.resting(MISSING)).order_by("rang_at")[:100])
    for call in calls:
        with apart.apart(MISSING, call.pk):
            missed(call)
    return len(calls)


def is_over(call: Call, *, at: datetime, said_at: datetime) -> None:
    """The telephone system says so too: a call that rang out cannot be answered any more."""
    rang_out = Call.objects.filter(pk=call.pk, status=Status.MISSED, told_over_at=None)
    rang_out.update(told_over_at=said_at, ended_at=at)


@transaction.atomic
def answered_late(call: Call, *, by, at: datetime) -> bool:
    """Make a call that rang out the live call of `by`, and take back what was made for it, unless somebody touched it.

    Returns False if it is no call that rang out, or somebody else was faster.
    """
    late = _locked(call, rang_out=True)
    if late is None:
        return False
    _not_missed(late, status=Status.LIVE, taken_by=by, answered_at=at, ended_at=None)
    return True


@transaction.atomic
def answered_before_end(call: Call, *, by, said_at: datetime) -> bool:
    """Make a missed call one that `by` had and that is to be finished: its answer was told after its end.

    said_at: by the telephone system's clock, as the end was. Returns False if that is not before the end.
    """
    late = _locked(call, rang_out=False)
    if late is None or late.ended_at is None or late.told_over_at is None or late.told_over_at <= said_at:
        return False
    lasted = late.told_over_at - said_at
    _not_missed(late, status=Status.ENDED, taken_by=by, answered_at=max(late.rang_at, late.ended_at - lasted))
    return True


def _locked(call: Call, *, rang_out: bool) -> Call | None:
    """Return a call that was missed lately; rang_out: because we gave it up, else because we were told of its end."""
    missed = Call.objects.filter(pk=call.pk, status=Status.MISSED, told_over_at__isnull=rang_out)
    missed = missed.filter(rang_at__gt=now() - ANSWERED_WITHIN)
    return missed.select_for_update(of=("self",)).first()


def _not_missed(late: Call, **changes) -> None:
    kept, interaction, place, gone = undoing.last(late, "call.missed"), late.interaction_id, None, None
    if kept and kept.is_open:
        undoing.undo(kept, by=changes["taken_by"])
        place = Conversation.objects.filter(pk__in=undoing.ids_of(kept, Conversation, How.MADE)).first()
        promises = undoing.ids_of(kept, Task, How.MADE)
        gone = next((pk for pk in promises if not Task.objects.filter(pk=pk).exists()), None)
    changes |= {"conversation": place, "interaction": None, "told_over_at": None}
    Call.objects.filter(pk=late.pk).update(version=F("version") + 1, **changes)
    record(
        "call.not_missed", about=late, customer=late.customer, by=changes["taken_by"],
        interaction=interaction, promise=gone,
    )  # fmt: skip
    touch([late.customer_id])


@undoing.undoes("call.missed", in_part=True)
def _take_back(kept: Undo, by) -> None:
    """Undo what `missed` made, but for a promise that somebody has touched and a conversation that somebody used."""
    made = Task.objects.open().filter(pk__in=undoing.ids_of(kept, Task, How.MADE))
    promising.unmake(made.filter(offered_to=None, moves=None))
    written = Interaction.objects.filter(pk__in=undoing.ids_of(kept, Interaction, How.MADE))
    for interaction in written.select_related("conversation"):
        filing.take_back(interaction)
        if interaction.conversation is not None:
            opening.remove_if_empty(interaction.conversation)  # somebody may have moved it out, to be alone
    reverting.revert(kept, by=None, stays_open=made.exists(), in_part=True)
