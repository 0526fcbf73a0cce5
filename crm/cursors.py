"""Where a list goes on: the one spelling of keyset cursors.

A cursor holds what the row at the edge of a page has in the columns of its order: JSON, in base64 that an address can
carry. It is not signed: it only chooses a place among rows that its reader sees anyway. So nothing in it is believed.
"""

import base64
import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Q
from django.utils.timezone import is_naive

from crm.problems import Problem

Kind = Callable[[Any], Any]  # what JSON holds → the value; raises ValueError, TypeError or ValidationError


class BadCursor(Problem):
    """This link to a page is damaged. Start again from the first page."""

    code = "bad_cursor"
    status = 400


def write(*values: Any) -> str:
    """Return the cursor of a place: strings, numbers, None, days and moments."""
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def read(cursor: str, *kinds: Kind) -> list[Any]:
    """Return the values of a cursor, one of each kind. Raises BadCursor for whatever `write` would not have written."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [kind(_plain(value)) for kind, value in zip(kinds, _listed(found), strict=True)]
    except (ValueError, TypeError, ValidationError, OverflowError, RecursionError):
        raise BadCursor() from None


def moment(plain: Any) -> datetime:
    """A kind: a moment, with its zone."""
    return _moment(datetime.fromisoformat(plain))


def value_of(field: Field) -> Kind:
    """Return the kind of what a column holds; None only where it may be null."""

    def kind(plain: Any) -> Any:
        value = field.to_python(plain)
        if value is None and not field.null:
            raise ValueError("This column is never null.")
        return _moment(value) if isinstance(value, datetime) else value

    return kind


def after(names: Sequence[str], values: Sequence[Any], *, falling: bool, nullable: Collection[str] = ()) -> Q:
    """Return the condition of rows that come after a place, in an order that rises or falls in all its columns.

    names, values: the columns and the place, same order, the last column unique. Written so that an index on the
    columns starts at the place. In a nullable column null is larger than every value, as PostgreSQL sorts it.
    """
    rest = Q(**{f"{names[-1]}__{'lt' if falling else 'gt'}": values[-1]})
    for name, value in zip(reversed(names[:-1]), reversed(values[:-1]), strict=True):
        rest = (_nulls_too if name in nullable else _known)(name, value, rest, falling)
    return rest


def _known(name: str, value: Any, rest: Q, falling: bool) -> Q:
    sign = "lt" if falling else "gt"
    return Q(**{f"{name}__{sign}e": value}) & (Q(**{f"{name}__{sign}": value}) | rest)


def _nulls_too(name: str, value: Any, rest: Q, falling: bool) -> Q:
    null = Q(**{f"{name}__isnull": True})
    if value is None:
        return ~null | rest if falling else null & rest
    if falling:
        return _known(name, value, rest, falling)
    return Q(**{f"{name}__gt": value}) | null | (Q(**{name: value}) & rest)


def _listed(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError("A cursor is a list.")
    return found


def _plain(value: Any) -> Any:
    """Return a value that a column can hold. Raises ValueError for half a character, too."""
    if isinstance(value, list | dict) or (isinstance(value, str) and b"\x00" in value.encode()):
        raise ValueError("No column holds this.")
    return value


def _moment(value: datetime) -> datetime:
    if is_naive(value):
        raise ValueError("A moment has a zone.")
    return value.astimezone(UTC)  # raises OverflowError at the ends of time
