"""The composer: on which channels one may write to somebody, and what was written there as one deed.

What is written is sent on a channel, or it is logged that it was said there. A channel whose carrier is set up can be
written on; on every other one where words are written, what was said elsewhere is logged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from crm.words import Words
from customers import channels
from customers.channels import Channel
from customers.models import Customer
from interactions import carriers, noting, outbox, promising
from interactions.addressing import Head
from interactions.carriers import Carrier
from interactions.conversations import opening
from interactions.models import Conversation, Direction, Interaction, Message

SEND, LOG = "send", "log"  # what is done with the words
PRESSES = timedelta(seconds=10)  # two of them within this are one


@dataclass(frozen=True)
class Way:
    """A channel on which one may write to somebody, and where that goes. measure: as of its carrier."""

    channel: Channel
    head: Head
    has_subject: bool = True
    measure: Mapping | None = None

    @property
    def refusal(self) -> Words:
        """Why nothing can be sent to them on it, "" if it can."""
        return self.head.to.refusal or ("" if self.head.to.address else _("nobody knows where to send it"))


@dataclass(frozen=True)
class Ways:
    """How one may write to somebody. all: each channel that is set up, in the order of the list.

    spoken_on: the key of the channel on which they spoke last, or we did, or would have; "" none.
    """

    all: Sequence[Way]
    spoken_on: str = ""

    @cached_property
    def open(self) -> list[Way]:
        """Those on which something can be sent to them."""
        return [way for way in self.all if not way.refusal]

    def takes(self, channel: str) -> bool:
        """Tell whether something can be sent to them on this channel."""
        return any(way.channel.key == channel for way in self.open)

    @cached_property
    def wanted(self) -> Way | None:
        """The one on which they spoke last, whether or not it is open; else the first that is, None if none is."""
        theirs = next((way for way in self.all if way.channel.key == self.spoken_on), None)
        return theirs or next(iter(self.open), None)

    @cached_property
    def best(self) -> Way | None:
        """The one that is wanted if it is open, else the first that is; None: nothing can be sent to them."""
        return self.wanted if self.wanted in self.open else next(iter(self.open), None)

    @cached_property
    def elsewhere(self) -> list[Channel]:
        """Where words are written that we cannot send: what was said there can be logged."""
        return [one for one in channels.every() if one.is_written and not self.takes(one.key)]


def to_answer(conversation: Conversation) -> Ways:
    """Return how one may write in this conversation."""
    spoken_on = conversation.their_channel or conversation.our_channel or _written_on(conversation)
    return Ways([_way(one, one.head_of_answer(conversation)) for one in carriers.ready()], spoken_on)


def _written_on(conversation: Conversation) -> str:
    """Return the channel of our first words that have not left, "" if there are none."""
    return conversation.messages.order_by("-created_at", "-id").values_list("channel", flat=True).first() or ""


def to_write(customer: Customer) -> Ways:
    """Return how one may write to this customer about something new."""
    return Ways([_way(one, one.head_of_first(customer)) for one in carriers.ready()])


def _way(carrier: Carrier, head: Head) -> Way:
    line = channels.of(carrier.channel)
    assert line is not None  # no carrier is registered for a channel that is not in the list
    return Way(line, head, carrier.has_subject, carrier.measure())


@dataclass(frozen=True)
class Written:
    """What the composer holds when it is sent off.

    kind: SEND or LOG, on `channel`. direction: who spoke, of what is logged; "" as is usual there. shown_to, heard:
    what its writer saw as To, and up to where they had read. promise: (what, by which day).
    """

    kind: str
    channel: str
    words: str
    subject: str = ""
    shown_to: str = ""
    heard: str = ""
    direction: str = ""
    promise: tuple[str, date] | None = None

    @property
    def is_answer(self) -> bool:
        """Tell whether we spoke to them: not in a note, nor in a message of theirs that is logged."""
        kind = noting.kind_on(self.channel)
        return self.kind == SEND or not (kind == "note" or (kind == "message" and self.direction == Direction.IN))

    @property
    def text(self) -> str:
        """The words; of who only promises something, the promise."""
        return self.words.strip() or (self.promise[0] if self.promise and self.kind == LOG else "")


@transaction.atomic
def write(
    written: Written,
    *,
    by,
    conversation: Conversation | None = None,
    customer: Customer | None = None,
    failed: Message | None = None,
) -> None:
    """Send or log what was written, in a conversation or to a customer, then make the promise; two presses are one.

    failed: the message in whose place this one is sent. Raises as `outbox.queue`, `noting.log` and `promising.make` do.
    """
    place, interaction = conversation, None
    if _is_written_twice(written, by=by, about={"conversation": place} if place else {"customer": customer}):
        return
    if written.kind == SEND:
        place = place or opening.open_about(written.subject or written.text, customer, by=by)
        outbox.queue(
            channel=written.channel, conversation=place, text=written.text, subject=written.subject, by=by,
            shown_to=written.shown_to, heard=written.heard, instead_of=failed,
        )  # fmt: skip
    else:
        kind = noting.kind_on(written.channel)
        direction = written.direction if kind in noting.EITHER_SPOKE else ""
        interaction = noting.log(
            kind, words=written.text, by=by, customer=customer, conversation=place, channel=written.channel,
            direction=direction,
        )  # fmt: skip
        place = interaction.conversation
    if written.promise:
        what, due = written.promise
        about = customer or (place.customer if place else None)
        promising.make(what, customer=about, due=due, by=by, conversation=place, interaction=interaction)


def _is_written_twice(written: Written, *, by, about: dict) -> bool:
    """Tell whether this colleague has said the same there a moment ago, on the same channel."""
    locks.one_at_a_time("composer", by.pk)  # the other press may be at it in another process
    lately = {**about, "author": by, "channel": written.channel, "created_at__gt": now() - PRESSES}
    if written.kind == SEND:
        sent = Message.objects.filter(body_text=written.text, **lately)
        return sent.exclude(status=Message.Status.CANCELLED).exists()
    logged = Interaction.objects.filter(words=written.text, message=None, **lately)
    return bool(written.text) and logged.exists()
