"""What waits in the outbox can be held and let go again, all of one origin at once (a campaign is paused).

What a worker has in hand is held too: it leaves if it can, and stays here if the worker gives it back. So is what is in
doubt, for its provider may say that it never had it.
"""

from datetime import datetime, timedelta

from django.db.models import Case, F, QuerySet, Value, When
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


def held(*, origin: str = "") -> QuerySet[Message]:
    """Return what is held, of all or of every origin of one name, and in nobody's hand."""
    held = Message.objects.filter(is_marketing=True, status=Message.Status.QUEUED, due_at__gt=now() + A_LONG_TIME / 2)
    return held.filter(origin=origin) if origin else held


def cancel_held(*, origin: str, origin_ids: QuerySet) -> int:
    """Cancel what is held of these origins; return how many."""
    return held(origin=origin).filter(origin_id__in=origin_ids).update(status=Message.Status.CANCELLED)


def due_unless_held(due_at: datetime) -> Case:
    """Return `due_at` for a message that goes back into the queue; one that was held meanwhile stays held."""
    return Case(When(due_at__gt=now() + A_LONG_TIME / 2, then=F("due_at")), default=Value(due_at))


def in_doubt_since(message: Message) -> datetime:
    """Return since when a message is in doubt: it is due since then; of one that is held, long after that."""
    return message.due_at - A_LONG_TIME if message.due_at > now() else message.due_at


def _waiting(origin: str, origin_id: int) -> QuerySet[Message]:
    waiting = (Message.Status.QUEUED, Message.Status.SENDING, Message.Status.IN_DOUBT)
    return Message.objects.filter(origin=origin, origin_id=origin_id, status__in=waiting)
