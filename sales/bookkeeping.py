"""The books: in which currency purchases are counted, and what one is worth in it, in SQL."""

import json
from decimal import Decimal
from typing import Any

from django.db import connection

from crm import locks
from crm.money import DIGITS, USUAL_DIGITS, digits
from sales.models import Books
from staff.models import Organisation

BOOKS = "books"  # the lock: who records keeps the rates as they are, beside others; who changes them is alone
MOST_WORTH = 10**15  # cents of one line; more is a rate in the wrong place, and sums of many must fit 64 bits

# What the purchase {one} is worth by the latest rate of its day, NULL without one. Rounded as crm.money says.
WORTH = f"""
CASE WHEN {{one}}.currency = %(base)s THEN {{one}}.amount_cents ELSE (
    SELECT CASE WHEN abs(worth) <= {MOST_WORTH} THEN worth::bigint END FROM (
        SELECT round({{one}}.amount_cents * rate * COALESCE((%(scales)s::jsonb ->> currency)::numeric, %(scale)s))
            AS worth
        FROM sales_exchangerate
        WHERE base = %(base)s AND currency = {{one}}.currency AND from_on <= {{one}}.purchased_on
        ORDER BY from_on DESC LIMIT 1
    ) AS by_rate) END
"""


def worth(one: str) -> str:
    """Return the SQL of what the purchase of this alias is worth; its parameters are `terms(base)`."""
    return WORTH.format(one=one)


def terms(base: str) -> dict[str, Any]:
    """Return the parameters of `worth`. base: "" while the books follow another currency: nothing is worth anything."""
    ours = digits(base)
    scales = {code: str(_scale(ours - theirs)) for code, theirs in DIGITS.items()}
    return {"base": base, "scale": _scale(ours - USUAL_DIGITS), "scales": json.dumps(scales)}


def _scale(places: int) -> Decimal:
    """Return by what cents of one currency are to be multiplied where another has so many decimals more."""
    return Decimal(1).scaleb(places)


def currency() -> str:
    """Return the currency that base amounts are in, and with them all figures."""
    return Books.objects.values_list("currency", flat=True).first() or Organisation.current().currency


_BOUGHT_IN = """
WITH RECURSIVE known AS (
    (SELECT currency FROM sales_purchase WHERE {which} ORDER BY currency LIMIT 1)
    UNION ALL
    SELECT (SELECT currency FROM sales_purchase WHERE currency > known.currency AND {which} ORDER BY currency LIMIT 1)
    FROM known WHERE known.currency IS NOT NULL
)
SELECT currency FROM known WHERE currency IS NOT NULL
"""


def bought_in(*, without_rate: bool = False) -> list[str]:
    """Return in which currencies somebody bought, or bought what has no base amount; one step in an index for each."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUGHT_IN.format(which="base_cents IS NULL" if without_rate else "TRUE"))
        return [currency for (currency,) in cursor.fetchall()]


def keep() -> str:
    """Keep books and rates as they are until the transaction ends, beside others; return the base for `terms`."""
    locks.with_others(BOOKS)
    return _base_of(_opened())


def take() -> None:
    """Be alone with books and rates until the transaction ends."""
    locks.one_at_a_time(BOOKS)
    _opened()


def base() -> str:
    """Return the currency in which purchases get their base amounts now; "": in none, the books follow another one."""
    books = Books.objects.first()
    return _base_of(books) if books else Organisation.current().currency


def _opened() -> Books:
    """Return the books; the first time they are opened, in the organisation's currency of then."""
    books = Books.objects.first()
    return books or Books.objects.get_or_create(pk=1, defaults={"currency": Organisation.current().currency})[0]


def _base_of(books: Books) -> str:
    return "" if books.is_closing else books.currency
