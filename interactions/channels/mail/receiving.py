"""A mail that arrived → the right customer and the right conversation, in one transaction.

Which conversation: (1) the signed answer address; (2) In-Reply-To and References; (3) the customer's only conversation
that is unsettled or holds an unkept promise, however old; (4) else a new one, with candidates offered. Bounces and
automatic answers open and reopen nothing, and no machine answers them.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from customers.models import Customer
from interactions import addressing, choosing, links, moving, recovering, rendering
from interactions.channels.mail import comparing, reporting
from interactions.channels.mail.gateway.contract import Incoming, Kind
from interactions.conversations import filing, locking, opening, settling
from interactions.models import Conversation, Interaction, Mailbox, Message
from interactions.recognising import open_to

MOST_LIKE_IT = 50  # mails with the same Message-ID that are looked through, the newest first
BELIEVED = timedelta(days=3)  # an older date in a mail is a wrong clock: it arrived now


@dataclass(frozen=True)
class Destination:
    """Where an arrival belongs, before anything is written. message: of ours, that it answers."""

    customer: Customer | None
    conversation: Conversation | None
    message: Message | None = None
    how: str = "new"  # address, reference, only, new


def receive(incoming: Incoming, raw: bytes, mailbox: Mailbox | None = None) -> Interaction:
    """File one mail and return its interaction; the one there is when the mail was delivered before.

    Another mail with the same Message-ID is filed like any other.
    """
    try:
        return _received(incoming, raw, mailbox)
    except locking.Gone:  # somebody moved what it belongs to while it was filed: now it is seen where that is
        return _received(incoming, raw, mailbox)


@transaction.atomic
def _received(incoming: Incoming, raw: bytes, mailbox: Mailbox | None) -> Interaction:
    locks.one_at_a_time("mail", incoming.message_ref)
    known, ref = comparing.look_up(incoming, raw)
    if known:
        return known
    incoming = replace(incoming, message_ref=ref, reply_to=addressing.reply_to(incoming))
    if incoming.kind == Kind.MESSAGE:
        return _message(incoming, raw, mailbox)
    return _quiet(incoming, raw)


def _message(incoming: Incoming, raw: bytes, mailbox: Mailbox | None) -> Interaction:
    place = _destination(incoming)
    conversation, is_new = place.conversation, False
    if conversation is None:
        conversation, is_new = _opened(place, incoming, mailbox), True
    at = _occurred_at(incoming, place.message)
    interaction = _draft(incoming, place.customer or conversation.customer, conversation, kind="message", at=at)
    interaction = filing.file(interaction, raw=raw, how=place.how, **_origin(place.message))
    if place.message:
        _answered(place.message, conversation, at)
    if not is_new and not conversation.is_open:
        settling.reopen(conversation, because="They answered.")
    customer = interaction.customer
    if customer is not None:
        for colleague in {conversation.owner, place.message.author if place.message else None} - {None}:
            open_to(colleague, [customer], because="mail")
    return interaction


def _origin(message: Message | None) -> dict:
    """What the fact says of the message that is answered."""
    if message is None:
        return {"message": None, "origin": "", "origin_id": None}
    return {"message": message.pk, "origin": message.origin, "origin_id": message.origin_id}


def _destination(incoming: Incoming) -> Destination:
    sender = addressing.writer(incoming)
    message = _message_of_addresses(incoming)
    if message:
        return _destination_of(message, sender, "address")
    found = _referred(incoming, sender)
    if isinstance(found, Message):
        return _destination_of(found, sender, "reference")
    if found:
        return Destination(found.customer or sender, found, how="reference")
    if sender is None:
        return Destination(None, None)
    locks.one_at_a_time("customer", sender.pk)  # two mails at once must not open two conversations
    only = choosing.only(sender)
    return Destination(sender, only, how="only" if only else "new")


def _message_of_addresses(incoming: Incoming) -> Message | None:
    numbers = (links.message_of_address(address.email) for address in incoming.recipients)
    number = next((number for number in numbers if number), None)
    return _message_with(pk=number) if number else None


def _referred(incoming: Incoming, sender: Customer | None) -> Message | Conversation | None:
    """Return the message of ours or the conversation that the mail refers to, the nearest reference first."""
    refs = [ref for ref in (incoming.in_reply_to, *reversed(incoming.references)) if ref]
    numbers = {ref: number for ref in refs if (number := links.message_of_ref(ref))}
    messages = {message.pk: message for message in Message.objects.filter(pk__in=numbers.values())}
    filed = Interaction.objects.filter(channel="email", message_ref__in=refs, conversation__isnull=False)
    rows = filed.select_related("conversation__customer")
    conversations = {one.message_ref: one.conversation for one in rows if one.conversation}
    for ref in refs:
        if numbers.get(ref) in messages:
            return _message_with(pk=numbers[ref])
        if ref in conversations and (found := _meant(ref, conversations[ref], sender)):
            return found
    return None


def _meant(ref: str, first: Conversation, sender: Customer | None) -> Conversation | None:
    """Return where a reference leads; a Message-ID that several mails carry, a form's, only to the sender's own."""
    if sender and first.customer_id == sender.pk:
        return first
    others = comparing.others_with(ref).exclude(conversation=None).select_related("conversation__customer")
    conversations = [one.conversation for one in others.order_by("-id")[:MOST_LIKE_IT]]
    mine = (one for one in conversations if one and sender and one.customer_id == sender.pk)
    return next(mine, None) if conversations else first


def _message_with(pk: int) -> Message | None:
    locks.one_at_a_time("message", pk)  # two first answers at once must not open two conversations
    rows = Message.objects.filter(pk=pk)
    return rows.select_related("interaction__conversation", "conversation", "customer", "author", "wording").first()


def _destination_of(message: Message, sender: Customer | None, how: str) -> Destination:
    """The conversation that the message is in now, also after a move; of a one-to-many message there may be none."""
    conversation = message.interaction.conversation if message.interaction else None
    conversation = conversation or message.conversation
    customer = (conversation.customer if conversation else None) or message.customer or sender
    return Destination(customer, conversation, message, how)


def _answered(message: Message, conversation: Conversation, at: datetime) -> None:
    """An answer proves that a message in doubt arrived; a one-to-many one now begins this conversation, in full."""
    recovering.arrived(message, before=at)
    moving.begin_with(message, conversation, words=rendering.words_of(message))


def _opened(place: Destination, incoming: Incoming, mailbox: Mailbox | None) -> Conversation:
    customer, at = place.customer, _occurred_at(incoming, place.message)
    subject = choosing.subject(incoming.subject) or _("No subject")
    return opening.open(Conversation(customer=customer, subject=subject, mailbox=mailbox, opened_at=at))


def _draft(
    incoming: Incoming, customer: Customer | None, conversation: Conversation | None, *, kind: str, at: datetime
) -> Interaction:
    return Interaction(
        customer=customer,
        conversation=conversation,
        channel="email",
        direction="in",
        kind=kind,
        occurred_at=at,
        from_address=incoming.sender.email[:320],
        reply_to="".join(one.email for one in incoming.reply_to),
        to_address=incoming.recipients[0].email[:320] if incoming.recipients else "",
        subject=_storable(incoming.subject)[:250],
        words=_storable(incoming.new_text or incoming.text).strip(),
        quoted=_storable(incoming.quoted_text),
        html=_storable(incoming.html),
        language=(incoming.language or "")[:8],
        attachments=[
            {"name": _storable(one.name), "size": one.size, "type": one.content_type, "position": one.position}
            for one in incoming.attachments
        ],
        message_ref=incoming.message_ref,
    )


def _quiet(incoming: Incoming, raw: bytes) -> Interaction:
    """File a bounce, complaint or automatic answer where it belongs; nothing is opened, reopened or left waiting."""
    message = reporting.reported(incoming) if incoming.kind != Kind.AUTOMATIC else reporting.message_of(incoming)
    customer, conversation = None, None
    if message:
        place = _destination_of(message, None, "")
        customer, conversation = place.customer, place.conversation
        recovering.arrived(message)
    elif incoming.kind == Kind.AUTOMATIC:
        customer = addressing.writer(incoming)
    kind = "automatic" if incoming.kind == Kind.AUTOMATIC else "bounce"
    interaction = _draft(incoming, customer, conversation, kind=kind, at=_occurred_at(incoming, message))
    return filing.file(interaction, raw=raw)


def _storable(text: str) -> str:
    return text.replace("\x00", "")


def _occurred_at(incoming: Incoming, message: Message | None) -> datetime:
    """Return when it was written. By a wrong clock (long ago, to come, before what it answers) it arrived now."""
    at, said = now(), incoming.sent_at
    if not said or not at - BELIEVED < said <= at:
        return at
    ours = message.interaction if message else None
    return at if ours and said < ours.occurred_at else said
