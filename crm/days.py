"""The one calendar: the organisation's time zone decides which day a moment is on, for everybody.

A day (`…_on`) is a date and nothing else, the same wherever it is read; a moment (`…_at`) is on one day. Pages *show* a
moment in its reader's zone (crm/formats); what is *decided* by days — late, over, before, "in the last 7 days", twelve
months — is decided here, in Python and in SQL alike. "The last N days" end with today.
"""

import calendar
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import OperationalError, ProgrammingError
from django.utils import timezone
from django.utils.timezone import now

ASKED_EVERY = 10  # seconds; another process may have changed it
SHORTEST, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
KNOWN_FROM, KNOWN_TO = datetime(1970, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)  # in SQL
BETWEEN_CHANGES = timedelta(days=4)  # of the clocks, at least: so often they are looked at

_ask: list[Callable[[], str]] = []  # who knows the name of the zone: the room that keeps the organisation
_known: tuple[ZoneInfo, float] | None = None  # the zone, and until when it is believed


def zone_from(ask: Callable[[], str]) -> Callable[[], str]:
    """Register the decorated function: it returns the name of the organisation's zone."""
    _ask[:] = [ask]
    return ask


def zone() -> ZoneInfo:
    """Return the organisation's zone, as it was some seconds ago at most; UTC where no room keeps one."""
    global _known
    if _known is None or _known[1] < time.monotonic():
        try:
            name = _ask[0]() if _ask else "UTC"
        except (OperationalError, ProgrammingError):  # no database, or none yet: doctor says when the last backup was
            return _known[0] if _known else ZoneInfo("UTC")
        _known = _zone(name), time.monotonic() + ASKED_EVERY
    return _known[0]


def changed(name: str = "") -> None:
    """Take over that the organisation's zone is another one; without a name it is asked for again."""
    global _known
    _known = (_zone(name), time.monotonic() + ASKED_EVERY) if name else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # nobody can choose such a zone; rows of long ago may have it
        return ZoneInfo("UTC")


def of(moment: datetime) -> date:
    """Return the day that a moment is on."""
    return moment.astimezone(zone()).date()


def today(at: datetime | None = None) -> date:
    """Return the day that it is, or was at that moment."""
    return of(at or now())


def shown_in() -> tzinfo:
    """Return the zone in which moments are shown: the reader's; the organisation's where nobody said theirs."""
    said = getattr(timezone._active, "value", None)  # type: ignore[attr-defined]  # Django itself answers UTC then
    return said or zone()


def shown_on(moment: datetime) -> date:
    """Return the day on which its reader sees a moment: for what is done at a time of the clock, theirs."""
    return moment.astimezone(shown_in()).date()


def shown_at(day: date, at: clock) -> datetime:
    """Return the moment when it is so late on that day, on the clock of whoever writes or reads it."""
    return datetime.combine(day, at, shown_in())


def begin(day: date) -> datetime:
    """Return the first moment of a day, in UTC: where clocks go forward at midnight that is 1:00."""
    return _midnight(day, zone())


def begin_shown(day: date) -> datetime:
    """Return the first moment of a day as its reader sees moments."""
    return _midnight(day, shown_in())


def _midnight(day: date, there: tzinfo) -> datetime:
    try:
        return datetime.combine(day, clock.min, there).astimezone(UTC)
    except OverflowError:  # 1 January of the year 1
        return datetime.min.replace(tzinfo=UTC)


def end(day: date) -> datetime:
    """Return the last moment of a day, in UTC: what is later is on another day."""
    return begin(day + timedelta(days=1)) - SHORTEST


def last_days(count: int, *, today: date | None = None) -> tuple[date, date]:
    """Return the first and the last of the last `count` days. today: None for the day that it is."""
    day = today or of(now())
    return day - timedelta(days=count - 1), day


def last_months(count: int, *, today: date | None = None) -> tuple[date, date]:
    """Return the first and the last day of the last `count` months: on 12 March those from 13 March of last year."""
    day = today or of(now())
    return months_before(day, count) + timedelta(days=1), day


def months_before(day: date, count: int) -> date:
    """Return the same day `count` months before, or that month's last one, as PostgreSQL's `day - interval` does."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """Return from which moment on, and before which, these days are."""
    return begin(first), begin(last + timedelta(days=1))


def sql_of(moment: str) -> str:
    """Return SQL for the day that a moment is on, with `sql_terms` among its parameters.

    PostgreSQL's own table of zones is of another year than Python's: it is not asked. An index on the moment cannot
    help; where it must, compare with `moments`.
    """
    offset = f"(%(zone_offsets)s::interval[])[width_bucket({moment}, %(zone_changes)s::timestamptz[]) + 1]"
    return f"({moment} AT TIME ZONE 'UTC' + {offset})::date"


def sql_terms() -> dict[str, str]:
    """Return the parameters of `sql_of`: when the clocks are changed where the organisation is, and to what."""
    moments, offsets = zip(*_changes(zone()), strict=True)
    said = [f"{offset // SECOND} seconds" for offset in offsets]
    return {
        "zone_changes": f"{{{','.join(at.isoformat() for at in moments[1:])}}}",
        "zone_offsets": f"{{{','.join(said)}}}",
    }


@lru_cache(maxsize=8)
def _changes(there: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """Return each (first moment, what is added to UTC from it on), the oldest first, from KNOWN_FROM until KNOWN_TO."""
    early, found = KNOWN_FROM, [(KNOWN_FROM, _offset(KNOWN_FROM, there))]
    while early < KNOWN_TO:
        late = early + BETWEEN_CHANGES
        if _offset(late, there) != found[-1][1]:
            first = _first_otherwise(early, late, there)
            found.append((first, _offset(first, there)))
        early = late
    return found


def _first_otherwise(early: datetime, late: datetime, there: ZoneInfo) -> datetime:
    """Return the first second after `early` from which on clocks are as they are at `late`."""
    while late - early > SECOND:
        middle = early + (late - early) // 2 // SECOND * SECOND
        early, late = (middle, late) if _offset(middle, there) != _offset(late, there) else (early, middle)
    return late


def _offset(moment: datetime, there: ZoneInfo) -> timedelta:
    return moment.astimezone(there).utcoffset() or timedelta(0)
