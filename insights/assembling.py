"""From the list of figures one statement that writes profiles: assembled by name, column by column."""

import hashlib
from datetime import date, timedelta
from typing import Any

from crm import days
from insights import figures, sources
from insights.figures import CUSTOMER, Figure
from insights.slices import Span, Who

NONE: frozenset[str] = frozenset()
MONTHS = 12
STATEMENT = """
WITH account AS NOT MATERIALIZED (SELECT DISTINCT account_id FROM customers_customer c WHERE {which}),
{sources}
fresh AS (
    SELECT c.id AS customer_id, {values}
    FROM customers_customer c
    {joins}
    WHERE {which}
),
differing AS (
    SELECT f.* FROM fresh f LEFT JOIN insights_profile p ON p.customer_id = f.customer_id AND {which_profiles}
    WHERE p.customer_id IS NULL OR ({new}) IS DISTINCT FROM ({old})
)
INSERT INTO insights_profile (customer_id, {columns}, segments, refreshed_at)
SELECT customer_id, {picked}, '{{}}', now() FROM differing
ON CONFLICT (customer_id) DO UPDATE SET {updates}, refreshed_at = EXCLUDED.refreshed_at
"""


def statement(who: Who, failing: frozenset[str] = NONE) -> str:
    """Return SQL that writes the profiles of `who` where a figure changed; sources that fail are left out.

    What comes from these keeps its value; in a new row it is empty.
    """
    failing = sources.without(failing)
    kept = [*figures.columns(), *_fingerprints(is_whole=not failing)]
    fresh = [one.column for one in kept if one.source not in failing]
    asked = [one for name, one in sources.every().items() if name not in failing]
    return STATEMENT.format(
        which=who.where("c.id"),
        which_profiles=who.where("p.customer_id"),
        sources="".join(f"{one.name} AS ({query(one, who)}),\n" for one in asked),
        values=", ".join(f"{_value(one)} AS {one.column}" for one in kept if one.column in fresh),
        joins="\n".join(f"LEFT JOIN {one.name} ON {one.name}.{one.by}_id = {_OF[one.by]}" for one in asked),
        new=", ".join(f"f.{name}" for name in fresh),
        old=", ".join(f"p.{name}" for name in fresh),
        columns=", ".join(one.column for one in kept),
        picked=", ".join(one.column if one.column in fresh else one.empty for one in kept),
        updates=", ".join(f"{name} = EXCLUDED.{name}" for name in fresh),
    )


# What a profile was made of, as a number: of the customer's own row, knowing how figures are declared.
OWN = """hashtextextended(c.kind, hashtextextended(c.language, hashtextextended(c.country, hashtextextended(c.city,
    jsonb_hash_extended(c.custom, interval_hash_extended(c.created_at - '2000-01-01 00:00:00+00'::timestamptz,
    hashint8extended(c.account_id, c.id # %(recipe)s) # COALESCE(c.keeper_id << 32, 0) # COALESCE(c.team_id, 0)
    # (COALESCE(c.born_on - '2000-01-01'::date, -10000000)::bigint << 20)))))))"""


def _fingerprints(*, is_whole: bool) -> list[Figure]:
    """Return the columns of the fingerprints: of the customer's rows, and of the account's. Not whole: not known."""
    found = []
    for by, column, own in (("customer", "fingerprint", [OWN]), ("account", "account_fingerprint", [])):
        parts = [f"COALESCE({one.name}.fingerprint, 0)" for one in sources.every().values() if one.by == by]
        sql = " # ".join([*own, *parts]) if is_whole else "NULL::bigint"
        found.append(Figure(CUSTOMER, column, sql))
    return found


_OF = {"customer": "c.id", "account": "c.account_id"}


def query(source: sources.Derived, who: Who) -> str:
    """Return the source's own SQL with its figures in it."""
    mine = [f"{one.sql} AS {one.column}" for one in figures.columns() if one.source == source.name]
    ids = who.where("customer_id") if source.by == "customer" else who.accounts
    made = ", ".join(["bit_xor(fingerprint) AS fingerprint", *mine])
    return source.sql.replace("{rows}", source.rows).format(figures=made, ids=ids)


def alone(name: str, who: Who) -> str:
    """Return SQL that asks one source, with what it needs, and writes nothing."""
    known = sources.every()
    asked = [*(known[one] for one in known[name].needs), known[name]]
    ctes = ", ".join(f"{one.name} AS ({query(one, who)})" for one in asked)
    accounts = (
        f"account AS NOT MATERIALIZED (SELECT DISTINCT account_id FROM customers_customer c WHERE {who.where('c.id')})"
    )
    return f"WITH {accounts}, {ctes} SELECT count({name}) FROM {name}"


def _value(figure: Figure) -> str:
    if figure.source == CUSTOMER:
        return figure.sql
    stored = f"{figure.source}.{figure.column}"
    return stored if figure.empty == "NULL" else f"COALESCE({stored}, {figure.empty})"


def values(who: Who) -> dict[str, Any]:
    """Return the parameters of the statement: who, and the organisation's day."""
    first, today = days.last_months(MONTHS)
    named = {"today": today, "year_from": first - timedelta(days=1), "year_begins": days.begin(first)}
    return who.values | named | days.sql_terms() | {"recipe": _seed(today)}


def _seed(today: date) -> int:
    """Return the number that fingerprints begin with: another one by another recipe, and with each month.

    So the first pass of a month redoes everybody, and finds a profile that somebody changed by hand.
    """
    return int(hashlib.sha256(f"{recipe()} {days.sql_terms()} {today:%Y-%m}".encode()).hexdigest()[:15], 16)


def recipe() -> str:
    """Return what tells whether profiles were written as figures are declared now."""
    return hashlib.sha256(f"{days.sql_terms()}\n{statement(Span(0, 0))}".encode()).hexdigest()
