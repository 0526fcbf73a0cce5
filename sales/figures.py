"""What an account buys: the questions that pages, the API and others ask, all in one currency, that of the books.

What no rate is known for is told apart and added to nothing. What is dated on a day to come counts from that day on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from crm import days
from customers.loading import array
from sales import bookkeeping
from sales.models import Purchase

MONTHS = 12


@dataclass(frozen=True)
class Unrated:
    """Lines in a currency without a rate for their day."""

    currency: str
    count: int
    sum_cents: int


@dataclass
class Figures:
    """The purchases of one account up to today. Sums are of base amounts, in `currency`: returns subtract.

    `first_on`, `last_on`: None where there are returns alone.

    `months`: sums of the last twelve, oldest first, each up to today's day of the month: together the twelve months
    that a segment asks for, too.
    """

    account_id: int
    currency: str
    first_on: date | None = None
    last_on: date | None = None
    count: int = 0  # lines that are in the sums
    sum_cents: int = 0
    year_cents: int = 0  # of the twelve months
    months: list[int] = field(default_factory=lambda: [0] * MONTHS)
    without_rate: list[Unrated] = field(default_factory=list)  # by currency

    def all_count(self) -> int:
        """Return how many lines there are, with those that are in no sum."""
        return self.count + sum(one.count for one in self.without_rate)


_FIGURES = """
SELECT account_id, currency, min(purchased_on) FILTER (WHERE amount_cents >= 0),
       max(purchased_on) FILTER (WHERE amount_cents >= 0), count(base_cents), coalesce(sum(base_cents), 0),
       coalesce(sum(base_cents) FILTER (WHERE purchased_on >= %(first)s), 0),
       count(*) FILTER (WHERE base_cents IS NULL), coalesce(sum(amount_cents) FILTER (WHERE base_cents IS NULL), 0)
FROM sales_purchase WHERE account_id = ANY(%(accounts)s::bigint[]) AND purchased_on <= %(today)s
GROUP BY account_id, currency ORDER BY account_id, currency
"""
_BY_MONTH = f"""
SELECT account_id, width_bucket(purchased_on, months.starts) - 1, sum(base_cents)
FROM sales_purchase, (
    SELECT array_agg((%(today)s::date - make_interval(months => n))::date + 1 ORDER BY n DESC) AS starts
    FROM generate_series(1, {MONTHS}) AS n
) AS months
WHERE account_id = ANY(%(accounts)s::bigint[]) AND purchased_on <= %(today)s AND base_cents IS NOT NULL
    AND purchased_on >= %(first)s
GROUP BY 1, 2
"""


def of_accounts(account_ids: Iterable[int], *, on: date | None = None) -> dict[int, Figures]:
    """Return {account: its figures}; accounts that never bought are absent. on: the day that is today."""
    first, today = days.last_months(MONTHS, today=on)
    asked: dict[str, Any] = {"accounts": array(sorted(set(account_ids))), "today": today, "first": first}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, asked)
        rows = cursor.fetchall()
        if not rows:
            return {}
        cursor.execute(_BY_MONTH, asked)
        by_month = cursor.fetchall()
    currency = bookkeeping.currency()
    found: dict[int, Figures] = {}
    for account, theirs, first, last, count, cents, year, unrated, unrated_cents in rows:
        one = found.setdefault(account, Figures(account, currency))
        one.first_on = min(filter(None, (one.first_on, first)), default=None)
        one.last_on = max(filter(None, (one.last_on, last)), default=None)
        one.count, one.sum_cents, one.year_cents = (
            one.count + count,
            one.sum_cents + int(cents),
            one.year_cents + int(year),
        )
        if unrated:
            one.without_rate.append(Unrated(theirs, unrated, int(unrated_cents)))
    for account, month, cents in by_month:
        found[account].months[month] = int(cents)
    return found


def of_account(account_id: int, *, on: date | None = None) -> Figures | None:
    """Return the figures of one account; None if it never bought."""
    return of_accounts([account_id], on=on).get(account_id)


def last_lines(account_id: int, size: int) -> QuerySet[Purchase]:
    """Return the newest lines of an account, with product and person; those of days to come among them."""
    mine = Purchase.objects.filter(account=account_id).select_related("product", "person")
    return mine.order_by("-purchased_on", "-id")[:size]
