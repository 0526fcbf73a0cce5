"""Which messages a worker takes in hand next: what is due, personal ones first, each by one worker alone.

Personal and service messages have a queue of their own: none of them waits for a campaign.
"""

from datetime import timedelta
from enum import StrEnum

from django.db import connection
from django.utils.timezone import now

from interactions.models import Message

LEASE = timedelta(minutes=15)
PAUSE = timedelta(seconds=30)  # while nobody takes our mail


class Queue(StrEnum):
    """Who waits with whom."""

    PERSONAL = "personal"
    MASS = "mass"  # one to many


# Whose batch raised go together, half as many each time (concluding.py): those of other batches are not drawn into it.
DUE = """
WITH first AS (
    SELECT rounds FROM interactions_message WHERE status = 'queued' AND due_at <= %(at)s {which}
    ORDER BY is_marketing, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),
due AS (
    SELECT id FROM interactions_message WHERE status = 'queued' AND due_at <= %(at)s {which}
        AND rounds = (SELECT rounds FROM first)
    ORDER BY is_marketing, due_at, id LIMIT (SELECT GREATEST(%(size)s >> rounds, 1) FROM first)
    FOR UPDATE SKIP LOCKED)
UPDATE interactions_message m SET {changes} FROM due WHERE m.id = due.id RETURNING m.id
"""
WHICH = {None: "", Queue.PERSONAL: "AND NOT is_marketing", Queue.MASS: "AND is_marketing"}
CLAIMED = "status = 'sending', worker = %(worker)s, lease_until = %(until)s"
PUT_OFF = "due_at = %(until)s, reason = %(reason)s"


def claim(worker: str, size: int, queue: Queue | None = None) -> list[Message]:
    """Take up to `size` due messages of one queue, or of all, in hand: they are `worker`'s until its lease ends."""
    ids = _change(CLAIMED, size, queue, worker=worker, until=now() + LEASE)
    rows = Message.objects.filter(pk__in=ids).select_related("wording", "author", "conversation__mailbox")
    return list(rows.order_by("is_marketing", "due_at", "id"))


def put_off(size: int, queue: Queue | None, reason: str) -> None:
    """Let up to `size` due messages wait a little, in nobody's hand: there is no connection to send them over."""
    _change(PUT_OFF, size, queue, until=now() + PAUSE, reason=reason[:500])


def _change(changes: str, size: int, queue: Queue | None, **values) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(changes=changes, which=WHICH[queue]), {"at": now(), "size": size, **values})
        return [pk for (pk,) in cursor.fetchall()]


def due_count(queue: Queue, limit: int) -> int:
    """Return how many messages of a queue are due, at most `limit`."""
    due = Message.objects.filter(status=Message.Status.QUEUED, due_at__lte=now())
    return due.filter(is_marketing=queue is Queue.MASS)[:limit].count()
