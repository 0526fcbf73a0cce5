"""Where a text message goes: to the number that they wrote or called from, else to the customer's best."""

from django.utils.translation import gettext as _

from customers.identity import normalise
from customers.models import Customer, Purpose
from interactions import addressing
from interactions.addressing import Addressee, Head
from interactions.channels.sms.gateway.numbers import E164
from interactions.models import Conversation, Direction, Message

CHANNEL = "sms"
LOOKED_BACK = 30  # touches of a conversation, the newest, for one from a number


def answer(conversation: Conversation, purpose: str = Purpose.SERVICE) -> Head:
    """Return the head of the next text message of a conversation.

    It goes where they wrote from last; where they only called, to that number. Nobody answers a short code or a name.
    """
    customer = conversation.customer
    wrote_from = _wrote_from(conversation)
    if not wrote_from:
        return Head(_best(customer, purpose), "")
    if not E164.fullmatch(wrote_from):
        other = _best(customer, purpose)
        words = _("what is sent to %(address)s arrives nowhere") % {"address": wrote_from}
        return Head(other if other.address else Addressee(refusal=words), "")
    to = addressing.back_to(
        wrote_from, customer=customer, channel=CHANNEL, purpose=purpose, best=lambda: _best(customer, purpose)
    )
    return Head(to, "")


def first(customer: Customer, purpose: str = Purpose.SERVICE) -> Head:
    """Return the head of a text message that begins a conversation with this customer."""
    return Head(_best(customer, purpose), "")


def _best(customer: Customer | None, purpose: str) -> Addressee:
    return addressing.best(customer, CHANNEL, purpose) if customer else Addressee()


def sender_for(conversation: Conversation | None, senders: tuple[str, ...]) -> str:
    """Return which of our numbers the next message leaves from: that which they know, else the first."""
    if conversation is None or len(senders) == 1:
        return senders[0]
    wrote_to = conversation.interactions.filter(channel=CHANNEL, direction=Direction.IN, to_address__in=senders)
    theirs = wrote_to.order_by("-occurred_at", "-id").values_list("to_address", "occurred_at").first()
    wrote_from = Message.objects.filter(conversation=conversation, channel=CHANNEL, account__in=senders)
    ours = wrote_from.order_by("-created_at", "-id").values_list("account", "created_at").first()
    both = sorted((one for one in (theirs, ours) if one), key=lambda one: one[1])
    return both[-1][0] if both else senders[0]


def _wrote_from(conversation: Conversation) -> str:
    """Return where their last text message came from, else their last call."""
    touches = conversation.interactions.filter(channel__in=(CHANNEL, "phone"), direction=Direction.IN)
    rows = list(touches.order_by("-occurred_at", "-id").values_list("channel", "from_address")[:LOOKED_BACK])
    texts = [address for channel, address in rows if channel == CHANNEL and address]
    calls = [address for channel, address in rows if channel != CHANNEL and can_reach(address)]
    return next(iter((*texts, *calls)), "")


def can_reach(address: str) -> bool:
    """Tell whether a number, in normal form, may take text messages: it is not known to be a landline."""
    found = normalise.phone(address, "") if E164.fullmatch(address) else None
    return found is not None and found.line != normalise.FIXED
