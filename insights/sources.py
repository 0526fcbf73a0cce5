"""Where figures come from: each source reads one kind of row of some customers, or of their accounts.

A source is rows, and a query that makes figures of them. Its rows have a place for {ids}, which customers or accounts
are asked about, and beside what figures read a `fingerprint`: a number that is another one when anything that they
read is, and whose row it is. All of a customer's are kept as one, by exclusive or: a pass redoes those for whom it
differs (insights/fingerprints.py). The query has places for {rows} and for {figures}, which its figures fill, and is
grouped by customer_id or account_id; it hands `fingerprint` on.

Its figures may know the organisation's day by name, as a parameter: %(today)s; %(year_from)s, the day after which the
last twelve months begin; %(year_begins)s, the moment when they do; what crm.days.sql_of asks for.
Nothing in it asks the clock: a figure changes because a row did, or on a day that its source foretells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.words import Words
from customers import channels
from customers.models import Purpose

PURPOSES = {Purpose.SERVICE: 0, Purpose.OFFERS: 1, Purpose.SURVEYS: 2}  # the bit of each among a channel's four


@dataclass(frozen=True)
class Derived:
    """One query. by: "customer" or "account"; `needs`: sources whose rows it reads."""

    name: str
    label: Words  # as a page calls what is old
    by: str
    rows: str
    sql: str
    needs: tuple[str, ...] = ()


_every: dict[str, Derived] = {}


def source(
    name: str, label: Words, *, rows: str, sql: str = "", by: str = "customer", needs: tuple[str, ...] = ()
) -> None:
    """Register a source. Trusted code only: it becomes SQL. Raises ValueError for a name that is taken.

    sql: what is made of the rows, where it is more than to group them.
    """
    if name in _every or by not in ("customer", "account"):
        raise ValueError(f"Not a new source by customer or account: {name!r}")
    _every[name] = Derived(
        name, label, by, rows, sql or f"SELECT {by}_id, {{figures}} FROM ({{rows}}) AS found GROUP BY {by}_id", needs
    )


def every() -> dict[str, Derived]:
    """Return all sources by name, those that others need first."""
    return dict(_every)


def without(names: frozenset[str]) -> frozenset[str]:
    """Return `names` and the names of those that need one of them."""
    found = set(names)
    for one in _every.values():
        if found & set(one.needs):
            found.add(one.name)
    return frozenset(found)


# ---- what the list of channels says, as SQL


def place_of(channel: channels.Channel | None, way: str) -> int:
    """Return where in `last_contacts` the last contact "in" or "out" stands; None: on channels that are no more."""
    return (channel.number if channel else 0) * 2 + (2 if way == "in" else 1)


def spoken() -> list[channels.Channel]:
    """Return the channels on which customers and we speak."""
    return [one for one in channels.every() if not one.is_inside]


def bit_of(purpose: str, channel: channels.Channel) -> int:
    """Return the bit of a consent in the bitmaps `allowed` and `refused`."""
    return 1 << channel.number * 4 + PURPOSES[Purpose(purpose)]


def _case(subject: str, cases: Mapping[Any, object], otherwise: str) -> str:
    return " ".join([f"CASE {subject}", *(f"WHEN '{key}' THEN {sql}" for key, sql in cases.items()), otherwise, "END"])


_asked = channels.asked()
_PLACE = _case("channel", {one.key: place_of(one, "out") for one in spoken()}, f"ELSE {place_of(None, 'out')}")
_REACHED = {  # how many addresses a channel is spoken over
    one.key: f"t.of_{one.spoken_over}{'_mobile' if one.needs_mobile else ''}" for one in _asked if one.spoken_over
}
_BIT = f"""{_case("s.channel", {one.key: one.number * 4 for one in _asked}, "")}
    + {_case("s.purpose", PURPOSES, "")}"""
_COUNTED = ", ".join(
    f"count(*) FILTER (WHERE channel = '{kind}') AS of_{kind},"
    f" count(*) FILTER (WHERE channel = '{kind}' AND line <> 'fixed') AS of_{kind}_mobile"
    for kind in sorted({one.spoken_over for one in _asked if one.spoken_over})
)

_EPOCH = "'2000-01-01 00:00:00+00'::timestamptz"
_NONE = "-9223372036854775808"  # where a number is not known: no amount is that

source(
    "touch",
    _("contacts"),
    rows=f"""
    SELECT customer_id, {_PLACE} + (direction = 'in')::int AS place,
        CASE WHEN direction <> 'inside' AND kind NOT IN ('automatic', 'bounce') THEN occurred_at END AS occurred_at,
        interval_hash_extended(occurred_at - {_EPOCH}, hashtextextended(kind, hashtextextended(direction,
            hashtextextended(channel, hashint8extended(customer_id, id)
                # CASE WHEN origin = '' THEN 0 ELSE hashtextextended(origin, COALESCE(origin_id, {_NONE})) END
        )))) AS fingerprint
    FROM interactions_interaction WHERE {{ids}}""",
    sql="""
    SELECT customer_id, {figures} FROM (
        {rows} OFFSET 0  -- the place is worked out once a row, and not once a figure
    ) AS touches GROUP BY customer_id""",
)
source(
    "purchases",
    _("purchases"),
    by="account",
    rows=f"""
    SELECT account_id, product_id, purchased_on, base_cents, order_ref, amount_cents < 0 AS is_return,
        hashtextextended(order_ref, hashint8extended((purchased_on - '2000-01-01'::date) * 2 + (amount_cents < 0)::int,
            hashint8extended(account_id, id) # COALESCE(product_id << 32, 0) # COALESCE(base_cents, {_NONE}))
        ) AS fingerprint
    FROM sales_purchase WHERE {{ids}}""",
    sql="""
    SELECT account_id, {figures} FROM (
        SELECT account_id, product_id, purchased_on, base_cents AS cents, is_return, fingerprint,
            NOT is_return AND row_number() OVER one_order = 1 AS is_order
        FROM ({rows}) AS lines -- one order: lines of one day and number, not all returns; any without a rate is first
        WINDOW one_order AS (
            PARTITION BY account_id, purchased_on, order_ref ORDER BY is_return, base_cents NULLS FIRST)
    ) AS lines GROUP BY account_id""",
)
source(
    "points",
    _("addresses"),
    rows="""
    SELECT customer_id, channel, line, bounced_at, complained_at,
        hashtextextended(line, hashtextextended(channel, hashint8extended(customer_id,
            id * 4 + (bounced_at IS NULL)::int * 2 + (complained_at IS NULL)::int))) AS fingerprint
    FROM customers_contactpoint WHERE {ids}""",
    sql=f"""
    SELECT customer_id, {_COUNTED}, {{figures}} FROM ({{rows}}) AS points GROUP BY customer_id""",
)
source(  # yes where at least one address may be written to; no where all are refused; else never asked
    "consents",
    _("what they allow"),
    needs=("points",),
    rows="""
    SELECT customer_id, purpose, channel, contact_point_id, is_given,
        hashtextextended(purpose, hashtextextended(channel, hashint8extended(customer_id,
            id * 4 + (contact_point_id IS NULL)::int * 2 + is_given::int))) AS fingerprint
    FROM customers_consentstate WHERE {ids}""",
    sql=f"""
    SELECT customer_id, {{figures}} FROM (
        SELECT s.customer_id, s.fingerprint, 1::bigint << ({_BIT}) AS bit,
            s.point_yes > 0 OR (COALESCE(s.whole, false)
            AND s.point_no < GREATEST({_case("s.channel", _REACHED, "ELSE 0")}, 1)) AS is_given
        FROM (
            SELECT customer_id, purpose, channel, bit_xor(fingerprint) AS fingerprint,
                bool_or(is_given) FILTER (WHERE contact_point_id IS NULL) AS whole,
                count(*) FILTER (WHERE contact_point_id IS NOT NULL AND is_given) AS point_yes,
                count(*) FILTER (WHERE contact_point_id IS NOT NULL AND NOT is_given) AS point_no
            FROM ({{rows}}) AS states GROUP BY customer_id, purpose, channel
        ) AS s LEFT JOIN points t USING (customer_id)
    ) AS said GROUP BY customer_id""",
)
source(
    "lists",
    _("lists"),
    rows="""
    SELECT customer_id, segment_id, hashtextextended('lists', hashint8extended(customer_id, segment_id)) AS fingerprint
    FROM insights_listedcustomer WHERE {ids}""",
)
source(
    "matters",
    _("open matters"),
    rows="""
    SELECT customer_id, is_complaint,
        hashtextextended('matters', hashint8extended(customer_id, id * 2 + is_complaint::int)) AS fingerprint
    FROM interactions_conversation WHERE status = 'open' AND {ids}""",
)
source(
    "promises",
    _("promises"),
    rows=f"""
    SELECT customer_id, due_at,
        interval_hash_extended(due_at - {_EPOCH}, hashint8extended(customer_id, id)) AS fingerprint
    FROM interactions_task WHERE status = 'open' AND {{ids}}""",
)
