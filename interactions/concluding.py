"""What became of a batch is written into its rows: sent, in doubt, failed, or back into the queue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TypeVar

import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import apart
from crm.events.recording import record
from interactions import carriers, holding, rendering, returning, thread
from interactions.claiming import PAUSE
from interactions.conversations import filing, settling
from interactions.gateways.contract import Answer, Result
from interactions.models import Message

PAUSES = (1, 5, 15, 60, 120, 240, 480, 480, 480)  # minutes before the next attempt; two days in all, then it failed
SECONDS_BETWEEN_HALVES = 5
ROUNDS_ALONE = 3  # a message that raised so often alone has failed
ASKED_AFTER = timedelta(minutes=1)  # by then who has it knows that they have it
log = structlog.get_logger("filo.outbox")
Status = Message.Status
Why = TypeVar("Why")


@dataclass
class Conclusion:
    """What became of one batch: ids of messages by what is to be written."""

    sent: dict[int, str] = field(default_factory=dict)  # and what the other side calls each, "" if it did not say
    doubtful: dict[int, str] = field(default_factory=dict)
    postponed: dict[int, str] = field(default_factory=dict)
    refused: list[Result] = field(default_factory=list)  # by the server, for good
    spoilt: dict[int, str] = field(default_factory=dict)  # could not even be written
    upset: list[int] = field(default_factory=list)  # left over when sending them raised
    unsent: list[int] = field(default_factory=list)  # never tried: no time, no connection
    subjects: dict[int, str] = field(default_factory=dict)  # as the reader sees them
    trouble: str = ""

    def add(self, result: Result) -> None:
        match result.answer:
            case Answer.ACCEPTED:
                self.sent[result.number] = result.ref
            case Answer.UNKNOWN:
                self.doubtful[result.number] = result.reason
            case Answer.REFUSED:
                self.refused.append(result)
            case Answer.POSTPONED if result.code == 0:
                self.unsent.append(result.number)
                self.trouble = result.reason
            case _:
                self.postponed[result.number] = result.reason

    def known(self) -> set[int]:
        """Return those of which something is known."""
        told = {*self.sent, *self.doubtful, *self.postponed, *self.spoilt, *self.unsent}
        return told | {result.number for result in self.refused}

    def left_of(self, messages: Iterable[Message]) -> list[int]:
        """Return those of which nothing is known yet."""
        known = self.known()
        return [message.pk for message in messages if message.pk not in known]


SENT = """
UPDATE interactions_message m SET status = 'sent', sent_at = COALESCE(m.sent_at, %(at)s),
    message_ref = COALESCE(NULLIF(r.ref, ''), m.message_ref), -- a report may have told it first
    reason = CASE WHEN m.bounced_at IS NULL THEN '' ELSE m.reason END, worker = '', lease_until = NULL,
    interaction_id = nextval(pg_get_serial_sequence('interactions_interaction', 'id')) -- filing writes those rows
FROM unnest(%(ids)s::bigint[], %(refs)s::text[]) AS r (id, ref)
WHERE m.id = r.id AND m.status = %(status)s AND m.worker = %(worker)s RETURNING m.id
"""


def conclude(conclusion: Conclusion, worker: str, messages: Mapping[int, Message], *, size: int) -> None:
    """Bring what happened into the rows: one statement for all that were sent, few for the rest.

    size: how many the batch was to hold; of those that raised half as many go together next time. Each piece is a
    transaction of its own: until all is written, the journal still knows the rest.
    """
    mine = Message.objects.filter(worker=worker, status=Status.SENDING)
    mark_each_sent(conclusion.sent, worker=worker, subjects=conclusion.subjects)
    for reason, some in _by(conclusion.doubtful.items()):
        doubt(some, worker=worker, reason=reason)
    tried = [(pk, (messages[pk].attempts, reason)) for pk, reason in conclusion.postponed.items()]
    for (attempts, reason), some in _by(tried):
        _postpone(mine.filter(pk__in=some), attempts, reason)
    for reason, some in _by(conclusion.spoilt.items()):
        _fail(mine.filter(pk__in=some), reason)
    for result in conclusion.refused:
        refuse(mine.filter(pk=result.number), messages[result.number], result)
    if conclusion.upset:
        _go_in_half(mine, [messages[pk] for pk in conclusion.upset], size=size, reason=conclusion.trouble)
    if conclusion.unsent:
        later = now() + PAUSE if conclusion.trouble else None
        requeue(mine.filter(pk__in=conclusion.unsent), due_at=later, reason=conclusion.trouble)


def _by(pairs: Iterable[tuple[int, Why]]) -> Iterable[tuple[Why, list[int]]]:
    """Return ids of messages by why: a provider that is full says the same of all."""
    found: dict[Why, list[int]] = {}
    for pk, why in pairs:
        found.setdefault(why, []).append(pk)
    return found.items()


@transaction.atomic
def _postpone(messages: QuerySet[Message], attempts: int, reason: str) -> None:
    """A temporary no: try again after a growing pause, and give up after two days."""
    if attempts >= len(PAUSES):
        _fail(messages, reason)
        return
    due_at = now() + timedelta(minutes=PAUSES[attempts])
    messages.update(attempts=attempts + 1)
    requeue(messages, due_at=due_at, reason=reason)


@transaction.atomic
def refuse(messages: QuerySet[Message], message: Message, result: Result) -> None:
    """The server's no is final, also where what it says of the address cannot be written down."""
    _fail(messages, f"{result.code} {result.status} {result.reason}")
    _made, bad = apart.in_halves([result], lambda _results: returning.refused(message, result))
    if bad:
        log.error("refusal not noted", message=message.pk, exc_info=bad[0][1])


@transaction.atomic
def _go_in_half(mine: QuerySet[Message], messages: Sequence[Message], *, size: int, reason: str) -> None:
    """Sending these together raised: they go again in half as many, so that the bad one is alone in the end.

    Who raised three times alone has failed. The rows remember how often, whichever process sends them next.
    """
    alone = size.bit_length() - 1  # after so many halvings each goes alone
    rounds = 1 + (max(messages[0].rounds, alone) if len(messages) == 1 else messages[0].rounds)
    some = mine.filter(pk__in=[message.pk for message in messages])
    if rounds >= alone + ROUNDS_ALONE:
        _fail(some, reason)
        return
    minutes = PAUSES[rounds - alone - 1] if rounds > alone else 0
    some.update(rounds=rounds)
    requeue(some, due_at=now() + timedelta(minutes=minutes, seconds=SECONDS_BETWEEN_HALVES), reason=reason)


@transaction.atomic
def _fail(messages: QuerySet[Message], reason: str) -> None:
    """Give up. What a personal message should have answered waits again, and whoever wrote it sees so on Today."""
    ids = list(messages.values_list("pk", flat=True))
    messages.update(status=Status.FAILED, reason=reason.strip()[:500], worker="", lease_until=None)
    personal = Message.objects.filter(pk__in=ids, conversation__isnull=False)  # where they are, now that they stay
    for one in personal.select_related("conversation", "customer").order_by("pk"):
        assert one.conversation is not None
        thread.redraw(one.conversation)
        settling.reopen_if_waiting(one.conversation, because="Our answer could not be sent.")
        record("message.failed", about=one, customer=one.customer, conversation=one.conversation_id, reason=reason)


def mark_each_sent(
    refs: Mapping[int, str], *, worker: str, subjects: Mapping[int, str], status: str = Status.SENDING
) -> None:
    """Make messages that were handed over sent. One that cannot become an interaction is sent all the same.

    refs: what the other side calls each, by message; "" where only its carrier knows, or nobody.
    """
    refs = _refs(refs)
    mark = partial(mark_sent, worker=worker, subjects=subjects, status=status)
    _made, bad = apart.in_halves(list(refs), lambda some: mark({pk: refs[pk] for pk in some}))
    _made, bad = apart.in_halves(
        [pk for pk, _error in bad], lambda some: mark(dict.fromkeys(some, ""))
    )  # another's ref
    for pk, error in bad:
        log.error("sent and not written down", message=pk, exc_info=error)
        words = _("It has left, but could not be written into the history: %(why)s") % {"why": apart.why(error)}
        mine = Message.objects.filter(pk=pk, worker=worker, status=status)
        mine.update(
            status=Status.SENT, sent_at=now(), message_ref=refs[pk], reason=words[:500], worker="", lease_until=None
        )


def mark_sent(
    refs: Mapping[int, str], *, worker: str, subjects: Mapping[int, str], status: str = Status.SENDING
) -> int:
    """Make messages that were handed over sent, and interactions; return how many. The caller's transaction.

    One statement for all, and one that writes their interactions.
    """
    refs = _refs(refs)
    parameters: dict = {
        "ids": list(refs),
        "refs": list(refs.values()),
        "status": status,
        "worker": worker,
        "at": now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(SENT, parameters)
        sent = [pk for (pk,) in cursor.fetchall()]
    return filing.file_sent({pk: subjects.get(pk, "") for pk in sent})


def _refs(refs: Mapping[int, str]) -> Mapping[int, str]:
    """Add those that nobody told and that can be made from the number."""
    untold = [pk for pk, ref in refs.items() if not ref]
    if not untold:
        return refs
    carrier_of, rows = cache(carriers.of), Message.objects.filter(pk__in=untold, message_ref="")
    made = {
        pk: carrier.ref_of(pk)
        for pk, channel, account in rows.values_list("pk", "channel", "account")
        if (carrier := carrier_of(channel, account))
    }
    return {**refs, **made}


def doubt(ids: Sequence[int], *, worker: str, reason: str) -> None:
    """Nobody knows whether these left, unless the other side told meanwhile: they wait for its word, or for a person's.

    What one of us wrote goes again by itself where its reader gets it once all the same (`Carrier.may_repeat`), and
    does so a number of times.
    """
    mine = Message.objects.filter(pk__in=ids, worker=worker, status=Status.SENDING)
    told = list(mine.exclude(message_ref="").select_related("wording"))
    refs = {message.pk: message.message_ref for message in told}
    mark_each_sent(refs, worker=worker, subjects=rendering.subjects_of(told))
    free = {"worker": "", "reason": reason[:500]}
    repeated = [one.channel for one in carriers.every() if one.may_repeat]
    again = mine.filter(is_marketing=False, attempts__lt=len(PAUSES), channel__in=repeated)
    later = now() + timedelta(minutes=PAUSES[0])
    again.update(status=Status.QUEUED, attempts=F("attempts") + 1, due_at=later, lease_until=None, **free)
    since = holding.due_unless_held(now())
    mine.update(status=Status.IN_DOUBT, due_at=since, lease_until=now() + ASKED_AFTER, **free)


def requeue(messages: QuerySet[Message], *, due_at: datetime | None = None, reason: str = "") -> int:
    """Put claimed messages that never left back into the queue; what was held meanwhile is held there."""
    due = {"due_at": holding.due_unless_held(due_at)} if due_at else {}
    return messages.update(status=Status.QUEUED, worker="", lease_until=None, reason=reason[:500], **due)
