"""What a customer chooses on their own page, through the same doors as everybody else's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from campaigns import results
from campaigns.launching import ORIGIN
from crm.words import Words
from customers import allowing, channels, consenting
from customers.models import ContactPoint, Customer, Purpose
from interactions.links import Link
from interactions.models import Message

SOURCE_PAGE = "preference page"
SOURCE_UNSUBSCRIBE = "unsubscribe"
PROOF = "The customer's own page"


@dataclass(frozen=True)
class Choice:
    """One switch: a purpose on a channel, and whether it is on; below it one for each address refused alone."""

    purpose: str
    channel: str
    is_on: bool
    refused_at: Sequence[ContactPoint] = ()

    @property
    def name(self) -> str:
        return f"{self.purpose}.{self.channel}"

    @property
    def apart(self) -> list[tuple[str, str]]:
        """[(name of a switch, how its address looks)]: not whole, whoever holds the link may not know it."""
        return [(self._name_at(point), _masked(point)) for point in self.refused_at]

    def wanted_at(self, wanted: set[str]) -> list[ContactPoint]:
        return [point for point in self.refused_at if self._name_at(point) in wanted]

    def _name_at(self, point: ContactPoint) -> str:
        return f"{self.name}.{point.pk}"


def _masked(point: ContactPoint) -> str:
    local, at, domain = point.value.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{point.value[-3:]}"


@dataclass(frozen=True)
class MessageKind:
    """What a link stops: messages for a purpose, on the channels by which they come."""

    purpose: str
    channels: tuple[channels.Channel, ...]
    is_stopped: bool


def message_kind(customer: Customer, link: Link) -> MessageKind:
    """Return the kind of message that a link stood in.

    A link in no message that we have is one of offers, on whatever is written to where it went.
    """
    message = _message(customer, link)
    if message and (channel := channels.of(message.channel)):
        purpose, some = message.purpose, [channel]
    else:
        point = ContactPoint.objects.filter(pk=link.contact_point_id or 0).first()
        purpose, written = str(Purpose.OFFERS), [one for one in channels.asked() if one.is_written]
        some = [one for one in written if point is None or one.spoken_over == point.channel]
    states = customer.consent_states.filter(purpose=purpose, channel__in=[one.key for one in some])
    refused = states.filter(contact_point=None, is_given=False).count()
    return MessageKind(purpose, tuple(some), refused == len(some) and not states.filter(is_given=True).exists())


def choices(customer: Customer, first: Sequence[channels.Channel] = ()) -> list[tuple[str, Words, list[Choice]]]:
    """Return [(channel, its name, switches)] for the channels on which we know an address, `first` before others."""
    known = {point.channel for point in customer.contact_points.all()}
    rows: list[tuple[str, Words, list[Choice]]] = []
    for row in allowing.grid(customer):
        channel = channels.of(row.channel)
        if channel and channel.spoken_over in known:
            switches = [_choice(each) for each in row.cells]
            rows.append((row.channel, channel.label, switches))
    keys = [one.key for one in first]
    return sorted(rows, key=lambda row: row[0] not in keys)


def _choice(cell: allowing.Cell) -> Choice:
    return Choice(cell.purpose, cell.channel, cell.is_allowed, cell.refused_at if cell.is_allowed else ())


@transaction.atomic
def choose(customer: Customer, wanted: set[str]) -> int:
    """Write down each switch that differs from now; `wanted` names those that are on. Returns how many changed."""
    changed = 0
    for _channel, _label, switches in choices(customer):
        for switch in switches:
            if (switch.name in wanted) != switch.is_on:
                _say(customer, switch)
                changed += 1
            elif switch.is_on and (points := switch.wanted_at(wanted)):
                _allow_at(customer, switch, points)
                changed += 1
    return changed


def _say(customer: Customer, switch: Choice) -> None:
    """Write down the other answer; a yes is one for those addresses too that were refused alone."""
    what = (switch.purpose, switch.channel)
    if switch.is_on:
        consenting.withdraw(customer, *what, source=SOURCE_PAGE, proof=PROOF)
        return
    consenting.give(customer, *what, source=SOURCE_PAGE, proof=PROOF)
    refused = customer.consent_states.filter(purpose=switch.purpose, channel=switch.channel, is_given=False)
    points = [state.contact_point for state in refused.select_related("contact_point") if state.contact_point]
    _allow_at(customer, switch, points)


def _allow_at(customer: Customer, switch: Choice, points: list[ContactPoint]) -> None:
    for point in points:
        consenting.give(customer, switch.purpose, switch.channel, point, source=SOURCE_PAGE, proof=PROOF)


@transaction.atomic
def unsubscribe(customer: Customer, link: Link) -> MessageKind:
    """Stop the kind of message that `link` stood in, at every address of theirs, and return it; twice is once."""
    message = _message(customer, link)
    kind = message_kind(customer, link)
    if not kind.is_stopped:
        proof = f"Link in message {message.pk}" if message else "Link"
        for channel in kind.channels:
            consenting.withdraw(customer, kind.purpose, channel.key, source=SOURCE_UNSUBSCRIBE, proof=proof)
    if message and message.origin == ORIGIN and message.origin_id:
        results.note_unsubscribed(message.origin_id, customer.pk)
    return kind


def stop(customer: Customer, link: Link) -> None:
    """Stop everything but what concerns their orders."""
    consenting.withdraw_all_but_service(customer, source=SOURCE_PAGE, proof=PROOF)
    message = _message(customer, link)
    if message and message.origin == ORIGIN and message.origin_id:
        results.note_unsubscribed(message.origin_id, customer.pk)


def _message(customer: Customer, link: Link) -> Message | None:
    """Return the message that the link stood in, None if no message or somebody else's."""
    return Message.objects.filter(pk=link.message_id, customer=customer).first() if link.message_id else None
