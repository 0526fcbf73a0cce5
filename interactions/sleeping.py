"""Offers that wait for the end of quiet hours: how many, until when, and woken early when the hours change.

Where a message sleeps until is its `due_at`. Quiet hours end at a whole minute; a pause after trouble does not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, DateTimeField, F, Func, Value
from django.utils.timezone import now

from crm.apart import apart
from interactions import pacing
from interactions.models import Message
from interactions.models.message import MessageQuerySet
from staff.models import Organisation, User

LONGEST = timedelta(days=2)  # no quiet hours last as long; what is held is due far behind it
COUNTED = 1_000  # a count over all origins goes no further


@dataclass(frozen=True)
class Sleep:
    """How many messages wait until when: each zone has its own end."""

    until: datetime
    count: int


def asleep() -> MessageQuerySet:
    """Return every message that waits for the end of its reader's quiet hours."""
    whole = Func(Value("minute"), F("due_at"), function="date_trunc", output_field=DateTimeField())
    waiting = Message.objects.filter(is_marketing=True, status=Message.Status.QUEUED)
    return waiting.filter(due_at__gt=now(), due_at__lt=now() + LONGEST).filter(due_at=whole)


def sleeps(origin: str, origin_id: int, user: User) -> list[Sleep]:
    """Return what of one origin sleeps, the earliest end first, of messages to those whom `user` may see."""
    rows = asleep().visible_to(user).filter(origin=origin, origin_id=origin_id).values_list("due_at")
    return [Sleep(until, count) for until, count in rows.annotate(n=Count("pk")).order_by("due_at")]


def wake() -> int:
    """Give what sleeps its hour anew, as the quiet hours and its readers' zones are by now; return how many moved."""
    at, organisation, moved = now(), Organisation.current(), 0
    for until, zone in asleep().order_by().values_list("due_at", "customer__time_zone").distinct():
        due = pacing.due(at, zone, organisation)
        if due != until:
            with apart("sleepers", f"{zone} until {until}"):
                moved += asleep().filter(due_at=until, customer__time_zone=zone).update(due_at=due)
    return moved
