"""What waits in the outbox can be held and let go again, all of one origin at once (a campaign is paused)."""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.timezone import now

from interactions.models import Message

A_LONG_TIME = timedelta(days=36_525)  # held messages keep their own hour behind it: quiet hours stay what they were


def hold_all(*, origin: str, origin_id: int) -> int:
    """Keep everything of one origin that still waits from leaving; return how many."""
    return (
        _waiting(origin, origin_id).filter(due_at__lt=now() + A_LONG_TIME / 2).update(due_at=F("due_at") + A_LONG_TIME)
    )


def release_all(*, origin: str, origin_id: int) -> int:
    """Let go what was held: now, or when its quiet hours end. Returns how many."""
    return (
        _waiting(origin, origin_id)
        .filter(due_at__gt=now() + A_LONG_TIME / 2)
        .update(due_at=Greatest(F("due_at") - A_LONG_TIME, now()))
    )


def _waiting(origin: str, origin_id: int):
    return Message.objects.filter(origin=origin, origin_id=origin_id, status=Message.Status.QUEUED)
