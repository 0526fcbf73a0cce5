"""Which messages a worker takes in hand next: what is due, personal ones first, each by one worker alone."""

from datetime import timedelta

from django.db import connection
from django.utils.timezone import now

from interactions.models import Message

LEASE = timedelta(minutes=15)
PAUSE = timedelta(seconds=30)  # while nobody takes our mail

DUE = """
WITH due AS (
    SELECT id FROM interactions_message WHERE status = 'queued' AND due_at <= %(at)s
    ORDER BY is_marketing, due_at, id LIMIT %(size)s FOR UPDATE SKIP LOCKED)
UPDATE interactions_message m SET {changes} FROM due WHERE m.id = due.id RETURNING m.id
"""
CLAIM = DUE.format(changes="status = 'sending', worker = %(worker)s, lease_until = %(until)s")
PUT_OFF = DUE.format(changes="due_at = %(until)s, reason = %(reason)s")


def claim(worker: str, size: int) -> list[Message]:
    """Take up to `size` due messages in hand: they are `worker`'s until its lease ends."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": now(), "size": size, "worker": worker, "until": now() + LEASE})
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = Message.objects.filter(pk__in=ids).select_related("wording", "author", "conversation__mailbox")
    return list(rows.order_by("is_marketing", "due_at", "id"))


def put_off(size: int, reason: str) -> None:
    """Let up to `size` due messages wait a little, in nobody's hand: there is no connection to send them over."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_OFF, {"at": now(), "size": size, "until": now() + PAUSE, "reason": reason[:500]})


def due_count(limit: int) -> int:
    """Return how many messages are due, at most `limit`."""
    return Message.objects.filter(status=Message.Status.QUEUED, due_at__lte=now())[:limit].count()
