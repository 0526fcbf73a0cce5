"""Which messages a worker takes in hand next: what is due, personal ones first, each by one worker alone."""

from datetime import timedelta

from django.db import connection
from django.utils.timezone import now

from interactions.models import Message

LEASE = timedelta(minutes=15)

CLAIM = """
WITH due AS (
    SELECT id FROM interactions_message WHERE status = 'queued' AND due_at <= %s
    ORDER BY is_marketing, due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE interactions_message m SET status = 'sending', worker = %s, lease_until = %s
FROM due WHERE m.id = due.id RETURNING m.id
"""


def claim(worker: str, size: int) -> list[Message]:
    """Take up to `size` due messages in hand: they are `worker`'s until its lease ends."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [now(), size, worker, now() + LEASE])
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = Message.objects.filter(pk__in=ids).select_related("wording", "author", "conversation__mailbox")
    return list(rows.order_by("is_marketing", "due_at", "id"))


def due_count(limit: int) -> int:
    """Return how many messages are due, at most `limit`."""
    return Message.objects.filter(status=Message.Status.QUEUED, due_at__lte=now())[:limit].count()
