"""Keyset pages, once, for every list: no page numbers, no totals, the same cost on every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from crm import cursors

PAGE_SIZE = 50  # rows
BACK, ON = "<", ">"


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the cursors to its neighbours (None at an end)."""

    rows: list[Any]
    newer: str | None
    older: str | None

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(rows: QuerySet, *, order: Sequence[str], cursor: str | None = None, size: int = PAGE_SIZE) -> Page:
    """Return one page of `rows` in `order`, field names with "-" for descending, the last one unique.

    All fields of `order` must run in one direction, so that one comparison and one index serve every page.
    `cursor` comes from a former Page. Raises BadCursor.
    """
    fields = [rows.model._meta.get_field(name.lstrip("-")) for name in order]
    names = [field.attname for field in fields]  # of a foreign key its number, which a cursor can hold
    falling = order[0].startswith("-")
    way, *values = cursors.read(cursor, _way, *map(cursors.value_of, fields)) if cursor else (ON,)
    back = way == BACK
    if values:
        nullable = {field.attname for field in fields if field.null}
        rows = rows.filter(cursors.after(names, values, falling=falling != back, nullable=nullable))
    if back:
        order = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    if not found:
        return Page([], None, None)
    has_newer = more if back else cursor is not None
    has_older = True if back else more
    return Page(
        found,
        _place(BACK, found[0], names) if has_newer else None,
        _place(ON, found[-1], names) if has_older else None,
    )


def _place(way: str, row: Any, names: list[str]) -> str:
    return cursors.write(way, *(getattr(row, name) for name in names))


def _way(plain: Any) -> str:
    """A kind of what a cursor holds: to which side of its place the page lies."""
    if plain not in (BACK, ON):
        raise ValueError("A page lies before or after a place.")
    return plain


def estimate(rows: QuerySet) -> int:
    """Return about how many `rows` there are, from the planner: no scan, right to the order of magnitude."""
    sql, params = rows.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        return int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
