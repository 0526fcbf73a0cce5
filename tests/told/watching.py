"""What the database is told while a deed is done, and by which module: the table of writers, seen at work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.deeds import trouble, writers
from tests.writes import ALL, ROOMS, ROOT, Write, written_by

CASCADE = "django/db/models/deletion.py"  # what points at a removed row is let go by Django
BY_ANYBODY = ("crm/undoing.py",)  # puts back what the deed itself had kept


@contextmanager
def writers_watched() -> Iterator[list[str]]:
    """Collect, in words, what is written by a module that is not its writer."""
    wrong: list[str] = []

    def look(execute, sql, params, many, context):
        found = list(written_by(str(sql)))
        if found and (where := _where()):
            writes = (Write(model, what if writers(model, what) else ALL, *where) for model, what in found)
            wrong.extend(words for write in writes if (words := trouble(write)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield wrong


def _where() -> tuple[str, int] | None:
    """Return (module, line) of ours that wrote; None for a cascade, for what may put back anything, and for a test."""
    frame = sys._getframe(1)
    while frame := frame.f_back:
        path = Path(frame.f_code.co_filename)
        if path.as_posix().endswith(CASCADE):
            return None
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ROOMS:
            module = path.relative_to(ROOT).as_posix()
            if "models" not in path.with_suffix("").parts:  # a manager writes for who calls it
                return None if module in BY_ANYBODY else (module, frame.f_lineno)
    return None
