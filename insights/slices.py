"""Which customers a statement is about: some by their ids, or a span of ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from customers.loading import array

NEXT = """
SELECT COALESCE(
    (SELECT id FROM customers_customer WHERE id > %(after)s ORDER BY id OFFSET %(size)s - 1 LIMIT 1),
    (SELECT max(id) FROM customers_customer WHERE id > %(after)s))
"""


_ACCOUNTS = "account_id = ANY(ARRAY(SELECT account_id FROM account))"  # assembling says which these are
NEAR = 2  # accounts within so many times the span are read as a range: some too many, and none by itself


@dataclass(frozen=True)
class Some:
    """Customers by their ids."""

    ids: Sequence[int]
    accounts = _ACCOUNTS

    def where(self, column: str) -> str:
        return f"{column} = ANY(%(ids)s::bigint[])"

    @property
    def values(self) -> dict[str, Any]:
        return {"ids": array(self.ids)}


@dataclass(frozen=True)
class Span:
    """All customers from one id to another, both included. accounts: SQL that finds theirs by account_id."""

    first: int
    last: int
    accounts: str = _ACCOUNTS

    def where(self, column: str) -> str:
        return f"{column} BETWEEN %(first)s AND %(last)s"

    @property
    def values(self) -> dict[str, Any]:
        return {"first": self.first, "last": self.last}


Who = Some | Span


def after(reached: int, size: int) -> Span | None:
    """Return the next `size` customers after this id; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"after": reached, "size": size})
        last = cursor.fetchone()[0]
    return None if last is None else Span(reached + 1, last)


def with_accounts(span: Span) -> Span:
    """Return the span with its accounts as a range, if they are near each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(account_id), max(account_id) FROM customers_customer WHERE id BETWEEN %s AND %s",
            [span.first, span.last],
        )
        lowest, highest = cursor.fetchone()
    is_near = lowest is not None and highest - lowest < NEAR * (span.last - span.first + 1)
    return replace(span, accounts=f"account_id BETWEEN {lowest} AND {highest}") if is_near else span


def every(size: int) -> Iterator[Span]:
    """Yield all customers in spans of `size`."""
    span = after(0, size)
    while span:
        yield span
        span = after(span.last, size)


def ids(span: Span) -> list[int]:
    """Return the ids of the customers in a span, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM customers_customer WHERE id BETWEEN %s AND %s ORDER BY id", [span.first, span.last]
        )
        return [row[0] for row in cursor.fetchall()]
