"""A text message that arrived → the right customer and the right conversation, in one transaction.

Which conversation: (1) the one that our last message to that number is in now, if it is not old; (2) the customer's
only conversation that is unsettled or holds an unkept promise, whatever its channel; (3) of a number that is nobody's,
or several people's, the one that is open with it; (4) else a new one. STOP is obeyed for everybody who has the number.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from customers import contacting, stopping
from customers.identity import normalise
from customers.models import Customer
from interactions import arriving, outcomes, recognising
from interactions.arriving import Destination
from interactions.channels.sms import stop_words
from interactions.channels.sms.account import ProviderAccount
from interactions.channels.sms.addressing import CHANNEL
from interactions.channels.sms.gateway.numbers import E164, WHOLE, are_same
from interactions.channels.sms.gateway.reading import IncomingText
from interactions.channels.sms.stop_words import Word
from interactions.conversations import opening
from interactions.models import Conversation, Direction, Interaction, Message
from interactions.recognising import Recognised
from interactions.returning import STOP
from staff.models import Organisation

ANSWERED_WITHIN = timedelta(days=14)  # after our last message; later it is about something else
LEFT = (Message.Status.SENDING, Message.Status.SENT, Message.Status.IN_DOUBT)  # or may have
START = "START"  # the source of a consent


def receive(incoming: IncomingText) -> Interaction:
    """File one text message and return its interaction; the one there is when it was delivered before."""
    return arriving.anew(partial(_received, incoming))


@transaction.atomic
def _received(incoming: IncomingText) -> Interaction:
    locks.one_at_a_time(CHANNEL, incoming.ref)
    named_so = list(Interaction.objects.filter(channel=CHANNEL, message_ref__in=(incoming.ref, _second(incoming.ref))))
    if known := next((one for one in named_so if one.direction == Direction.IN), None):
        return known
    if named_so:  # one of ours: some providers count what comes in apart from what goes out
        incoming = replace(incoming, ref=_second(incoming.ref))
    incoming = replace(incoming, to=_ours(incoming.to))
    number = _number(incoming.sender)
    whose = recognising.recognise(number, "phone", with_card=False) if number else Recognised("", "")
    place = _destination(incoming, whose)
    word = stop_words.read(incoming.text, incoming.opt_out, _names()) if number else None
    interaction = _draft(incoming, number or incoming.sender, place, word)
    theirs = dict.fromkeys((number, *(match.point.value for match in whose.matches)))  # one line, as each writes it
    if word is Word.START and any([_given_back(one, incoming) for one in theirs]):
        interaction.outcome = outcomes.STARTED
    new = Conversation(customer=place.customer, subject=opening.named_by(interaction.words), opened_at=now())
    arriving.file(interaction, place, new=new)
    if word in (Word.STOP, Word.UNSURE):
        proof = f"{incoming.ref}: {incoming.text}"[:500]
        for one in theirs:
            stopping.withdraw_at(one, CHANNEL, source=STOP, proof=proof, at=interaction.occurred_at)
    for match in whose.matches:
        contacting.heard(match.point, CHANNEL)
    return interaction


def _second(ref: str) -> str:
    return f"{ref} in"  # no provider's id holds a blank


def _number(sender: str) -> str:
    """Return the number of who wrote in normal form; "" of a short code, a name, or nobody: there STOP means nothing.

    Digits without a country are believed where a plan has such a number.
    """
    if E164.fullmatch(sender):
        return recognising.read(sender, "phone")[1]
    value = recognising.read(sender, "phone")[1] if WHOLE.fullmatch(sender) else ""
    found = normalise.phone(value, "") if value else None
    return value if found and found.is_checked else ""


def _names() -> tuple[str, str]:
    us = Organisation.current()
    return us.sender_name, us.name


def _ours(written: str) -> str:
    """Return which of our numbers they wrote to, as our settings write it."""
    ours = ProviderAccount.current().senders
    return written if written in ours else next((one for one in ours if are_same(one, written)), written)


def _given_back(number: str, incoming: IncomingText) -> list[int]:
    return stopping.give_back_at(number, CHANNEL, taken_by=STOP, source=START, proof=incoming.ref)


def _destination(incoming: IncomingText, whose: Recognised) -> Destination:
    last = _last_message(whose.address, incoming.to, [match.customer for match in whose.matches])
    message = arriving.message_with(last) if last else None
    if message:
        return arriving.at(message, whose.customer, "last")
    return arriving.at_only(whose.customer) if whose.customer else _nobodys(whose.address or incoming.sender)


def _last_message(number: str, account: str, customers: list[Customer]) -> int | None:
    """Return our last message to a number, lately and from the one that they wrote to."""
    if not number:
        return None
    to_them = Message.objects.filter(Q(customer__in=customers) | Q(customer=None))  # there is no index on addresses
    rows = to_them.filter(channel=CHANNEL, to_address__in=normalise.spellings(number), status__in=LEFT)
    rows = rows.filter(account__in=("", account))
    rows = rows.annotate(at=Coalesce("sent_at", "created_at")).filter(at__gt=now() - ANSWERED_WITHIN)
    return rows.order_by("-at", "-pk").values_list("pk", flat=True).first()


def _nobodys(address: str) -> Destination:
    """Return what is open with a number that nobody has, or several: its parts and what it says next belong there."""
    if not address:
        return Destination(None, None)
    locks.one_at_a_time("sender of sms", address)
    nobodys = Conversation.objects.filter(status=Conversation.Status.OPEN, customer=None)  # few
    last = nobodys.filter(interactions__from_address=address).order_by("-touched_at", "-pk").first()
    return Destination(None, last, how="only" if last else "new")


def _draft(incoming: IncomingText, sender: str, place: Destination, word: Word | None) -> Interaction:
    said = [incoming.text, *(f"[{one.kind}] {one.url}" for one in incoming.media)]
    outcome = ""
    if word is Word.STOP or (word is Word.UNSURE and place.message and place.message.is_marketing):
        outcome = outcomes.STOPPED
    elif word is Word.UNSURE:
        outcome = outcomes.STOPPED_TOO
    return Interaction(
        channel=CHANNEL,
        direction="in",
        kind="message",
        occurred_at=arriving.moment(None, place.message),
        from_address=sender,
        to_address=incoming.to,
        words=arriving.storable("\n".join(filter(None, said))) or _("Nothing was written."),
        outcome=outcome,
        message_ref=incoming.ref,
    )
