"""What an account buys: the questions that pages, the API and others ask. Money in cents, one currency at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.timezone import localdate

from customers.loading import array
from sales.models import Purchase

MONTHS = 12


@dataclass(frozen=True)
class Figures:
    """The purchases of one account in one currency.

    `months`: sums of the last twelve, oldest first, each up to today's day of the month: together the twelve months
    that a segment asks for, too.
    """

    account_id: int
    currency: str
    count: int  # lines
    sum_cents: int
    first_on: date
    last_on: date
    year_cents: int  # of the twelve months
    months: list[int]


_FIGURES = f"""
SELECT account_id, currency, count(*), sum(amount_cents), min(purchased_on), max(purchased_on),
       coalesce(sum(amount_cents) FILTER (WHERE purchased_on > %(today)s::date - interval '{MONTHS} months'), 0)::bigint
FROM sales_purchase WHERE account_id = ANY(%(accounts)s::bigint[]) AND purchased_on <= %(today)s
GROUP BY account_id, currency ORDER BY account_id, sum(amount_cents) DESC, currency
"""
_BY_MONTH = f"""
SELECT account_id, currency, width_bucket(purchased_on, months.starts) - 1, sum(amount_cents)
FROM sales_purchase, (
    SELECT array_agg((%(today)s::date - make_interval(months => n))::date + 1 ORDER BY n DESC) AS starts
    FROM generate_series(1, {MONTHS}) AS n
) AS months
WHERE account_id = ANY(%(accounts)s::bigint[]) AND purchased_on <= %(today)s
    AND purchased_on > %(today)s::date - interval '{MONTHS} months'
GROUP BY 1, 2, 3
"""


def of_accounts(account_ids: Iterable[int], *, today: date | None = None) -> dict[int, list[Figures]]:
    """Return {account: its figures, the currency with the largest sum first}; accounts that never bought are absent."""
    today = today or localdate()
    asked: dict[str, Any] = {"accounts": array(sorted(set(account_ids))), "today": today}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, asked)
        rows = cursor.fetchall()
        if not rows:
            return {}
        cursor.execute(_BY_MONTH, asked)
        by_month = {(account, currency, month): int(cents) for account, currency, month, cents in cursor.fetchall()}
    found: dict[int, list[Figures]] = {}
    for account, currency, count, cents, first, last, year in rows:
        months = [by_month.get((account, currency, n), 0) for n in range(MONTHS)]
        found.setdefault(account, []).append(Figures(account, currency, count, int(cents), first, last, year, months))
    return found


def of_account(account_id: int, *, today: date | None = None) -> list[Figures]:
    """Return the figures of one account, one for each currency; empty if it never bought."""
    return of_accounts([account_id], today=today).get(account_id, [])


def last_lines(account_id: int, size: int) -> QuerySet[Purchase]:
    """Return the newest lines of an account, with product and person."""
    mine = Purchase.objects.filter(account=account_id).select_related("product", "person")
    return mine.order_by("-purchased_on", "-id")[:size]
