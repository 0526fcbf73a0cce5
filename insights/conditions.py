"""A condition on the rows of profiles: SQL and its values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """An SQL expression over the profile row `p`, and its values in order.

    size: how many rules are in it, those of the segments that it asks for among them.
    """

    sql: str
    values: tuple[Any, ...] = ()
    size: int = 1


def joined(match: str, conditions: list[Condition]) -> Condition:
    """Return all or any of `conditions` as one; of none, what holds for everybody."""
    if not conditions:
        return Condition("TRUE")
    word = " AND " if match == "all" else " OR "
    sql = word.join(f"({condition.sql})" for condition in conditions)
    values = tuple(value for condition in conditions for value in condition.values)
    return Condition(sql, values, sum(condition.size for condition in conditions))


def present(segment_id: int) -> Condition:
    """Return who is in a segment at present: what holds while its rule cannot be asked."""
    return Condition("%s = ANY(p.segments)", (segment_id,))
