"""Keyset pages, once, for every list: no page numbers, no totals, the same cost on every page."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet

from crm.problems import Problem

PAGE_SIZE = 50  # rows


class BadCursor(Problem):
    """This link to a page is damaged. Start again from the first page."""

    code = "bad_cursor"
    status = 400


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

    All fields of `order` must be not null and run in one direction, so that one row comparison
    and one index serve every page. `cursor` comes from a former Page. Raises BadCursor.
    """
    names = [name.lstrip("-") for name in order]
    falling = order[0].startswith("-")
    back, values = _read(cursor, len(names)) if cursor else (False, None)
    if values is not None:
        rows = rows.filter(_beyond(names, _fitting(rows, names, values), less=falling != back))
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
        _write("<", found[0], names) if has_newer else None,
        _write(">", found[-1], names) if has_older else None,
    )


def _beyond(names: list[str], values: list[Any], *, less: bool) -> Q:
    """(a, b) beyond (x, y), written so that an index on (a, b) starts at the right place."""
    sign = "lt" if less else "gt"
    after = Q(**{f"{names[-1]}__{sign}": values[-1]})
    for name, value in zip(reversed(names[:-1]), reversed(values[:-1]), strict=True):
        after = Q(**{f"{name}__{sign}e": value}) & (Q(**{f"{name}__{sign}": value}) | after)
    return after


def _write(direction: str, row: Any, names: list[str]) -> str:
    values = [getattr(row, name) for name in names]
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    text = json.dumps([direction, *plain], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, length: int) -> tuple[bool, list[Any]]:
    try:
        direction, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error):
        raise BadCursor() from None
    if direction not in ("<", ">") or len(values) != length or any(isinstance(v, list | dict) for v in values):
        raise BadCursor()
    return direction == "<", values


def _fitting(rows: QuerySet, names: list[str], values: list[Any]) -> list[Any]:
    """Return the values as the fields of the order take them. Raises BadCursor for those that they do not take."""
    fields = [rows.model._meta.get_field(name) for name in names]
    try:
        fitting = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    except (ValidationError, OverflowError):
        raise BadCursor() from None
    if any(value is None or (isinstance(value, str) and "\x00" in value) for value in fitting):
        raise BadCursor()
    return fitting


def estimate(rows: QuerySet) -> int:
    """Return about how many `rows` there are, from the planner: no scan, right to the order of magnitude."""
    sql, params = rows.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        return int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
