"""A mail that arrived → the right customer and the right conversation, in one transaction.

Which conversation: (1) the signed answer address; (2) In-Reply-To and References; (3) the customer's only conversation
that is unsettled or holds an unkept promise, however old; (4) else a new one, with candidates offered. Bounces and
automatic answers open nothing and are nobody's words, and no machine answers them; what did not arrive has answered
nothing (`returning`).
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from crm import locks
from customers.models import Customer
from interactions import arriving, choosing, recovering
from interactions.arriving import Destination
from interactions.channels.mail import addressing, comparing, links, reporting
from interactions.channels.mail.gateway.contract import Incoming, Kind
from interactions.conversations import filing
from interactions.models import Conversation, Interaction, Mailbox, Message

MOST_LIKE_IT = 50  # mails with the same Message-ID that are looked through, the newest first


def receive(incoming: Incoming, raw: bytes, mailbox: Mailbox | None = None) -> Interaction:
    """File one mail and return its interaction; the one there is when the mail was delivered before.

    Another mail with the same Message-ID is filed like any other.
    """
    return arriving.anew(partial(_received, incoming, raw, mailbox))


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
    at = arriving.moment(incoming.sent_at, place.message)
    subject = choosing.subject(incoming.subject) or _("No subject")
    new = Conversation(customer=place.customer, subject=subject, mailbox=mailbox, opened_at=at)
    return arriving.file(_draft(incoming, kind="message", at=at), place, new=new, raw=raw)


def _destination(incoming: Incoming) -> Destination:
    sender = addressing.writer(incoming)
    message = _message_of_addresses(incoming)
    if message:
        return arriving.at(message, sender, "address")
    found = _referred(incoming, sender)
    if isinstance(found, Message):
        return arriving.at(found, sender, "reference")
    if found:
        return Destination(found.customer or sender, found, how="reference")
    return arriving.at_only(sender) if sender else Destination(None, None)


def _message_of_addresses(incoming: Incoming) -> Message | None:
    numbers = (links.message_of_address(address.email) for address in incoming.recipients)
    number = next((number for number in numbers if number), None)
    return arriving.message_with(number) if number else None


def _referred(incoming: Incoming, sender: Customer | None) -> Message | Conversation | None:
    """Return the message of ours or the conversation that the mail refers to, the nearest reference first."""
    refs = [ref for ref in (incoming.in_reply_to, *reversed(incoming.references)) if ref]
    numbers = {ref: number for ref in refs if (number := links.message_of_ref(ref))}
    messages = {message.pk: message for message in Message.objects.filter(pk__in=numbers.values())}
    filed = Interaction.objects.filter(channel=addressing.CHANNEL, message_ref__in=refs, conversation__isnull=False)
    rows = filed.select_related("conversation__customer")
    conversations = {one.message_ref: one.conversation for one in rows if one.conversation}
    for ref in refs:
        if numbers.get(ref) in messages:
            return arriving.message_with(numbers[ref])
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


def _draft(incoming: Incoming, *, kind: str, at: datetime) -> Interaction:
    return Interaction(
        channel=addressing.CHANNEL,
        direction="in",
        kind=kind,
        occurred_at=at,
        from_address=incoming.sender.email[:320],
        reply_to="".join(one.email for one in incoming.reply_to),
        to_address=incoming.recipients[0].email[:320] if incoming.recipients else "",
        subject=arriving.storable(incoming.subject)[:250],
        words=arriving.storable(incoming.new_text or incoming.text).strip(),
        quoted=arriving.storable(incoming.quoted_text),
        html=arriving.storable(incoming.html),
        language=(incoming.language or "")[:8],
        attachments=[
            {"name": arriving.storable(one.name), "size": one.size, "type": one.content_type, "position": one.position}
            for one in incoming.attachments
        ],
        message_ref=incoming.message_ref,
    )


def _quiet(incoming: Incoming, raw: bytes) -> Interaction:
    """File a bounce, complaint or automatic answer where it belongs; nothing is opened, reopened or left waiting."""
    message = reporting.take(incoming) if incoming.kind != Kind.AUTOMATIC else reporting.message_of(incoming)
    kind = "automatic" if incoming.kind == Kind.AUTOMATIC else "bounce"
    interaction = _draft(incoming, kind=kind, at=arriving.moment(incoming.sent_at, message))
    if message:
        place = arriving.at(message, None, "")
        interaction.customer, interaction.conversation = place.customer, place.conversation
        recovering.heard_of(message)
    elif incoming.kind == Kind.AUTOMATIC:
        interaction.customer = addressing.writer(incoming)
    return filing.file(interaction, raw=raw)
