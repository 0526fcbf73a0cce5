"""Where a message goes and what it is called: the composer shows it, the outbox does it.

Each channel's carrier says where an answer goes on it. What holds for all stands here: an address that we know goes
through the gate; where it does not work, the customer's best other one takes its place, and the page says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from crm.formats import phone
from crm.words import Words
from customers import channels, reach, suppressing
from customers.models import ContactPoint, Customer


@dataclass(frozen=True)
class Addressee:
    """Where a message goes. address: in normal form; "" nowhere, then `refusal` says why, or nobody ever wrote.

    point_id: the customer's own; None: the address is somebody else's, or nobody's that we know. instead_of: where
    they wrote from, which is passed over because of `reason`; where that is "", `reason` speaks against `address`.
    """

    address: str = ""
    point_id: int | None = None
    refusal: Words = ""
    instead_of: str = ""
    reason: Words = ""


@dataclass(frozen=True)
class Head:
    """subject: what the message is called when its writer does not say; "" where a channel has none."""

    to: Addressee
    subject: str


def best(customer: Customer, channel: str, purpose: str) -> Addressee:
    """Return where a message goes to who has not written: the gate's choice."""
    found, words = reach.best_of(customer, channel, purpose), reach.reasons(channel)
    if found.reason:
        return Addressee(refusal=words[found.reason])
    return Addressee(found.address, found.point_id, reason=words["complained"] if found.has_complained else "")


def back_to(
    address: str, *, customer: Customer | None, channel: str, purpose: str, best: Callable[[], Addressee]
) -> Addressee:
    """Return where an answer goes to who wrote from an address: there, if the gate lets it.

    customer: whose conversation it is; best: where else a message to them goes, asked only if it does not go there.
    """
    points = points_at(address, channel)
    own = next((point for point in points if customer and point.customer_id == customer.pk), None)
    if customer is None or own is None:
        return _somebody_else(address, points, channel, purpose)
    reason = reach.may_reach(customer, channel, purpose, own)
    if reason is None:
        return Addressee(address, own.pk, reason=reach.reasons(channel)["complained"] if own.complained_at else "")
    other = best()
    return replace(other, instead_of=address, reason=reach.reasons(channel)[reason]) if other.address else other


def points_at(address: str, channel: str) -> list[ContactPoint]:
    """Return everybody's own row of an address that a channel is spoken over."""
    line = channels.of(channel)
    kind = line.spoken_over if line else ""
    return list(ContactPoint.objects.filter(channel=kind, value=address).select_related("customer"))


def _somebody_else(address: str, points: list[ContactPoint], channel: str, purpose: str) -> Addressee:
    """A third person wrote, or nobody whom we know: what is known against the address holds whoever has it."""
    words = reach.reasons(channel)
    reasons = [reach.may_reach(point.customer, channel, purpose, point) for point in points]
    if points and all(reasons):
        return Addressee(refusal=f"{phone(address)}: {words[reasons[0] or '']}")
    if not points and suppressing.is_dead(address):
        return Addressee(refusal=f"{phone(address)}: {words['bounced']}")
    return Addressee(address)
