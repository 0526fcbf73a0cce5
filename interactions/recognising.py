"""Any address → who it is, with the thread card: the one door for ring, message, console and API.

A ring or message that reaches a colleague is not narrowed by scopes: it opens that customer to them. A key that asks
learns of those alone whom it sees.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crm import undoing
from crm.models import Undo
from customers.identity import normalise
from customers.models import ContactPoint, Customer, Opening
from interactions import thread
from interactions.gateways.calls import callers
from interactions.thread import Card
from staff.models import Organisation, User

MOST_CANDIDATES = 10


@dataclass(frozen=True)
class Match:
    """One customer whom the address may mean."""

    customer: Customer
    point: ContactPoint
    card: Card | None  # None where nobody asked for it


@dataclass(frozen=True)
class Recognised:
    """Who an address is: known (one match), ambiguous (several, or shared) or unknown (none).

    address: in normal form, else as it was given. channel: email, phone or reference; "" when it is no address.
    """

    address: str
    channel: str
    matches: tuple[Match, ...] = ()

    @property
    def kind(self) -> str:
        if not self.matches:
            return "unknown"
        return "known" if self.customer else "ambiguous"

    @property
    def customer(self) -> Customer | None:
        """The one whose address it is; None when unknown, ambiguous, or marked as shared with others."""
        return self.matches[0].customer if len(self.matches) == 1 and not self.matches[0].point.is_shared else None

    @property
    def card(self) -> Card | None:
        return self.matches[0].card if self.customer else None


def recognise(
    address: str,
    channel: str | None = None,
    user=None,
    *,
    because: str = "call",
    with_card: bool = True,
    seer: User | None = None,
) -> Recognised:
    """Return who `address` is: an e-mail address, a phone in any form, or a number in another system.

    channel: "email", "phone" or "reference"; None: found out. user: the colleague whom the ring reaches: the
    customers are opened to them (because: "call"); None: nobody, the card is drawn whole. seer: who only asks, of those
    whom they see; None: of all.
    One query for the address, three for the card of a known customer, two for all cards of several.
    """
    channel, value = read(address, channel)
    points = _points(channel, value, seer) if value else []
    cards = _cards([point.customer for point in points], user) if with_card else {}
    matches = tuple(Match(point.customer, point, cards.get(point.customer_id)) for point in points)
    if user is not None:
        open_to(user, [match.customer for match in matches], because=because)
    return Recognised(value or address.strip(), channel if value else "", matches)


def read(address: str, channel: str | None = None) -> tuple[str, str]:
    """Return (channel, value in normal form) of an address in any form; value "" when it is none."""
    if channel == "reference":
        return channel, address.strip()
    if channel == "email" or (channel is None and "@" in address):
        return "email", normalise.email(address) or ""
    phone = _phone(address.strip())
    if not phone and channel is None and address.strip():
        return "reference", address.strip()
    return "phone", phone


def _phone(text: str) -> str:
    """Return a phone number in E.164; "" if it is none, or a stand-in for numbers that are withheld: nobody's."""
    if callers.is_stand_in(text):
        return ""
    is_whole = text.startswith(("+", "00"))  # then nobody's country is needed
    phone = normalise.phone(text, "" if is_whole else Organisation.current().country)
    if not is_whole and not (phone and phone.is_checked):  # some machines leave the plus out: 49305550179
        whole = normalise.phone(f"+{text}", "")
        phone = whole if whole and whole.is_checked else phone
    return phone.value if phone else ""


def open_to(user, customers: Iterable[Customer], *, because: str, kept: Undo | None = None) -> None:
    """Let this colleague see these customers, who rang or wrote to them. Harmless when repeated.

    kept: of a deed that closes them again when it is undone, but for those who were open before.
    """
    if user.scope("customers") == "all":
        return
    openings = [Opening(customer=customer, user=user, because=because) for customer in customers]
    theirs = Opening.objects.filter(user=user, customer__in=[one.customer_id for one in openings])
    before = set(theirs.values_list("pk", flat=True)) if kept else set()
    Opening.objects.bulk_create(openings, ignore_conflicts=True)
    if kept:
        undoing.made(kept, Opening, set(theirs.values_list("pk", flat=True)) - before)


def _points(channel: str, value: str, seer: User | None) -> list[ContactPoint]:
    """One point for each customer who has this address; the longest known customers first."""
    values = normalise.spellings(value) if channel == "phone" else [value]
    rows = ContactPoint.objects.filter(channel=channel, value__in=values)
    if seer is not None and seer.scope("customers") != "all":
        rows = rows.filter(customer__in=Customer.objects.visible_to(seer))
    rows = rows.select_related("customer__account").order_by("customer_id", "id")[: MOST_CANDIDATES * 2]
    by_customer = {point.customer_id: point for point in rows}
    return list(by_customer.values())[:MOST_CANDIDATES]


def _cards(customers: list[Customer], user) -> dict[int, Card]:
    if len(customers) == 1:
        return {customers[0].pk: thread.card(customers[0], user)}
    return thread.cards(customers, user) if customers else {}
