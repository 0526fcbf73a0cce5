"""What a dead worker left behind: sent, in doubt, or back into the queue, as its journal says.

What is in doubt is settled by what comes back from its reader, by its provider's own list, or by a person.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm import apart, locks
from crm.events.recording import record
from crm.problems import Problem
from interactions import carriers, concluding, delivering, holding, rendering, thread
from interactions.carriers import Carrier
from interactions.gateways import journal
from interactions.gateways.contract import Answer, Result
from interactions.gateways.journal import SUFFIX, Findings
from interactions.models import Message

log = structlog.get_logger("filo.outbox")
ASKING = "asking about messages in doubt"
ASKED_AT_ONCE = 200  # messages of one account
LONGEST_PAUSE = timedelta(days=1)
AT_THE_LATEST = timedelta(seconds=1)  # before its answer a message left, when nobody has noted yet when it did
Status = Message.Status


class NotInDoubt(Problem):
    """Somebody else has settled this message already."""

    code = "not_in_doubt"


def recover(folder: Path | None = None) -> None:
    """Settle every journal whose owner is dead, then every lease that ran out without a journal. May run twice.

    A worker dies at once, what it asked of the database last does not: a batch may become its own after it was
    settled. So its journal stays for a second look.
    """
    folder = folder or delivering.journals()
    for worker in journal.workers(folder):
        _take_over(folder, worker)
    _doubt_the_lost(folder)


def _take_over(folder: Path, worker: str) -> None:
    left = found = None
    try:
        with apart.apart("journal of a dead worker", worker) as attempt:
            left = journal.take_over(folder, worker)
            if left is not None:
                found = left.findings()
                _settle(worker, found)
    finally:
        if left is not None:
            _put_away(left, found if attempt.is_done else None)


def _put_away(left: journal.Journal, found: Findings | None) -> None:
    """Close a notebook. found: what was settled and is committed; None: it was not, and is looked at again."""
    try:
        if found is not None and found.ended is None:
            left.end()
    finally:
        left.close(remove=found is not None and found.is_final)


def _settle(worker: str, findings: Findings) -> None:
    left = Message.objects.filter(worker=worker, status=Status.SENDING)
    sent = list(left.filter(pk__in=findings.sent).select_related("wording"))
    refs = {message.pk: "" for message in sent}
    concluding.mark_each_sent(refs, worker=worker, subjects=rendering.subjects_of(sent))
    concluding.doubt(list(findings.in_doubt), worker=worker, reason="The worker died while the server was taking it.")
    again = concluding.requeue(left)
    if again or findings.ended is None:
        log.info("worker died", worker=worker, sent=len(sent), in_doubt=len(findings.in_doubt), again=again)


def _doubt_the_lost(folder: Path) -> None:
    """A lease ran out and no journal answers for it: its host is gone, so all that it held is in doubt."""
    late = Message.objects.filter(status=Status.SENDING, lease_until__lt=now())
    for worker in list(late.order_by().values_list("worker", flat=True).distinct()):
        if (folder / f"{worker}{SUFFIX}").exists():
            continue  # alive and slow, or settled in the next round
        ids = list(late.filter(worker=worker).values_list("pk", flat=True))
        with apart.apart("lost host", worker):
            concluding.doubt(ids, worker=worker, reason="The machine that was sending it is gone.")
        log.warning("host lost", worker=worker, in_doubt=len(ids))


def doubt_restored() -> list[str]:
    """Nobody knows whether what a restored backup has waiting left since: a person decides, of each message.

    No provider is asked, and what was in doubt before is not asked about any more: by its word it could leave. What is
    held (of a paused campaign, say) stays held. Returns what was done, in words.
    """
    Message.objects.filter(status=Status.IN_DOUBT).update(lease_until=None)
    moving = Message.objects.filter(status__in=(Status.QUEUED, Status.SENDING)).exclude(
        pk__in=holding.held().values("pk")
    )
    words = _("It was waiting when the backup was made, and may have left since.")
    count = moving.update(status=Status.IN_DOUBT, worker="", lease_until=None, reason=words)
    told = ngettext(
        "Does not leave by itself any more: %(count)s message. Look through the messages in doubt.",
        "Do not leave by themselves any more: %(count)s messages. Look through the messages in doubt.",
        count,
    )
    return [told % {"count": count}] if count else []


# Asked again after as long as it has been in doubt (holding.in_doubt_since).
ASKED_NEXT = """
UPDATE interactions_message m SET lease_until = %(at)s + GREATEST(%(first)s, LEAST(%(longest)s,
    %(at)s - CASE WHEN m.due_at > %(at)s THEN m.due_at - %(held)s ELSE m.due_at END))
WHERE m.id = ANY(ARRAY(
    SELECT id FROM interactions_message
    WHERE status = 'in_doubt' AND lease_until <= %(at)s AND channel = %(channel)s AND account = %(account)s
    ORDER BY lease_until, id LIMIT %(most)s FOR UPDATE SKIP LOCKED))
RETURNING m.id
"""


def ask() -> None:
    """Ask the providers about messages in doubt, those that wait longest first. May run twice.

    It is nobody's guess: what a provider has is sent, what it never had goes again, also to many; what it cannot tell
    stays in doubt, and a person may settle it.
    """
    resting = apart.resting(ASKING)
    for channel, account in _to_be_asked():
        key = f"{channel} {account}".strip()
        carrier = carriers.of(channel, account)
        if carrier is None or not carrier.is_set_up() or key in resting:
            continue
        with apart.apart(ASKING, key, in_one=False), locks.alone(ASKING, key) as is_mine:
            if is_mine:
                _ask(carrier)


def _to_be_asked() -> list[tuple[str, str]]:
    waiting = Message.objects.in_doubt().filter(lease_until__lte=now()).order_by()
    return list(waiting.values_list("channel", "account").distinct())


def _ask(carrier: Carrier) -> None:
    values: dict = {"channel": carrier.channel, "account": carrier.account, "most": ASKED_AT_ONCE, "at": now()}
    values |= {"first": concluding.ASKED_AFTER, "longest": LONGEST_PAUSE, "held": holding.A_LONG_TIME}
    with connection.cursor() as cursor:
        cursor.execute(ASKED_NEXT, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    messages = Message.objects.filter(pk__in=ids).select_related("wording").in_bulk()
    unnamed = [message for message in messages.values() if not message.message_ref]
    told = {pk: Result(pk, Answer.ACCEPTED) for pk, message in messages.items() if message.message_ref}
    try:
        told |= carrier.ask_about(unnamed) if unnamed else {}
    finally:
        carrier.close()
    _settle_told(told, messages)


def _settle_told(told: Mapping[int, Result], messages: Mapping[int, Message]) -> None:
    doubtful = Message.objects.in_doubt()
    sent = {pk: result.ref for pk, result in told.items() if result.answer is Answer.ACCEPTED}
    subjects = rendering.subjects_of([messages[pk] for pk in sent])
    concluding.mark_each_sent(sent, worker="", subjects=subjects, status=Status.IN_DOUBT)
    for pk, result in told.items():
        if result.answer is Answer.REFUSED:
            concluding.refuse(doubtful.filter(pk=pk), messages[pk], result)
    never_had = [pk for pk, result in told.items() if result.answer is Answer.POSTPONED]
    again = concluding.requeue(doubtful.filter(pk__in=never_had), due_at=now())
    log.info("provider asked", asked=len(messages), sent=len(sent), again=again)


def heard_of(message: Message, *, before: datetime | None = None, ref: str = "") -> None:
    """Something came back: so the message is in doubt no more, or will not be once its worker died.

    before: when they answered, so it had left by then; ref: what the other side calls it.
    """
    if before is not None:
        Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=before - AT_THE_LATEST)
    if ref:
        Message.objects.filter(pk=message.pk, message_ref="").update(message_ref=ref)
    if message.status == Status.IN_DOUBT:
        try:
            settle_doubt(message, was_sent=True)
        except NotInDoubt:  # somebody else proved it at the same moment
            message.refresh_from_db()


def taken(message: Message, *, ref: str) -> None:
    """The other side reports that it has a message, and what it calls it: so it has left, and does not leave again.

    It was in doubt, or waited, was given up, or was taken back.
    """
    heard_of(message, ref=ref)
    if message.status in (Status.SENDING, Status.SENT):
        return
    subjects = rendering.subjects_of([message])
    if concluding.mark_sent({message.pk: ref}, worker="", subjects=subjects, status=message.status):
        message.refresh_from_db()
        if message.conversation is not None and not message.is_marketing:
            thread.redraw(message.conversation)


def settle_doubt(message: Message, *, was_sent: bool, by=None) -> None:
    """Say of a message in doubt that it was sent, or send it again under its own row. Raises NotInDoubt.

    by: who decided; None: an answer or a bounce proved that it arrived.
    """
    with transaction.atomic():
        if was_sent:
            subjects = rendering.subjects_of([message])
            done = concluding.mark_sent({message.pk: ""}, worker="", subjects=subjects, status=Status.IN_DOUBT)
        else:
            doubtful = Message.objects.filter(pk=message.pk, status=Status.IN_DOUBT)
            words = _("Sent again by %(name)s") % {"name": by}
            done = doubtful.update(status=Status.QUEUED, due_at=now(), lease_until=None, reason=words[:500])
        if not done:
            raise NotInDoubt
        if by is not None:  # what proved it is a fact of its own
            record("message.settled", about=message, customer=message.customer, by=by, was_sent=was_sent)
    message.refresh_from_db()
