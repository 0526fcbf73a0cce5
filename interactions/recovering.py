"""What a dead worker left behind: sent, in doubt, or back into the queue, as its journal says."""

from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.apart import apart
from crm.events.recording import record
from crm.problems import Problem
from interactions import concluding, delivering, holding, rendering
from interactions.gateways import journal
from interactions.gateways.journal import SUFFIX, Findings
from interactions.models import Message

log = structlog.get_logger("filo.mail")
AT_THE_LATEST = timedelta(seconds=1)  # before its answer a message left, when nobody has noted yet when it did
Status = Message.Status


class NotInDoubt(Problem):
    """Somebody else has settled this message already."""

    code = "not_in_doubt"


def recover(folder: Path | None = None) -> None:
    """Settle every journal whose owner is dead, then every lease that ran out without a journal. May run twice."""
    folder = folder or delivering.journals()
    for worker in journal.workers(folder):
        _take_over(folder, worker)
    _doubt_the_lost(folder)


def _take_over(folder: Path, worker: str) -> None:
    left = None
    try:
        with apart("journal of a dead worker", worker) as attempt:
            left = journal.take_over(folder, worker)
            if left is not None:
                _settle(worker, left.findings())
    finally:
        if left is not None:
            left.close(remove=attempt.is_done)  # only now: it is committed


def _settle(worker: str, findings: Findings) -> None:
    left = Message.objects.filter(worker=worker, status=Status.SENDING)
    sent = list(left.filter(pk__in=findings.sent).select_related("wording"))
    ids = [message.pk for message in sent]
    concluding.mark_each_sent(ids, worker=worker, subjects=rendering.subjects_of(sent))
    concluding.doubt(list(findings.in_doubt), worker=worker, reason="The worker died while the server was taking it.")
    again = concluding.requeue(left)
    log.info("worker died", worker=worker, sent=len(sent), in_doubt=len(findings.in_doubt), again=again)


def _doubt_the_lost(folder: Path) -> None:
    """A lease ran out and no journal answers for it: its host is gone, so all that it held is in doubt."""
    late = Message.objects.filter(status=Status.SENDING, lease_until__lt=now())
    for worker in list(late.order_by().values_list("worker", flat=True).distinct()):
        if (folder / f"{worker}{SUFFIX}").exists():
            continue  # alive and slow, or settled in the next round
        ids = list(late.filter(worker=worker).values_list("pk", flat=True))
        with apart("lost host", worker):
            concluding.doubt(ids, worker=worker, reason="The machine that was sending it is gone.")
        log.warning("host lost", worker=worker, in_doubt=len(ids))


def doubt_restored() -> list[str]:
    """Nobody knows whether what a restored backup has waiting left since: a person decides, of each message.

    What is held (of a paused campaign, say) stays held. Returns what was done, in words.
    """
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


def arrived(message: Message, *, before: datetime | None = None) -> None:
    """Something came back: so the message is in doubt no more. before: when they answered, so it had left by then."""
    if before is not None:
        Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=before - AT_THE_LATEST)
    if message.status == Status.IN_DOUBT:
        settle_doubt(message, was_sent=True)


def settle_doubt(message: Message, *, was_sent: bool, by=None) -> None:
    """Say of a message in doubt that it was sent, or send it again under the same Message-ID. Raises NotInDoubt.

    by: who decided; None: an answer or a bounce proved that it arrived.
    """
    with transaction.atomic():
        if was_sent:
            subjects = rendering.subjects_of([message])
            done = concluding.mark_sent([message.pk], worker="", subjects=subjects, status=Status.IN_DOUBT)
        else:
            doubtful = Message.objects.filter(pk=message.pk, status=Status.IN_DOUBT)
            words = _("Sent again by %(name)s") % {"name": by}
            done = doubtful.update(status=Status.QUEUED, due_at=now(), reason=words[:500])
        if not done:
            raise NotInDoubt
        if by is not None:  # what proved it is a fact of its own
            record("message.settled", about=message, customer=message.customer, by=by, was_sent=was_sent)
    message.refresh_from_db()
