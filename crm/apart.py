"""One bad item never stops the rest: it is put aside alone, tried again after growing pauses, and shown.

`apart` is for items that are done one by one, `in_halves` for those that are written in sets, `together` for sets of
which the whole counts.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils.timezone import now

from crm.events.models import Setback
from crm.problems import Problem
from crm.savepoints import savepoint

log = structlog.get_logger("filo.apart")
Item = TypeVar("Item")
Made = TypeVar("Made")
MACHINERY = (OperationalError, InterfaceError, SoftTimeLimitExceeded)  # what ails the house and no single item
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=2)
FORGOTTEN_AFTER = timedelta(days=1)  # not tried again for so long after its pause: there is no such item any more


@dataclass
class Attempt:
    """One item that is tried; `is_done` once it is done and committed."""

    is_done: bool = False


@contextmanager
def apart(deed: str, key: object, *, in_one: bool = True) -> Iterator[Attempt]:
    """Do one item in a savepoint. What it raises is logged, counted and shown by doctor, and goes no further.

    deed: what was tried, in words, such as "missed call"; key: which item. It rests for a pause that grows to two
    hours: leave `resting(deed)` out when you choose the next ones. in_one False: it has transactions of its own.
    """
    attempt = Attempt()
    try:
        with savepoint() if in_one else nullcontext():
            yield attempt
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        if not connection.is_usable():
            raise
        log.exception("put aside", deed=deed, key=str(key))
        note(deed, key, why(error))
    else:
        attempt.is_done = True
        Setback.objects.filter(deed=deed, key=str(key)).delete()


def resting(deed: str) -> list[str]:
    """Return the keys of the items that failed at `deed` and whose pause is not over."""
    return list(Setback.objects.filter(deed=deed, due_at__gt=now()).values_list("key", flat=True))


def settle(deed: str, keys: Collection[object]) -> None:
    """These items are done: what they failed at is over."""
    known = Setback.objects.filter(deed=deed).values_list("key", flat=True)  # few, and mostly none
    if over := set(known) & set(map(str, keys)):
        Setback.objects.filter(deed=deed, key__in=over).delete()


def trouble_of(deed: str, key: object) -> str:
    """Return what this item failed at `deed` with last, "" if it did not fail."""
    return Setback.objects.filter(deed=deed, key=str(key)).values_list("trouble", flat=True).first() or ""


def note(deed: str, key: object, trouble: str) -> None:
    """Count one more failure of an item at `deed` and let it rest."""
    key = str(key)
    known, _is_new = Setback.objects.get_or_create(deed=deed, key=key, defaults={"due_at": now(), "trouble": trouble})
    pause = min(FIRST_PAUSE * 2 ** min(known.attempts, 20), LONGEST_PAUSE)
    Setback.objects.filter(pk=known.pk).update(attempts=F("attempts") + 1, due_at=now() + pause, trouble=trouble)


def forget_setbacks() -> None:
    """Forget items that nobody has tried again for a day: they were deleted, or settled some other way."""
    Setback.objects.filter(due_at__lt=now() - FORGOTTEN_AFTER).delete()


def in_halves(
    items: Sequence[Item], take: Callable[[Sequence[Item]], Made]
) -> tuple[list[Made], list[tuple[Item, Exception]]]:
    """Take all items at once, in a savepoint; if they fail together, in halves, until each bad one fails alone.

    Returns (what `take` returned, each time; [(bad item, what it raised)]). What ails the database is raised: then
    the whole is to be done again. `take` is given some items, in order, and changes nothing outside the database.
    """
    if not items:
        return [], []
    try:
        with savepoint():
            made = take(items)
        return [made], []
    except MACHINERY:
        raise
    except Exception as error:
        if len(items) == 1:
            return [], [(items[0], error)]
    middle = len(items) // 2
    some, bad = in_halves(items[:middle], take)
    rest, more_bad = in_halves(items[middle:], take)
    return some + rest, bad + more_bad


def together(
    items: Sequence[Item], take: Callable[[Sequence[Item]], Made]
) -> tuple[Made, list[tuple[Item, Exception]]]:
    """Take all items at once but those that raise alone: for a set of which the whole counts, not only each.

    Returns (what `take` returned, [(bad item, what it raised)]). Raises what only all of them together raise.
    """
    try:
        with savepoint():
            return take(items), []
    except MACHINERY:
        raise
    except Exception as error:
        with transaction.atomic():
            _made, bad = in_halves(items, take)
            transaction.set_rollback(True)  # that was to find out; none of it is kept
        if not bad:
            raise error
    spoilt = [item for item, _error in bad]
    with savepoint():
        return take([item for item in items if item not in spoilt]), bad


def why(error: Exception) -> str:
    """Return in one line what was raised: a Problem's own words, else its kind too."""
    words = " ".join(str(error).split())[:400]
    return words if isinstance(error, Problem) and words else f"{type(error).__name__}: {words}".rstrip(": ")
