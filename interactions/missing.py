"""Nobody took a call: a conversation that waits and a promise to call back; and back again when it is answered late."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.formats import phone
from customers.touch import touch
from interactions import choosing, outcomes, promising
from interactions.conversations import filing, opening, settling
from interactions.gateways.calls import callers
from interactions.models import Call, Conversation, Interaction, Task
from interactions.models.call import RINGS_FOR

Status = Call.Status
CALLBACK_WITHIN = timedelta(hours=2)  # a missed caller is called back


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
    conversation = found or _opened(call)
    stood = settling.standing(found) if found and not found.is_open else None
    interaction = filing.file(
        Interaction(
            customer=customer, conversation=conversation, channel="phone", direction="in", kind="call",
            occurred_at=call.rang_at, from_address=call.number, to_address=call.line, outcome=outcomes.MISSED,
        )
    )  # fmt: skip
    if stood:
        settling.reopen(conversation, because="They called.")
    task = owed or promising.make(
        _call_back(call), customer=customer, conversation=conversation, interaction=interaction, by=None,
        owner=promising.first_who_may(call.agent, conversation.owner), due_at=now() + CALLBACK_WITHIN, has_time=True,
        kind=Task.Kind.CALLBACK, channel="phone",
    )  # fmt: skip
    made: dict = {
        "task": None if owed else task.pk,
        "opened": found is None,
        "stood": stood,
        "rang_out": said_at is None,
    }
    made |= {"over_at": said_at.isoformat()} if said_at else {}
    Call.objects.filter(pk=call.pk).update(conversation=conversation, interaction=interaction, made=made)
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


def _opened(call: Call) -> Conversation:
    subject = _("Missed call, %(number)s") % {"number": phone(call.number) or _("number withheld")}
    return opening.open(Conversation(customer=call.customer, subject=subject, owner=call.agent, opened_at=call.rang_at))


def settle_missed() -> int:
    """Find calls that rang out without a word from the telephone system; return how many."""
    old = Call.objects.filter(status=Status.RINGING, rang_at__lt=now() - RINGS_FOR)
    calls = list(old.order_by("rang_at")[:100])
    for call in calls:
        missed(call)
    return len(calls)


def is_over(call: Call, *, at: datetime, said_at: datetime) -> None:
    """The telephone system says so too: a call that rang out cannot be answered any more."""
    rang_out = Call.objects.filter(pk=call.pk, status=Status.MISSED, made__rang_out=True)
    rang_out.update(made=call.made | {"rang_out": False, "over_at": said_at.isoformat()}, ended_at=at)


@transaction.atomic
def answered_late(call: Call, *, by, at: datetime) -> bool:
    """Make a call that rang out the live call of `by`, and take back what was made for it, unless somebody touched it.

    Returns False if it is no call that rang out, or somebody else was faster.
    """
    late = _locked(call, made__rang_out=True)
    if late is None:
        return False
    _not_missed(late, status=Status.LIVE, taken_by=by, answered_at=at, ended_at=None)
    return True


@transaction.atomic
def answered_before_end(call: Call, *, by, said_at: datetime) -> bool:
    """Make a missed call one that `by` had and that is to be finished: its answer was told after its end.

    said_at: by the telephone system's clock, as the end was. Returns False if that is not before the end.
    """
    late = _locked(call, made__rang_out=False)
    over_at = late and late.made.get("over_at")
    lasted = datetime.fromisoformat(over_at) - said_at if over_at else timedelta(0)
    if late is None or late.ended_at is None or lasted <= timedelta(0):
        return False
    _not_missed(late, status=Status.ENDED, taken_by=by, answered_at=max(late.rang_at, late.ended_at - lasted))
    return True


def _locked(call: Call, **missed_how: bool) -> Call | None:
    missed = Call.objects.filter(pk=call.pk, status=Status.MISSED, **missed_how)
    return missed.select_for_update(of=("self",)).select_related("interaction__conversation").first()


def _not_missed(late: Call, **changes) -> None:
    place = _take_back(late.interaction, late.made) if late.interaction else None
    changes |= {"conversation": place, "interaction": None, "made": {}}
    Call.objects.filter(pk=late.pk).update(version=F("version") + 1, **changes)
    promise = late.made.get("task")
    is_kept = promise and Task.objects.filter(pk=promise).exists()
    record(
        "call.not_missed", about=late, customer=late.customer, by=changes["taken_by"],
        interaction=late.interaction_id, promise=None if is_kept else promise,
    )  # fmt: skip
    touch([late.customer_id])


def _take_back(interaction: Interaction, made: dict) -> Conversation | None:
    """Undo what `missed` made; return the conversation that it opened, if somebody has used that meanwhile."""
    promising.unmake(Task.objects.open().filter(pk=made["task"], offered_to=None, moves=None))
    place, since = interaction.conversation, interaction.created_at
    filing.take_back(interaction)
    if place is None or (made["opened"] and opening.remove_if_empty(place)):
        return None
    is_touched = place.interactions.filter(created_at__gte=since).exists() or place.tasks.open().exists()
    if made.get("stood") and not is_touched:
        settling.put_back(place, made["stood"])
    return place if made["opened"] else None
