"""What one of us writes down: a call, a note, a meeting, or a message that was sent elsewhere."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.problems import Invalid
from customers import channels
from customers.models import Customer
from interactions import choosing, outcomes
from interactions.conversations import filing, opening, settling
from interactions.models import Conversation, Direction, Interaction

KINDS = {  # kind → its channel and direction, where it does not say otherwise
    "call": ("phone", Direction.OUT),
    "note": ("note", Direction.INSIDE),
    "meeting": ("visit", Direction.OUT),
    "message": ("sms", Direction.OUT),
}

EITHER_SPOKE = ("call", "message")  # kinds in which it was they, or we

EARLIEST_YEAR = 1900  # before it somebody mistyped


class NothingToLog(Invalid):
    """Write what happened before you log it."""

    code = "nothing_to_log"


@transaction.atomic
def log(
    kind: str,
    *,
    words: str,
    by,
    customer: Customer | None = None,
    conversation: Conversation | None = None,
    channel: str = "",
    direction: str = "",
    outcome: str = "",
    subject: str = "",
    occurred_at: datetime | None = None,
    duration_seconds: int | None = None,
) -> Interaction:
    """Write down one touch and return it. kind: call, note, meeting or message.

    Without a conversation it joins the customer's only open one, else a new one. What they wrote after a matter was
    settled opens it again. Raises NothingToLog, and Invalid for a kind, channel, direction or day that there is not.
    """
    if kind not in KINDS:
        raise Invalid(_("Only calls, notes, meetings and messages can be logged."))
    usual = KINDS[kind]
    channel, direction = channel or usual[0], direction or usual[1]
    if channels.of(channel) is None or direction not in Direction.values:
        raise Invalid(_("Say on which channel it was, and who spoke."))
    if not words.strip() and not outcome:
        raise NothingToLog
    customer = customer or (conversation.customer if conversation else None)
    at = min(_believable(occurred_at or now()), now())
    place = conversation or conversation_for(customer, subject or words, by=by, at=at)
    interaction = Interaction(
        customer=customer,
        conversation=place,
        channel=channel,
        direction=direction,
        kind=kind,
        occurred_at=at,
        author=by,
        subject=subject.replace("\x00", "")[:250],
        words=words.replace("\x00", "").strip(),
        outcome=outcomes.named(outcome).key if outcome else "",
        duration_seconds=duration_seconds,
    )
    filed = filing.file(interaction)
    if kind == "message" and direction == Direction.IN and place.settled_at and at > place.settled_at:
        place.refresh_from_db()
        settling.reopen_if_waiting(place, by=by, because="They answered elsewhere.")
    return filed


def kind_on(channel: str) -> str:
    """Return the kind of what is logged on a channel: a call on the phone, a message where one writes."""
    return next((kind for kind, (usual, _direction) in KINDS.items() if usual == channel), "message")


def _believable(at: datetime) -> datetime:
    """Return a moment that may be meant: clocks differ by minutes, not by days. Raises Invalid."""
    if at.year < EARLIEST_YEAR:
        raise Invalid(_("This day is too long ago. Check the year."))
    if at > now() + timedelta(days=1):
        raise Invalid(_("This day is still to come. Check the date."))
    return at


def conversation_for(customer: Customer | None, words: str, *, by, at: datetime) -> Conversation:
    """Return the customer's only open conversation, else a new one named by the first line of `words`."""
    found = choosing.only(customer) if customer else None
    return found or opening.open_about(words, customer, by=by, at=at)
