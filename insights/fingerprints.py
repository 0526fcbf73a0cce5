"""Whose figures are owed: a profile keeps a fingerprint of the rows that it was made of.

It is one number, the exclusive or of those of a customer's rows (insights/sources.py says them) and of their own row,
which knows how figures are declared; another number is that of their account's rows. Of many customers it is the
exclusive or of all their rows: a span in which nothing changed is one number compared with another, and nobody in it
is looked at alone.
"""

from django.db import connection

from insights import assembling, sources
from insights.slices import Span

_MINE = "customer_id BETWEEN %(first)s AND %(last)s"
# Who bought alone once and belongs to another account now: those rows are in no figure.
_IS_ACCOUNT = """account_id NOT IN (
    SELECT id FROM customers_customer c WHERE c.id BETWEEN %(first)s AND %(last)s AND c.account_id <> c.id)"""
_NOT_KNOWN = """fingerprint IS NULL OR account_fingerprint IS NULL
    OR interactions_until_on <= %(today)s OR purchases_until_on <= %(today)s"""
_IS_OWED = f"""
SELECT count(*) <> (SELECT count(*) FROM customers_customer c WHERE c.id BETWEEN %(first)s AND %(last)s)
    OR count(*) FILTER (WHERE {_NOT_KNOWN}) > 0
    OR bit_xor(fingerprint) <> {{customers}}
    OR COALESCE(bit_xor(account_fingerprint) FILTER (WHERE customer_id = account_id), 0) <> {{accounts}}
FROM insights_profile WHERE {_MINE}
"""
_WHO = f"""
SELECT customer_id FROM (
    {{customers}} UNION ALL SELECT customer_id, fingerprint FROM insights_profile WHERE {_MINE}
) AS found GROUP BY customer_id HAVING bit_xor(fingerprint) <> 0
UNION SELECT account_id FROM (
    {{accounts}} UNION ALL
    SELECT account_id, account_fingerprint FROM insights_profile WHERE {_MINE} AND customer_id = account_id
) AS found GROUP BY account_id HAVING bit_xor(fingerprint) <> 0
UNION SELECT customer_id FROM insights_profile WHERE {_MINE} AND ({_NOT_KNOWN})
"""


def owed(span: Span) -> list[int]:
    """Return the customers of a span whose rows are not those that their profile was made of.

    Those too who have no profile, and those whose figures change by themselves on a day that has come. Of an account
    whose rows are others it is the account that is returned, not its people.
    """
    values = assembling.values(span)
    with connection.cursor() as cursor:
        whole = {by: " # ".join(f"({one})" for one in _rows("COALESCE(bit_xor({0}), 0)", by)) for by in _BY}
        cursor.execute(_IS_OWED.format(**whole), values)
        if not cursor.fetchone()[0]:
            return []
        each = {by: " UNION ALL ".join(_rows("{1}, {0} AS fingerprint", by)) for by in _BY}
        cursor.execute(_WHO.format(**each), values)
        return [pk for (pk,) in cursor.fetchall()]


_BY = {"customers": "customer", "accounts": "account"}


def _rows(asked: str, by: str) -> list[str]:
    """Return SQL that asks this of the rows of each source, of the span. Places: their fingerprint, and whose it is."""
    whose = f"{_BY[by]}_id"
    ids = f"{whose} BETWEEN %(first)s AND %(last)s"
    if by == "accounts":
        ids += f" AND {_IS_ACCOUNT}"
    found = [
        f"SELECT {asked.format('fingerprint', whose)} FROM ({one.rows.format(ids=ids)}) AS r"
        for one in sources.every().values()
        if one.by == _BY[by]
    ]
    if by == "customers":
        own = asked.format(assembling.OWN, "c.id AS customer_id")
        found.append(f"SELECT {own} FROM customers_customer c WHERE c.id BETWEEN %(first)s AND %(last)s")
    return found
