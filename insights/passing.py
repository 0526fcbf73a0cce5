"""A walk through all profiles, slice by slice: a row with a cursor and a heartbeat, killed anywhere it goes on.

One is owed after each night, and whenever figures are declared otherwise than they were when the last one ended. The
lock is held for one slice: who was touched meanwhile has their turn after it.
"""

import time

from django.db import transaction
from django.utils.timezone import now

from crm import locks
from insights import assembling, evaluating, refreshing, slices
from insights.evaluating import PROFILES
from insights.models import Pass
from insights.refreshing import BATCH_SIZE

WALKING = "walk through profiles"  # the lock: one process walks
SMALL = 5_000  # customers who are all redone in one transaction
LONGEST = 60.0  # seconds; then others have their turn at this worker


def owe() -> None:
    """Let everybody be redone; if a pass is on its way already, that is the one."""
    recipe = assembling.recipe()
    begun = {"recipe": recipe, "begun_at": now(), "beat_at": now()}
    Pass.objects.bulk_create([Pass(**begun)], ignore_conflicts=True)


def drive(seconds: float = LONGEST) -> bool:
    """Go on with the pass that is owed, for some time. Returns whether there is more to do. Harmless beside itself."""
    if not is_owed():
        return False
    until = time.monotonic() + seconds
    with locks.alone(WALKING) as is_ours:
        if not is_ours:
            return False
        _begin_if_owed()
        size = SMALL
        while size := take_slice(size):
            refreshing.refresh_touched()
            if time.monotonic() > until:
                return True
    return False


def is_owed() -> bool:
    """Tell whether a pass is on its way, or none ended since figures are declared as they are now."""
    recipe = assembling.recipe()
    return Pass.objects.filter(finished_at=None).exists() or not Pass.objects.filter(recipe=recipe).exists()


def take_slice(size: int) -> int:
    """Look at the next customers of the pass that is on its way, in one transaction, and redo those who are owed.

    Returns how many to look at next, few where most were owed, so that who is touched meanwhile waits for seconds at
    most; 0: that was the last of them.
    """
    with transaction.atomic():
        locks.one_at_a_time(PROFILES)
        row = Pass.objects.select_for_update().filter(finished_at=None).first()
        if row is None:
            return 0
        span = slices.after(row.reached, size)
        if span is None:
            row.finished_at = row.beat_at = now()
            row.save(update_fields=["finished_at", "beat_at"])
            evaluating.evaluated(evaluating.still_raising())
            Pass.objects.filter(finished_at__lt=row.finished_at).delete()
            return 0
        were_most_owed = refreshing.redo(span)
        Pass.objects.filter(pk=row.pk).update(reached=span.last, beat_at=now())
        return SMALL if were_most_owed else BATCH_SIZE


def _begin_if_owed() -> None:
    recipe = assembling.recipe()
    running = Pass.objects.filter(finished_at=None)
    if running.exclude(recipe=recipe).update(recipe=recipe, reached=0):
        return  # what was redone so far was redone otherwise
    if not Pass.objects.filter(recipe=recipe).exists():
        owe()
