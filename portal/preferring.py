"""What a customer chooses on their own page, through the same doors as everybody else's words."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns import results
from campaigns.launching import ORIGIN
from crm.words import Words
from customers import allowing, consenting
from customers.models import Customer, Purpose
from interactions.links import Link
from interactions.models import Message

CHANNELS = {"email": _("E-mail"), "phone": _("Phone"), "sms": _("SMS")}  # here, for customers read them
SOURCE_PAGE = "preference page"
SOURCE_UNSUBSCRIBE = "unsubscribe"
PROOF = "The customer's own page"


@dataclass(frozen=True)
class Choice:
    """One switch: a purpose on a channel, and whether it is on."""

    purpose: str
    channel: str
    is_on: bool

    @property
    def name(self) -> str:
        return f"{self.purpose}.{self.channel}"


def choices(customer: Customer) -> list[tuple[str, Words, list[Choice]]]:
    """Return [(channel, its name, switches)] for the channels on which we know an address."""
    known = {point.channel for point in customer.contact_points.all()}
    rows: list[tuple[str, Words, list[Choice]]] = []
    for row in allowing.grid(customer):
        if consenting.POINTS_OF[row.channel] in known:
            switches = [Choice(each.purpose, each.channel, each.is_allowed) for each in row.cells]
            rows.append((row.channel, CHANNELS[row.channel], switches))
    return rows


@transaction.atomic
def choose(customer: Customer, wanted: set[str]) -> int:
    """Write down each switch that differs from now; `wanted` names those that are on. Returns how many changed."""
    changed = 0
    for _channel, _label, switches in choices(customer):
        for switch in switches:
            if (switch.name in wanted) != switch.is_on:
                _say(customer, switch)
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
    for state in refused.exclude(contact_point=None).select_related("contact_point"):
        consenting.give(customer, *what, state.contact_point, source=SOURCE_PAGE, proof=PROOF)


@transaction.atomic
def unsubscribe(customer: Customer, link: Link) -> str:
    """Stop the kind of mail that `link` stood in, at every address of theirs. Returns the purpose; twice is once."""
    message = _message(customer, link)
    purpose = message.purpose if message else Purpose.OFFERS
    states = customer.consent_states.filter(purpose=purpose, channel="email")
    if states.filter(is_given=True).exists() or not states.filter(contact_point=None, is_given=False).exists():
        proof = f"Link in message {message.pk}" if message else "Link"
        consenting.withdraw(customer, purpose, "email", source=SOURCE_UNSUBSCRIBE, proof=proof)
    if message and message.origin == ORIGIN and message.origin_id:
        results.note_unsubscribed(message.origin_id, customer.pk)
    return purpose


def stop(customer: Customer, link: Link) -> None:
    """Stop everything but what concerns their orders."""
    consenting.withdraw_all_but_service(customer, source=SOURCE_PAGE, proof=PROOF)
    message = _message(customer, link)
    if message and message.origin == ORIGIN and message.origin_id:
        results.note_unsubscribed(message.origin_id, customer.pk)


def _message(customer: Customer, link: Link) -> Message | None:
    """Return the message that the link stood in, None if no message or somebody else's."""
    return Message.objects.filter(pk=link.message_id, customer=customer).first() if link.message_id else None
