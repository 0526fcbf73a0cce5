"""Many rows at once: COPY into tables, numbers from sequences."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

_special = re.compile(r"[\\\t\n\r\x00]")
_escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of plain values (None, text, numbers, days, moments, JSON as text) into a table by COPY."""
    text = "\n".join("\t".join([_written(value) for value in row]) for row in rows)
    if not text:
        return
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO(text + "\n"))


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value.translate(_escapes) if _special.search(value) else str(value)
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def next_ids(table: str, count: int) -> list[int]:
    """Take `count` numbers from the sequence of a table's id."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [pk for (pk,) in cursor.fetchall()]


def array(values: Iterable[int]) -> str:
    """Return integers as PostgreSQL reads an array: one parameter, however many."""
    return "{" + ",".join(map(str, values)) + "}"
