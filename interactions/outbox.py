"""The only way anything leaves for a customer, behind the one gate.

`queue` takes one personal message, `queue_many` one wording for many. Both leave rows; delivering sends them.
The gate is the customer's half (customers.reach: consent, bounced, complained) and ours (pacing).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg2.extras import execute_values

from crm import locks
from crm.events.recording import record
from crm.formats import phone
from crm.problems import Invalid, Problem
from customers import reach
from customers.identity import normalise
from customers.models import Customer, Purpose
from interactions import addressing, carriers, holding, pacing, thread
from interactions.conversations import locking, settling
from interactions.models import Conversation, Message
from staff.models import Organisation

BAD_ADDRESS = "bad_address"  # a reason of our own


class NotReachable(Problem):
    """This customer may not be written to there."""

    code = "not_reachable"


class WentElsewhere(Problem):
    """Somebody wrote meanwhile, and it would go to them. Read that first, then send it."""

    code = "went_elsewhere"
    is_page_old = True


class NothingToSend(Invalid):
    """Write something before you send it."""

    code = "nothing_to_send"


class OnItsWay(Problem):
    """This message is on its way already."""

    code = "on_its_way"


class SeenTo(Problem):
    """Somebody has seen to this message already. Load the page again."""

    code = "seen_to"
    is_page_old = True


@dataclass(frozen=True)
class Recipient:
    """One customer of a one-to-many message. values: of the wording's merge fields, texts only.

    dedupe_key: "campaign:12:345"; a second row with the same key is not queued.
    """

    customer_id: int
    contact_point_id: int
    to_address: str
    wording_id: int
    dedupe_key: str
    to_name: str = ""
    time_zone: str = ""  # of the customer; "": the organisation's
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Queued:
    """What became of a batch. refused: customer → reason, a key of `reasons()`; queued: how many rows are new."""

    queued: int
    refused: dict[int, str]

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.refused.values())


def reasons(channel: str = "") -> dict[str, str | Promise]:
    """Return every reason of the gate and its words on a channel."""
    return {
        **reach.reasons(channel),
        **pacing.REASONS,
        BAD_ADDRESS: gettext_lazy("nothing can be sent to their address"),
    }


@transaction.atomic
def queue(
    *,
    channel: str,
    conversation: Conversation,
    text: str,
    subject: str = "",
    by=None,
    html: str = "",
    shown_to: str = "",
    heard: str = "",
    purpose: str = Purpose.SERVICE,
    due_at: datetime | None = None,
    dedupe_key: str = "",
    instead_of: Message | None = None,
) -> Message:
    """Put one personal message into the outbox and return it; it is sent within seconds.

    The channel's carrier says where it goes, and what it is called without a subject. shown_to: what its writer saw as
    To; heard: and up to where they had read. instead_of: one that failed, whose place this takes. Raises NothingToSend,
    NotSetUp, TooManyParts, NotReachable with the gate's reason, WentElsewhere, SaidMeanwhile, Gone, or SeenTo when
    somebody has sent another in its place already.
    """
    carrier = _carrier_for(text.strip(), channel)
    if instead_of is not None:
        _let_go(instead_of, by)
    locking.lock_as_shown(conversation, heard)
    head = carrier.head_of_answer(conversation, purpose)
    to = _may_go(head.to, conversation.customer, shown_to)
    customer = conversation.customer
    message = Message(
        customer=customer, channel=channel, contact_point_id=to.point_id,
        conversation=conversation,
        to_address=to.address,
        to_name=customer.name if customer and to.point_id else "",
        purpose=purpose,
        subject=(subject.strip()[:250] or head.subject) if carrier.has_subject else "",
        body_text=text.strip(),
        body_html=html,
        author=by,
        dedupe_key=dedupe_key,
        due_at=due_at or now(),
        created_at=now(),
    )  # fmt: skip
    carrier.complete(message)
    message.save(force_insert=True)
    thread.answered(conversation)  # cancel and failure bring it back
    record("message.queued", about=message, customer=customer, by=by, conversation=conversation.pk)
    return message


def _carrier_for(text: str, channel: str) -> carriers.Carrier:
    """Return who carries this text. Raises NothingToSend, NotSetUp, TooManyParts."""
    if not normalise.words(text):  # nor blanks of no width
        raise NothingToSend
    carrier = carriers.ready_on(channel)
    parts = carrier.parts_of(text)
    if parts is not None:
        parts.check()
    return carrier


def _may_go(to: addressing.Addressee, customer: Customer | None, shown_to: str) -> addressing.Addressee:
    """Return where it goes. Raises NotReachable, and WentElsewhere if the writer saw another address."""
    if to.refusal and customer:
        words = _("%(name)s may not be written to: %(reason)s.")
        raise NotReachable(words % {"name": customer, "reason": to.refusal})
    if not to.address:
        raise NotReachable(str(to.refusal) or _("Nobody knows where to send this: choose an address."))
    if shown_to and shown_to != to.address:
        words = _("It would go to %(address)s: somebody wrote meanwhile. Read that first, then send it.")
        raise WentElsewhere(words % {"address": phone(to.address)})
    return to


@transaction.atomic
def cancel(message: Message, *, by) -> None:
    """Take a personal message back before it leaves. Raises OnItsWay."""
    waiting = Message.objects.filter(pk=message.pk, status=Message.Status.QUEUED)
    if not waiting.update(status=Message.Status.CANCELLED, reason=_("Taken back by %(name)s") % {"name": by}):
        raise OnItsWay(_("This message is on its way already."))
    message.refresh_from_db(fields=["conversation"])  # it may have been moved until now
    if message.conversation is not None:
        thread.redraw(message.conversation)
        settling.reopen_if_waiting(message.conversation, by=by, because="Our answer was taken back.")
    record("message.cancelled", about=message, customer=message.customer, by=by, conversation=message.conversation_id)


def try_again(failed: Message, *, by) -> Message:
    """Send what failed anew, by the address and under the rules of now. Raises as `queue` does."""
    assert failed.conversation is not None  # only personal ones are sent again
    return queue(
        channel=failed.channel, conversation=failed.conversation, text=failed.body_text, subject=failed.subject,
        html=failed.body_html, by=by, purpose=failed.purpose, instead_of=failed,
    )  # fmt: skip


@transaction.atomic
def drop(failed: Message, *, by) -> None:
    """Let a message that failed be: it was said some other way. Raises SeenTo."""
    _let_go(failed, by)
    record("message.dropped", about=failed, customer=failed.customer, by=by, conversation=failed.conversation_id)


def _let_go(failed: Message, by) -> None:
    gone = {"status": Message.Status.CANCELLED, "reason": _("Let go by %(name)s") % {"name": by}}
    if not Message.objects.failed().filter(pk=failed.pk).update(**gone):
        raise SeenTo


def cancel_all(*, origin: str, origin_id: int) -> int:
    """Take back everything of one origin that still waits; return how many. What a worker has in hand is held."""
    waiting = Message.objects.filter(origin=origin, origin_id=origin_id, status=Message.Status.QUEUED)
    taken_back = waiting.update(status=Message.Status.CANCELLED)
    holding.hold_all(origin=origin, origin_id=origin_id)
    return taken_back


@transaction.atomic
def queue_many(
    recipients: Sequence[Recipient],
    *,
    channel: str,
    purpose: str,
    origin: str,
    origin_id: int,
    sender_name: str = "",
    due_at: datetime | None = None,
) -> Queued:
    """Put one message for each recipient into the outbox, in a handful of statements; may run twice.

    Whom the gate refuses gets no row; their reasons come back. Quiet hours put a message off instead. Raises NotSetUp.
    """
    carrier = carriers.ready_on(channel)
    organisation = Organisation.current()
    locks.one_at_a_time("pacing")  # two campaigns at once would both find room under the cap
    refused = {one.customer_id: BAD_ADDRESS for one in recipients if not carrier.can_reach(one.to_address)}
    gate = reach.refusals([(one.customer_id, one.contact_point_id) for one in recipients], channel, purpose)
    refused |= {pk: reason for (pk, _point), reason in gate.items()}
    welcome = [one.customer_id for one in recipients if one.customer_id not in refused]
    refused |= pacing.refusals(welcome, origin=origin, origin_id=origin_id, organisation=organisation)
    at = due_at or now()
    dues = {one.time_zone: pacing.due(at, one.time_zone, organisation) for one in recipients}
    rows = [
        (one.customer_id, one.contact_point_id, one.to_address, one.to_name[:200], one.wording_id)
        + (json.dumps(one.values), one.dedupe_key, dues[one.time_zone])
        for one in recipients
        if one.customer_id not in refused
    ]
    if not rows:
        return Queued(0, refused)
    same = (channel, carrier.accounts()[0], purpose, origin, origin_id, sender_name, now())
    with connection.cursor() as cursor:
        constants = cursor.mogrify(", ".join(["%s"] * len(same)), same).decode()
        statement = INSERT % {"constants": constants.replace("%", "%%")}
        made = execute_values(cursor.cursor, statement, rows, page_size=len(rows), fetch=True)
    return Queued(len(made), refused)


INSERT = """
INSERT INTO interactions_message (
    customer_id, contact_point_id, to_address, to_name, wording_id, values, dedupe_key, due_at,
    channel, account, purpose, origin, origin_id, sender_name, created_at, is_marketing, status, subject, body_text,
    body_html, in_reply_to, "references", message_ref, attempts, worker, reason)
SELECT row.customer, row.point, row.address, row.name, row.wording, row.fields::jsonb, row.key, row.due::timestamptz,
    %(constants)s, true, 'queued', '', '', '', '', '', '', 0, '', ''
FROM (VALUES %%s) AS row (customer, point, address, name, wording, fields, key, due)
ON CONFLICT (dedupe_key) WHERE dedupe_key <> '' DO NOTHING RETURNING id
"""
