"""What was said in a conversation, entry by entry, as its page draws it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.formats import clock, day, duration, moment, phone, price
from customers import channels
from customers.models import Customer
from interactions import outcomes
from interactions.models import Interaction, Message

Status = Message.Status
STATES = {  # of a message → of the mark of its delivery
    Status.QUEUED: "waiting",
    Status.SENDING: "waiting",
    Status.IN_DOUBT: "doubt",
    Status.REFUSED: "failed",
}
NEEDS_A_REASON = ("failed", "bounced", "doubt", "waiting")


@dataclass
class Said:
    """One entry. message: what is or was on its way, ours only; without an interaction it has not left.

    us: who signs what nobody of us signed.
    """

    interaction: Interaction | None
    message: Message | None
    customer: Customer | None
    us: str = ""
    is_last: bool = False  # theirs, and it waits for us

    @property
    def at(self) -> datetime:
        return self.interaction.occurred_at if self.interaction else self.message.created_at  # type: ignore[union-attr]

    @property
    def is_theirs(self) -> bool:
        return self.interaction is not None and self.interaction.direction == "in" and not self.was_together

    @property
    def was_together(self) -> bool:
        """Whether both sides spoke."""
        return self.interaction is not None and self.interaction.kind in ("call", "meeting")

    @property
    def kind(self) -> str:
        """How it is drawn: theirs, ours or note."""
        is_note = self.interaction is not None and self.interaction.kind == "note"
        return "note" if is_note else "theirs" if self.is_theirs else "ours"

    @property
    def mark(self) -> str:
        is_meeting = self.interaction is not None and self.interaction.kind == "meeting"
        return "meeting" if is_meeting else self.channel

    @property
    def channel(self) -> str:
        return (self.interaction or self.message).channel  # type: ignore[union-attr]

    @property
    def words(self) -> str:
        return self.interaction.words if self.interaction else self.message.body_text  # type: ignore[union-attr]

    @property
    def name(self) -> str:
        """Whose words they are; of a call, who called."""
        row = self.interaction
        if row is not None and row.kind == "call":
            if row.outcome == outcomes.MISSED:
                return _("They called, nobody took it")
            return _("They called") if row.direction == "in" else _("We called")
        if row is not None and self.is_theirs:
            return self.customer.name if self.customer else phone(row.their_address) or _("Nobody’s yet")
        author = (row or self.message).author  # type: ignore[union-attr]
        signed = self.message.sender_name if self.message else ""
        return author.name if author else signed or self.us or _("Filo")

    @property
    def meta(self) -> str:
        """What stands beside the name: of a call how long it was and who took it, else from where or to where."""
        row = self.interaction
        if row is not None and row.kind == "call":
            is_timed = row.duration_seconds is not None and row.outcome != outcomes.MISSED
            by = _("with %(name)s") % {"name": row.author.name} if row.author else ""
            return " ".join(filter(None, [duration(row.duration_seconds) if is_timed else "", by]))
        if row is not None and self.is_theirs:
            return ", ".join(filter(None, [self._line(), self._from(row)]))
        address = (row or self.message).to_address  # type: ignore[union-attr]
        to = _("to %(address)s") % {"address": phone(address)} if address else ""
        return " ".join(filter(None, [self._line(), to]))

    def _from(self, row: Interaction) -> str:
        if row.reply_to:
            named = {"address": row.from_address, "reply_to": row.reply_to}
            return _("%(address)s, answers to %(reply_to)s") % named
        return phone(row.from_address) if self.customer else ""  # of nobody we know it is the name

    def _line(self) -> str:
        """Return on which channel it was, "" where the address says that: a number may have been called."""
        line = channels.named(self.channel)
        is_written = self.interaction is None or self.interaction.kind == "message"
        return str(line) if line.is_written and is_written and line.key != line.spoken_over else ""

    @property
    def outcome(self) -> str:
        """How a call ended, or what a message did by itself; "" for a missed call, whose name says it."""
        ended = self.interaction.outcome if self.interaction else ""
        return outcomes.label(ended) if ended != outcomes.MISSED else ""

    # What became of it

    @property
    def delivery(self) -> str:
        """A state of the delivery mark; "" where nothing was delivered by us."""
        message = self.message
        if message is None:
            return ""
        if message.status == Status.SENT and message.delivered_at:
            return "delivered"
        if message.status == Status.SENT and message.bounced_at:
            return "bounced"
        return STATES.get(Status(message.status), message.status)

    @property
    def is_failed(self) -> bool:
        return self.message is not None and self.message.status == Status.FAILED

    @property
    def arrived(self) -> str:
        """When it was delivered, in words of the mark; "" where that is not known."""
        at = self.message.delivered_at if self.message and self.delivery == "delivered" else None
        if at is None:
            return ""
        return _("Delivered %(at)s") % {"at": clock(at) if day(at) == day(self.at) else moment(at)}

    @property
    def reason(self) -> str:
        """Why it failed, came back, is in doubt, or has not left yet though it was tried."""
        return self.message.reason if self.message and self.delivery in NEEDS_A_REASON else ""

    @property
    def size(self) -> str:
        """Its parts and what they cost, "2 parts, €0.084"; "" of what is sent as a whole, and of what never left."""
        message = self.message
        if message is None or not message.parts or message.status != Status.SENT:
            return ""
        parts = ngettext("%(n)s part", "%(n)s parts", message.parts) % {"n": message.parts}
        if message.part_cost is None:
            return parts
        return f"{parts}, {price(message.parts * message.part_cost, message.cost_currency or 'EUR')}"
