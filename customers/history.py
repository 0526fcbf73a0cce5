"""Who wrote which field of a customer, and what stood there before: the only writer of `customers_change`.

Undoing asks whether a later change names the field; a file that comes later asks whether a person wrote it by hand.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customers.loading import copy

DERIVED = {"sort_key"}  # of the names: made anew, never put back
CUSTOM = "custom"
COLUMNS = ["customer_id", "at", "by_id", "source", "undo_id", "before", "after"]


@dataclass(frozen=True)
class Difference:
    """What is different of one customer: field → plain value, the same fields in both. None: there was no value."""

    customer_id: int
    before: dict[str, Any]
    after: dict[str, Any]


def difference(customer_id: int, was: Mapping[str, Any], now: Mapping[str, Any]) -> Difference:
    """Compare two states of a customer's columns. was, now: column → value, `custom` a mapping of its keys."""
    old, new = _flat(was), _flat(now)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return Difference(customer_id, {name: old.get(name) for name in names}, {name: new.get(name) for name in names})


def write(
    differences: Iterable[Difference], *, at: datetime, source: str, by: Any = None, undo_id: int | None = None
) -> None:  # fmt: skip
    """Note differences, in one statement and the transaction of the deed that made them; without any, nothing.

    by: the User who wrote it by hand; None: a file or a machine.
    """
    who = by.pk if by is not None else None
    copy("customers_change", COLUMNS, (
        (one.customer_id, at, who, source[:60], undo_id, json.dumps(one.before), json.dumps(one.after))
        for one in differences
        if one.after
    ))  # fmt: skip


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: _plain(value) for name, value in row.items() if name not in DERIVED and name != CUSTOM}
    return flat | {f"{CUSTOM}.{key}": _plain(value) for key, value in row.get(CUSTOM, {}).items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
