"""What came from a customer, on any channel → filed where it belongs, with all that follows, in one transaction.

The channel says whose words they are and where they belong (`Destination`): by the message of ours that they answer,
else the customer's only conversation that is unsettled or holds an unkept promise, else a new one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import now

from crm import locks
from customers.models import Customer
from interactions import choosing, moving, outcomes, recovering, rendering, templating
from interactions.conversations import filing, locking, opening, settling
from interactions.models import Conversation, Interaction, Message
from interactions.recognising import open_to

BELIEVED = timedelta(days=3)  # an older date is a wrong clock: it arrived now


@dataclass(frozen=True)
class Destination:
    """Where an arrival belongs, before anything is written. message: of ours, that it answers."""

    customer: Customer | None
    conversation: Conversation | None
    message: Message | None = None
    how: str = "new"  # address, reference, last, only, new


def anew(receive: Callable[[], Interaction]) -> Interaction:
    """Receive once more if somebody moved what it belongs to while it was filed: now it is seen where that is."""
    try:
        return receive()
    except locking.Gone:
        return receive()


def message_with(pk: int) -> Message | None:
    """Return a message of ours that is answered, for whoever files that answer; nobody else writes it meanwhile."""
    rows = Message.objects.filter(pk=pk)
    list(rows.select_for_update(no_key=True).values_list("pk"))  # two first answers must not open two conversations
    return rows.select_related("interaction__conversation", "conversation", "customer", "author", "wording").first()


def at(message: Message, sender: Customer | None, how: str) -> Destination:
    """Return where a message is now, also after a move; of a one-to-many message there may be no conversation."""
    conversation = message.interaction.conversation if message.interaction else None
    conversation = conversation or message.conversation
    customer = (conversation.customer if conversation else None) or message.customer or sender
    return Destination(customer, conversation, message, how)


def at_only(sender: Customer) -> Destination:
    """Return the only conversation that is open with somebody, for whoever files there alone."""
    locks.one_at_a_time("customer", sender.pk)  # two arrivals at once must not open two conversations
    only = choosing.only(sender)
    return Destination(sender, only, how="only" if only else "new")


def moment(said: datetime | None, message: Message | None) -> datetime:
    """Return when it was written. By a wrong clock (long ago, to come, before what it answers) it arrived now."""
    arrived = now()
    if not said or not arrived - BELIEVED < said <= arrived:
        return arrived
    ours = message.interaction if message else None
    return arrived if ours and said < ours.occurred_at else said


def file(interaction: Interaction, place: Destination, *, new: Conversation, raw: bytes = b"") -> Interaction:
    """File their words, given as an Interaction that is not saved yet, and return it.

    new: the conversation that is opened where it belongs to none. The customer is opened to the colleagues who wrote to
    them or own the conversation. What wants no answer (`outcomes.SILENT`) opens and reopens nothing: where
    nobody would see it otherwise, it is settled at once. Raises locking.Gone: see `anew`.
    """
    is_silent = interaction.outcome in outcomes.SILENT
    is_seen = place.conversation or (is_silent and place.customer)
    conversation = place.conversation if is_seen else opening.open(new)
    interaction.conversation = conversation
    interaction.customer = place.customer or (conversation.customer if conversation else None)
    filing.file(interaction, raw=raw, how=place.how, **_origin(place.message))
    if place.message:
        _they_answered(place.message, conversation, interaction.occurred_at)
    if not is_seen and is_silent:
        settling.settle(new, by=None)
    elif place.conversation and not (place.conversation.is_open or is_silent):
        settling.reopen(place.conversation, because="They answered.")
    if interaction.customer is not None:
        writers = {conversation.owner if conversation else None, place.message.author if place.message else None}
        for colleague in writers - {None}:
            open_to(colleague, [interaction.customer], because=interaction.channel)
    return interaction


def _origin(message: Message | None) -> dict:
    """Return what the fact says of the message that is answered."""
    if message is None:
        return {"message": None, "origin": "", "origin_id": None}
    return {"message": message.pk, "origin": message.origin, "origin_id": message.origin_id}


def _they_answered(message: Message, conversation: Conversation | None, before: datetime) -> None:
    """An answer proves that a message in doubt arrived; a one-to-many one now begins this conversation, in full."""
    recovering.heard_of(message, before=before)
    if conversation is None:
        return
    try:
        words = rendering.words_of(message)
    except templating.BadWording:  # it has left, whatever cannot be read of it any more
        words = message.wording.body if message.wording else ""
    moving.begin_with(message, conversation, words=words)


def storable(text: str) -> str:
    """Return what the database takes of a text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
