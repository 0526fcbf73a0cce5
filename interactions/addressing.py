"""The head of a mail, where it goes and what it is called: the composer shows it, the outbox does it.

An answer goes where they want it (Reply-To) of their last mail, else where that came from, whoever wrote it: a lawyer,
an assistant. Never to ourselves, nor to a machine that says that it reads nothing. An address that we know goes through
the gate; where it does not work, the customer's best other one takes its place, and the page says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Value
from django.utils.translation import gettext as _

from crm.words import Words
from customers import reach, suppressing
from customers.identity import normalise
from customers.models import ContactPoint, Customer, Purpose
from interactions import choosing
from interactions.channels.mail.gateway.contract import Address, Incoming
from interactions.channels.mail.gateway.reading import reads_no_answers
from interactions.models import Conversation, Direction, Mailbox
from interactions.recognising import recognise
from staff.models import Organisation, User
from staff.models.organisation import NAMELESS

MOST_ANSWERED = 10  # addresses that one mail wants its answers at, and that are looked up
LOOKED_BACK = 30  # mails of a conversation, the newest, for one that is not our own and for one that has a subject


@dataclass(frozen=True)
class Addressee:
    """Where a mail goes. address: in normal form; "" nowhere, then `refusal` says why, or nobody ever wrote.

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
    mails = conversation.interactions.filter(channel="email", kind="message").order_by("-occurred_at", "-id")
    rows = list(mails.values_list("direction", "reply_to", "from_address", "subject")[:LOOKED_BACK])
    pairs = [(reply_to, sender) for direction, reply_to, sender, _subject in rows if direction == Direction.IN]
    found = [address for pair in pairs for one in pair if (address := normalise.email(one))]
    us = who_we_are(found)
    theirs = sorted((address for address in found if not us.has(address)), key=reads_no_answers)
    wrote_from = theirs[0] if theirs else ""
    subject = next((plain for *_rest, one in rows if (plain := choosing.subject(one))), "")
    return Head(_answer_to(conversation, wrote_from, purpose, us), f"Re: {subject}"[:250] if subject else us.name)


def first_mail(customer: Customer, purpose: str = Purpose.SERVICE) -> Head:
    """Return the head of a mail that begins a conversation with this customer."""
    us = who_we_are()
    return Head(_best(customer, purpose, us), us.name)


def _answer_to(conversation: Conversation, wrote_from: str, purpose: str, us: Us) -> Addressee:
    customer = conversation.customer
    if not wrote_from:
        return _best(customer, purpose, us) if customer else Addressee()
    points = list(ContactPoint.objects.filter(channel="email", value=wrote_from).select_related("customer"))
    own = next((point for point in points if point.customer_id == conversation.customer_id), None)
    if customer is None or own is None:
        if reads_no_answers(wrote_from):
            return _not_to_a_machine(wrote_from, customer, purpose, us)
        return _somebody_else(wrote_from, points, purpose)
    reason = reach.may_reach(customer, "email", purpose, own)
    if reason is None:
        return Addressee(wrote_from, own.pk, reason=reach.REASONS["complained"] if own.complained_at else "")
    best = _best(customer, purpose, us)
    return replace(best, instead_of=wrote_from, reason=reach.REASONS[reason]) if best.address else best


def _not_to_a_machine(address: str, customer: Customer | None, purpose: str, us: Us) -> Addressee:
    best = _best(customer, purpose, us) if customer else Addressee()
    if best.address:
        return replace(best, instead_of=address, reason=_("nobody reads what is sent there"))
    return Addressee(refusal=best.refusal or _("nobody reads what is sent to %(address)s") % {"address": address})


def _best(customer: Customer, purpose: str, us: Us) -> Addressee:
    """Return where a mail goes to who has not written: the gate's choice."""
    best = reach.best_of(customer, "email", purpose)
    if best.reason:
        return Addressee(refusal=reach.REASONS[best.reason])
    if us.has(best.address):
        return Addressee(refusal=_("the address is one of ours"))
    return Addressee(best.address, best.point_id, reason=reach.REASONS["complained"] if best.has_complained else "")


def _somebody_else(address: str, points: list[ContactPoint], purpose: str) -> Addressee:
    """A third person wrote, or nobody whom we know: what is known against the address holds whoever has it."""
    reasons = [reach.may_reach(point.customer, "email", purpose, point) for point in points]
    if points and all(reasons):
        return Addressee(refusal=f"{address}: {reach.REASONS[reasons[0] or '']}")
    if not points and suppressing.is_dead(address):
        return Addressee(refusal=f"{address}: {reach.REASONS['bounced']}")
    return Addressee(address)


def who_we_are(among: Iterable[str] = ()) -> Us:
    """Return us: the sender's address, the mailboxes', and of `among` those of colleagues who are no customers too."""
    among = set(among)
    customers = ContactPoint.objects.filter(channel="email", value__in=among).values("value")
    colleagues = User.objects.at_work().order_by().filter(email__in=among).exclude(email__in=customers)
    known = Organisation.objects.filter(pk=1).values_list("sender_email", "name")
    known = known.union(Mailbox.objects.values_list("address", Value("")), colleagues.values_list("email", Value("")))
    rows = list(known)
    name = next((name for _address, name in rows if name), "") or NAMELESS
    return Us(name, frozenset(_untagged(address.lower()) for address, _name in rows))


def _untagged(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


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
    known = (address for address in several if recognise(address, "email", with_card=False).matches)
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
        customer = recognise(address, "email", with_card=False).customer if address else None
        if customer:
            return customer
    return None
