"""The head of a mail, where it goes and what it is called, and whose words one holds that arrived.

An answer goes where they want it (Reply-To) of their last mail, else where that came from, whoever wrote it: a lawyer,
an assistant. Never to ourselves, nor to a machine that says that it reads nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from django.conf import settings
from django.db.models import Value
from django.utils.translation import gettext as _

from customers.identity import normalise
from customers.models import ContactPoint, Customer, Purpose
from interactions import addressing, choosing
from interactions.addressing import Addressee, Head
from interactions.channels.mail import links
from interactions.channels.mail.gateway.contract import Address, Incoming
from interactions.channels.mail.gateway.reading import reads_no_answers
from interactions.models import Conversation, Direction, Interaction, Mailbox
from interactions.recognising import recognise
from staff.models import Organisation, User
from staff.models.organisation import NAMELESS

CHANNEL = "email"
MOST_ANSWERED = 10  # addresses that one mail wants its answers at, and that are looked up
LOOKED_BACK = 30  # mails of a conversation, the newest, for one that is not our own and for one that has a subject
LONGEST_REFERENCES = 20  # Message-IDs; the oldest and the newest say enough


@dataclass(frozen=True)
class Us:
    """What we are called, and our own addresses: what we send there comes back to us."""

    name: str
    addresses: frozenset[str]

    def has(self, address: str) -> bool:
        is_at_home = address.endswith(f"@{settings.MAIL_DOMAIN.lower()}")
        return is_at_home or _untagged(address) in self.addresses


def answer(conversation: Conversation, purpose: str = Purpose.SERVICE) -> Head:
    """Return the head of the next mail of a conversation.

    Its subject is the last mail's, with "Re:", else the organisation's name. Never the conversation's own: that may
    come from a note among us.
    """
    mails = conversation.interactions.filter(channel=CHANNEL, kind="message").order_by("-occurred_at", "-id")
    rows = list(mails.values_list("direction", "reply_to", "from_address", "subject")[:LOOKED_BACK])
    pairs = [(reply_to, sender) for direction, reply_to, sender, _subject in rows if direction == Direction.IN]
    found = [address for pair in pairs for one in pair if (address := normalise.email(one))]
    us = who_we_are(found)
    theirs = sorted((address for address in found if not us.has(address)), key=reads_no_answers)
    wrote_from = theirs[0] if theirs else ""
    subject = next((plain for *_rest, one in rows if (plain := choosing.subject(one))), "")
    to = _answer_to(conversation.customer, wrote_from, purpose, us)
    return Head(to, f"Re: {subject}"[:250] if subject else us.name)


def first(customer: Customer, purpose: str = Purpose.SERVICE) -> Head:
    """Return the head of a mail that begins a conversation with this customer."""
    us = who_we_are()
    return Head(_best(customer, purpose, us), us.name)


def _answer_to(customer: Customer | None, wrote_from: str, purpose: str, us: Us) -> Addressee:
    best = partial(_best, customer, purpose, us)
    if not wrote_from:
        return best()
    if reads_no_answers(wrote_from) and not _is_own(wrote_from, customer):
        return _not_to_a_machine(wrote_from, best())
    return addressing.back_to(wrote_from, customer=customer, channel=CHANNEL, purpose=purpose, best=best)


def _is_own(address: str, customer: Customer | None) -> bool:
    return any(customer and point.customer_id == customer.pk for point in addressing.points_at(address, CHANNEL))


def _not_to_a_machine(address: str, best: Addressee) -> Addressee:
    if best.address:
        return replace(best, instead_of=address, reason=_("nobody reads what is sent there"))
    return Addressee(refusal=best.refusal or _("nobody reads what is sent to %(address)s") % {"address": address})


def _best(customer: Customer | None, purpose: str, us: Us) -> Addressee:
    best = addressing.best(customer, CHANNEL, purpose) if customer else Addressee()
    return Addressee(refusal=_("the address is one of ours")) if best.address and us.has(best.address) else best


def who_we_are(among: Iterable[str] = ()) -> Us:
    """Return us: the sender's address, the mailboxes', and of `among` those of colleagues who are no customers too."""
    among = set(among)
    customers = ContactPoint.objects.filter(channel=CHANNEL, value__in=among).values("value")
    colleagues = User.objects.at_work().order_by().filter(email__in=among).exclude(email__in=customers)
    known = Organisation.objects.filter(pk=1).values_list("sender_email", "name")
    known = known.union(Mailbox.objects.values_list("address", Value("")), colleagues.values_list("email", Value("")))
    rows = list(known)
    name = next((name for _address, name in rows if name), "") or NAMELESS
    return Us(name, frozenset(_untagged(address.lower()) for address, _name in rows))


def _untagged(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def last_of(conversation: Conversation) -> Interaction | None:
    """Return their last mail in a conversation: what the next one of ours answers."""
    mails = conversation.interactions.filter(channel=CHANNEL, direction=Direction.IN, kind="message")
    return mails.order_by("-occurred_at", "-id").first()


def references(conversation: Conversation, answered: str) -> str:
    """Return the Message-IDs of a conversation, oldest first, the answered one last (RFC 5322 3.6.4)."""
    refs = conversation.interactions.filter(channel=CHANNEL).exclude(message_ref="").order_by("occurred_at", "id")
    said = map(links.said_ref, refs.values_list("message_ref", flat=True))
    known = [ref for ref in dict.fromkeys(said) if ref and ref != answered]
    known += [answered] if answered else []
    return " ".join(known[:1] + known[1:][-LONGEST_REFERENCES + 1 :])


def reply_to(incoming: Incoming) -> tuple[Address, ...]:
    """Return the one address where answers to a mail go, in normal form; none where that is where it came from.

    Of several addresses the sender's own counts, else that of somebody we know, else the first: one person is written
    to.
    """
    wanted = [address for one in incoming.reply_to if (address := normalise.email(one.email))]
    us = who_we_are(wanted) if wanted else None
    wanted = [address for address in wanted if us and not us.has(address)]
    if not wanted or normalise.email(incoming.sender.email) in wanted:
        return ()
    several = wanted[:MOST_ANSWERED] if len(wanted) > 1 else []
    known = (address for address in several if recognise(address, CHANNEL, with_card=False).matches)
    return (Address(next(known, wanted[0])),)


def is_theirs(address: str) -> bool:
    """Tell whether an address may stand for somebody: it is none of ours, and none that says that it reads nothing."""
    return not (reads_no_answers(address) or who_we_are([address]).has(address))


def writer(incoming: Incoming) -> Customer | None:
    """Return whose words a mail holds: the customer of its From or its one Reply-To, None if neither is known.

    Both known: a form sends for others from an address elsewhere, a colleague of theirs from the same domain.
    """
    sender = normalise.email(incoming.sender.email) or ""
    answers = next((one.email for one in incoming.reply_to), "")
    if answers and not is_theirs(sender):
        sender = ""
    is_colleague = sender.rpartition("@")[2] == answers.rpartition("@")[2]
    for address in (sender, answers) if is_colleague else (answers, sender):
        customer = recognise(address, CHANNEL, with_card=False).customer if address else None
        if customer:
            return customer
    return None
