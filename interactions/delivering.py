"""Claims queued messages and hands them to the mail server, so that kill -9 loses none and doubles none.

queued → sending (worker, lease) → sent. Before a mail's first byte leaves and after the server took it, a line goes
into the worker's own journal; once the whole batch is in the database, the journal is emptied. What a dead worker
left is settled by recovering.py.
"""

import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.timezone import now

from crm.problems import Problem
from customers.touch import touch
from interactions import holding, links, reporting, screening, templating, thread, wrapping
from interactions.gateways.email.contract import Answer, Result
from interactions.gateways.email.journal import Journal
from interactions.gateways.email.sending import Sender
from interactions.gateways.errors import GatewayError
from interactions.models import Conversation, Interaction, Message
from staff.models import Organisation

log = structlog.get_logger("filo.mail")
BATCH_SIZE = 500  # messages; one claim, one statement at the end
LEASE = timedelta(minutes=15)
BUDGET_SECONDS = 240  # a slow server: what is not sent by then goes back into the queue, long before the lease ends
PAUSES = (1, 5, 15, 60, 120, 240, 480, 480, 480)  # minutes before the next attempt; two days in all, then it failed
Status = Message.Status


@dataclass
class Outcome:
    """What became of one batch: ids of messages by what is to be written."""

    sent: list[int] = field(default_factory=list)
    doubtful: dict[int, str] = field(default_factory=dict)
    postponed: dict[int, str] = field(default_factory=dict)
    refused: list[Result] = field(default_factory=list)  # by the server, for good
    spoilt: dict[int, str] = field(default_factory=dict)  # could not even be written
    unsent: list[int] = field(default_factory=list)  # never tried: no time, no connection
    subjects: dict[int, str] = field(default_factory=dict)  # as the reader sees them
    trouble: str = ""

    def add(self, result: Result) -> None:
        match result.answer:
            case Answer.ACCEPTED:
                self.sent.append(result.number)
            case Answer.UNKNOWN:
                self.doubtful[result.number] = result.reason
            case Answer.REFUSED:
                self.refused.append(result)
            case Answer.POSTPONED if result.code == 0:
                self.unsent.append(result.number)
                self.trouble = result.reason
            case _:
                self.postponed[result.number] = result.reason


class Worker:
    """One process that sends: a name, a journal and a kept connection."""

    def __init__(self, folder: Path | None = None, sender: Sender | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"  # never the name of a dead one
        self.process = os.getpid()
        self._journal = Journal(folder or journals(), self.name)
        self._sender = sender or sender_of_settings()

    def deliver_batch(self, size: int = BATCH_SIZE) -> int:
        """Claim up to `size` due messages and send them; return how many were claimed.

        When this raises, close the worker: what its journal says is then settled as if it had died.
        """
        messages = self._claim(size)
        if not messages:
            return 0
        outcome = self._send(screening.screened(messages, self.name))
        _write(outcome, self.name, {message.pk: message for message in messages})
        self._journal.clear()
        if outcome.trouble:
            log.warning("mail server", trouble=outcome.trouble, unsent=len(outcome.unsent))
        return len(messages)

    def close(self, *, is_clean: bool = True) -> None:
        """Hang up and let go of the journal; is_clean False leaves it to recovering."""
        self._sender.close()
        self._journal.close(remove=is_clean)

    def _claim(self, size: int) -> list[Message]:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [now(), size, self.name, now() + LEASE])
            ids = [pk for (pk,) in cursor.fetchall()]
        return _loaded(ids)

    def _send(self, messages: list[Message]) -> Outcome:
        outcome, wrapper = Outcome(), wrapping.Wrapper(Organisation.current())
        envelopes = wrapping.envelopes(
            _in_time(messages, outcome),
            wrapper,
            spoilt=lambda message, error: outcome.spoilt.update({message.pk: str(error)}),
            errors=(Problem, GatewayError, ValueError, KeyError),
        )
        journal = self._journal
        try:
            for result in self._sender.send(envelopes, before_data=journal.begun, after_accept=journal.accepted):
                outcome.add(result)
        except GatewayError as error:
            outcome.trouble = str(error)
        outcome.subjects = wrapper.subjects
        handled = {*outcome.sent, *outcome.doubtful, *outcome.postponed, *outcome.spoilt, *outcome.unsent}
        handled |= {result.number for result in outcome.refused}
        outcome.unsent += [message.pk for message in messages if message.pk not in handled]
        return outcome


CLAIM = """
WITH due AS (
    SELECT id FROM interactions_message WHERE status = 'queued' AND due_at <= %s
    ORDER BY is_marketing, due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE interactions_message m SET status = 'sending', worker = %s, lease_until = %s
FROM due WHERE m.id = due.id RETURNING m.id
"""

SENT = """
WITH gone AS (
    UPDATE interactions_message m SET status = 'sent', sent_at = COALESCE(m.sent_at, %(at)s), message_ref = r.ref,
        reason = '', worker = '', lease_until = NULL,
        interaction_id = nextval(pg_get_serial_sequence('interactions_interaction', 'id'))
    FROM unnest(%(ids)s::bigint[], %(refs)s::text[], %(subjects)s::text[]) AS r (id, ref, subject)
    WHERE m.id = r.id AND m.status = %(status)s AND m.worker = %(worker)s
    RETURNING m.*, r.subject AS subject_read)
INSERT INTO interactions_interaction (
    id, customer_id, conversation_id, channel, direction, kind, occurred_at, author_id, from_address, to_address,
    subject, words, quoted, html, language, outcome, attachments, message_ref, origin, origin_id, created_at)
SELECT interaction_id, customer_id, conversation_id, channel, 'out', 'message', sent_at, author_id, '', to_address,
    subject_read, body_text, '', '', '', '', '[]', message_ref, origin, origin_id, now()
FROM gone RETURNING id, customer_id, conversation_id
"""


def due_count(limit: int) -> int:
    """Return how many messages are due, at most `limit`."""
    return Message.objects.filter(status=Status.QUEUED, due_at__lte=now())[:limit].count()


def journals() -> Path:
    """Return the folder of the workers' journals."""
    return Path(settings.VAR) / "journal"


def sender_of_settings() -> Sender:
    """Return the mail server that EMAIL_URL names, not yet connected."""
    return Sender(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        username=settings.EMAIL_HOST_USER or "",
        password=settings.EMAIL_HOST_PASSWORD or "",
        security=_security(),
        timeout=settings.EMAIL_TIMEOUT,
    )


def _security() -> str:
    if getattr(settings, "EMAIL_USE_SSL", False):
        return "ssl"
    return "starttls" if getattr(settings, "EMAIL_USE_TLS", False) else "none"


def mark_sent(ids: Sequence[int], *, worker: str, subjects: dict[int, str], status: str = Status.SENDING) -> int:
    """Make messages that were handed over sent, and interactions; return how many. The caller's transaction.

    One statement for all. Messages of a conversation then update its thread card; one-to-many ones have none.
    """
    parameters: dict = {
        "ids": list(ids),
        "refs": [links.message_ref(pk) for pk in ids],
        "subjects": [subjects.get(pk, "") for pk in ids],
        "status": status,
        "worker": worker,
        "at": now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(SENT, parameters)
        made = cursor.fetchall()
    personal = [pk for pk, _, conversation_id in made if conversation_id]
    for interaction in Interaction.objects.filter(pk__in=personal).select_related("message").order_by("id"):
        thread.said(interaction, heard_until=interaction.message.created_at)
    touch(customer_id for _, customer_id, _ in made)
    return len(made)


def subjects_of(messages: Sequence[Message]) -> dict[int, str]:
    """Return the subject that each reader sees, by message."""
    return {message.pk: _subject(message) for message in messages}


def _subject(message: Message) -> str:
    if message.wording is None:
        return message.subject
    return templating.compiled(message.wording.subject, message.wording.body).subject_of(message.values)[:250]


def words_of(message: Message) -> str:
    """Return the words that the reader sees, without the footer."""
    if message.wording is None:
        return message.body_text
    return templating.compiled(message.wording.subject, message.wording.body).render(message.values).text.strip()


def doubt(ids: Sequence[int], *, worker: str, reason: str) -> None:
    """Nobody knows whether these left: marketing waits for a person, the rest goes again under its Message-ID."""
    mine = Message.objects.filter(pk__in=ids, worker=worker, status=Status.SENDING)
    free = {"worker": "", "lease_until": None, "reason": reason[:500]}
    mine.filter(is_marketing=True).update(status=Status.IN_DOUBT, **free)
    later = now() + timedelta(minutes=PAUSES[0])
    mine.filter(is_marketing=False).update(status=Status.QUEUED, attempts=F("attempts") + 1, due_at=later, **free)


def requeue(messages: QuerySet[Message], *, due_at: datetime | None = None, reason: str = "") -> int:
    """Put claimed messages that never left back into the queue; what was held meanwhile is held there."""
    due = {"due_at": holding.due_unless_held(due_at)} if due_at else {}
    return messages.update(status=Status.QUEUED, worker="", lease_until=None, reason=reason[:500], **due)


def _loaded(ids: list[int]) -> list[Message]:
    rows = Message.objects.filter(pk__in=ids).select_related("wording", "author", "conversation__mailbox")
    return list(rows.order_by("is_marketing", "due_at", "id"))


def _in_time(messages: list[Message], outcome: Outcome) -> Iterator[Message]:
    end = monotonic() + BUDGET_SECONDS
    for message in messages:
        if monotonic() < end:
            yield message
        else:
            outcome.unsent.append(message.pk)


@transaction.atomic
def _write(outcome: Outcome, worker: str, messages: dict[int, Message]) -> None:
    """Bring what happened into the rows: one statement for all that were sent, few for the rest."""
    mark_sent(outcome.sent, worker=worker, subjects=outcome.subjects)
    mine = Message.objects.filter(worker=worker, status=Status.SENDING)
    for pk, reason in outcome.doubtful.items():
        doubt([pk], worker=worker, reason=reason)
    for pk, reason in outcome.postponed.items():
        _postpone(mine.filter(pk=pk), messages[pk].attempts, reason)
    for pk, reason in outcome.spoilt.items():
        _fail(mine.filter(pk=pk), reason)
    for result in outcome.refused:
        _fail(mine.filter(pk=result.number), f"{result.code} {result.status} {result.reason}")
        reporting.refused(messages[result.number], result)
    if outcome.unsent:
        later = now() + timedelta(seconds=30) if outcome.trouble else None
        requeue(mine.filter(pk__in=outcome.unsent), due_at=later, reason=outcome.trouble)


def _postpone(messages: QuerySet[Message], attempts: int, reason: str) -> None:
    """A temporary no: try again after a growing pause, and give up after two days."""
    if attempts >= len(PAUSES):
        _fail(messages, reason)
        return
    due_at = now() + timedelta(minutes=PAUSES[attempts])
    messages.update(attempts=attempts + 1)
    requeue(messages, due_at=due_at, reason=reason)


def _fail(messages: QuerySet[Message], reason: str) -> None:
    """Give up. What a personal mail should have answered waits again."""
    conversations = list(Conversation.objects.filter(messages__in=messages))
    messages.update(status=Status.FAILED, reason=reason.strip()[:500], worker="", lease_until=None)
    for conversation in conversations:
        thread.redraw(conversation)
