"""Which messages a worker takes in hand next: what is due in one lane, each by one worker alone.

A lane is one channel, one account of ours that it leaves from, and personal ones or those to many. Nobody waits for
another lane: no answer for a campaign, no mail for a provider of text messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection
from django.db.models import QuerySet
from django.utils.timezone import now

from interactions.models import Message

LEASE = timedelta(minutes=15)
MOVED = 5_000  # messages; one statement
PAUSE = timedelta(seconds=30)  # while nobody takes our messages


class Readers(StrEnum):
    """To whom the messages of a lane go: each to one person, or one to many."""

    PERSONAL = "personal"
    MASS = "mass"  # one to many


@dataclass(frozen=True)
class Lane:
    """Messages that wait for each other. account: which of ours they leave from; "": the only one."""

    channel: str
    account: str
    readers: Readers

    @property
    def waits_in(self) -> str:
        """The queue of its jobs: of one channel, whatever the account."""
        return waits_in(self.channel, self.readers)


def waits_in(channel: str, readers: Readers) -> str:
    """Return the queue that the jobs of a channel wait in."""
    return f"deliver.{channel}.{readers}"


# Whose batch raised go together, half as many each time (concluding.py): those of other batches are not drawn into it.
DUE = """
WITH first AS (
    SELECT rounds FROM interactions_message WHERE {due} ORDER BY is_marketing, due_at, id
    LIMIT 1 FOR UPDATE SKIP LOCKED),
due AS (
    SELECT id FROM interactions_message WHERE {due} AND rounds = (SELECT rounds FROM first)
    ORDER BY is_marketing, due_at, id LIMIT (SELECT GREATEST(%(size)s >> rounds, 1) FROM first)
    FOR UPDATE SKIP LOCKED)
UPDATE interactions_message m SET {changes} WHERE m.id = ANY(ARRAY(SELECT id FROM due)) RETURNING m.id
"""  # an array: joined with a set of unknown size, the whole table would be read for it
OF_LANE = "status = 'queued' AND channel = %(channel)s AND account = %(account)s AND due_at <= %(at)s"
WHICH = {None: "", Readers.PERSONAL: " AND NOT is_marketing", Readers.MASS: " AND is_marketing"}
CLAIMED = "status = 'sending', worker = %(worker)s, lease_until = %(until)s"
PUT_OFF = "due_at = %(until)s, reason = %(reason)s"

# From lane to lane through the index, however many wait in each; what is due is counted no further than asked.
LANES = """
WITH RECURSIVE lane AS (
    (SELECT channel, account, is_marketing FROM interactions_message WHERE status = 'queued'
     ORDER BY channel, account, is_marketing LIMIT 1)
    UNION ALL
    SELECT after.* FROM lane, LATERAL (
        SELECT m.channel, m.account, m.is_marketing FROM interactions_message m WHERE m.status = 'queued'
            AND (m.channel, m.account, m.is_marketing) > (lane.channel, lane.account, lane.is_marketing)
        ORDER BY m.channel, m.account, m.is_marketing LIMIT 1) AS after)
SELECT channel, account, is_marketing, due.count FROM lane, LATERAL (
    SELECT count(*) FROM (
        SELECT FROM interactions_message m WHERE m.status = 'queued' AND m.channel = lane.channel
            AND m.account = lane.account AND m.is_marketing = lane.is_marketing AND m.due_at <= %(at)s
        LIMIT %(limit)s) AS few) AS due
WHERE due.count > 0
"""


def claim(worker: str, size: int, *, channel: str, account: str = "", readers: Readers | None = None) -> list[Message]:
    """Take up to `size` due messages in hand: they are `worker`'s until its lease ends.

    readers: None for both, personal ones first.
    """
    lane = {"channel": channel, "account": account}
    ids = _change(CLAIMED, size, readers, **lane, worker=worker, until=now() + LEASE)
    rows = Message.objects.filter(pk__in=ids).select_related("author", "conversation__mailbox")
    rows = rows.prefetch_related("wording")  # one for all: a batch of a campaign has few, each as long as a letter
    return list(rows.order_by("is_marketing", "due_at", "id"))


def put_off(size: int, reason: str, *, channel: str, account: str = "", readers: Readers | None = None) -> None:
    """Let up to `size` due messages wait a little, in nobody's hand: there is no connection to send them over."""
    lane = {"channel": channel, "account": account}
    _change(PUT_OFF, size, readers, **lane, until=now() + PAUSE, reason=reason[:500])


def _change(changes: str, size: int, readers: Readers | None, **values) -> list[int]:
    statement = DUE.format(changes=changes, due=OF_LANE + WHICH[readers])
    with connection.cursor() as cursor:
        cursor.execute(statement, {"at": now(), "size": size, **values})
        return [pk for (pk,) in cursor.fetchall()]


def move(lane: Lane, *, account: str) -> None:
    """Let what is due in a lane leave from another account of ours: some thousands at a time."""
    some = due_in(lane).order_by("due_at", "id").values_list("pk", flat=True)[:MOVED]
    Message.objects.filter(pk__in=list(some), status=Message.Status.QUEUED).update(account=account)


def due(limit: int) -> Iterator[tuple[Lane, int]]:
    """Yield every lane in which something is due, and how many messages, at most `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(LANES, {"at": now(), "limit": limit})
        rows = cursor.fetchall()
    for channel, account, is_marketing, count in rows:
        yield Lane(channel, account, Readers.MASS if is_marketing else Readers.PERSONAL), count


def due_in(lane: Lane, *, before: datetime | None = None) -> QuerySet[Message]:
    """Return what is due in one lane, or was before a moment."""
    waiting = Message.objects.filter(status=Message.Status.QUEUED, channel=lane.channel, account=lane.account)
    return waiting.filter(is_marketing=lane.readers is Readers.MASS, due_at__lte=before or now())
