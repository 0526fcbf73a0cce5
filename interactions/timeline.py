"""Everything that happened with one customer, newest first, out of several sources, page by page.

A source answers a window: at most so many entries before a point in time. Pages are merged by (moment, source, id), so
a customer with ten thousand touches costs each source one index range, whatever the page.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Value

from crm import cursors, days
from crm.lists import Page
from customers.models import Customer

PAGE_SIZE = 30  # entries


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. `subject` is the row behind it, for the template named by the source."""

    source: str  # name of its source
    id: int
    at: datetime
    title: str  # plain words, in the reader's language
    mark: str  # crm/marks.py: a channel, or what it is
    words: str = ""
    who: str = ""
    url: str = ""
    is_quiet: bool = False  # small: nobody said anything to us
    on: date | None = None  # only the day is known; `at` is its beginning
    language: str = ""
    subject: Any = None
    notes: tuple[str, ...] = field(default_factory=tuple)  # what came of it

    @property
    def day(self) -> date:
        """The day that it stands under."""
        return self.on or days.of(self.at)


@dataclass(frozen=True)
class Window:
    """What a source is asked for: entries before a place, newest first, at most `limit`. viewer: None sees all."""

    limit: int
    viewer: Any = None
    before_at: datetime | None = None  # None: from the newest
    before_id: int | None = None  # entries at that very moment: only those with a smaller id; None: none of them

    def cut(self, rows: QuerySet, at: str, pk: str = "pk") -> QuerySet:
        """Return the rows of this window. at: the name of a source's moment; (at, pk) should be indexed."""
        if self.before_at is not None:
            places = [(at, self.before_at), (pk, self.before_id)][: 1 if self.before_id is None else 2]
            rows = rows.filter(cursors.after(*zip(*places, strict=True), falling=True))
        return rows.order_by(f"-{at}", f"-{pk}")[: self.limit]


Draw = Callable[[Customer, Window], list[Entry]]
Rows = Callable[[Customer, Any], QuerySet]  # (customer, viewer) → what its entries are drawn of


@dataclass(frozen=True)
class Source:
    """Where entries come from: its name in addresses, its label among the filters, its usual icon."""

    name: str
    label: Any
    icon: str
    order: int
    draw: Draw
    rows: Rows | None = None  # to count them; a source without makes the filters stand without numbers


_sources: dict[str, Source] = {}


def source(name: str, label, icon: str, order: int = 100, rows: Rows | None = None):
    """Register the decorated function (customer, window) → entries, newest first, as a source of timelines."""

    def register(draw: Draw) -> Draw:
        _sources[name] = Source(name, label, icon, order, draw, rows)
        return draw

    return register


def sources() -> list[Source]:
    """Return every source, in the order of the filters."""
    return sorted(_sources.values(), key=lambda one: (one.order, one.name))


def page(
    customer: Customer,
    viewer=None,
    *,
    only: Collection[str] = (),
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page:
    """Return one page of a customer's timeline, its rows the entries; it leads to older ones only.

    only: names of sources; none: all. Raises BadCursor.
    """
    chosen = [one for one in sources() if not only or one.name in only]
    place = cursors.read(cursor, cursors.moment, str, int) if cursor else None
    found: list[tuple[datetime, int, int, Entry]] = []
    for rank, one in enumerate(chosen):
        window = _window(one, rank, place, [each.name for each in chosen], viewer, size + 1)
        found += [(entry.at, -rank, entry.id, entry) for entry in one.draw(customer, window)]
    found.sort(key=lambda row: row[:3], reverse=True)
    entries = [row[3] for row in found[:size]]
    return Page(entries, newer=None, older=_place(entries[-1]) if len(found) > size else None)


def counts(customer: Customer, viewer, top: int) -> dict[str, int]:
    """Return how many entries each source has, counted no further than `top`, in one query.

    Empty when one of them cannot be counted: numbers at all filters, or at none.
    """
    found = [(one.name, one.rows(customer, viewer)) for one in sources() if one.rows]
    if not found or len(found) < len(_sources):
        return {}
    parts = [rows.order_by().values_list(Value(name), flat=True)[:top] for name, rows in found]
    counted = Counter(parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0])
    return {name: counted[name] for name, _rows in found}


def _window(one: Source, rank: int, place: Sequence | None, names: list[str], viewer, limit: int) -> Window:
    """Return what is after the place for this source: at one moment, sources follow each other in their order."""
    if place is None:
        return Window(limit, viewer)
    at, name, pk = place
    there = names.index(name) if name in names else -1
    if rank == there:
        return Window(limit, viewer, at, pk)
    if rank > there:
        return Window(limit, viewer, at, 2**62)  # all of that moment is still to come
    return Window(limit, viewer, at)


def _place(entry: Entry) -> str:
    return cursors.write(entry.at, entry.source, entry.id)
