"""Where figures come from: each source reads one kind of row of some customers, or of their accounts.

A source is one query with two places: {figures}, which its figures fill, and {ids}, which customers or accounts are
asked about; it is grouped by customer_id or account_id. It may know the organisation's day by name, as a parameter:
%(today)s; %(year_from)s, the day after which the last twelve months begin; %(year_begins)s, the moment when they do;
what crm.days.sql_of asks for. Nothing in it asks the clock: a figure changes because a row did, or on a day that its
source foretells.
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
    sql: str
    needs: tuple[str, ...] = ()


_every: dict[str, Derived] = {}


def source(name: str, label: Words, *, sql: str, by: str = "customer", needs: tuple[str, ...] = ()) -> None:
    """Register a source. Trusted code only: it becomes SQL. Raises ValueError for a name that is taken."""
    if name in _every or by not in ("customer", "account"):
        raise ValueError(f"Not a new source by customer or account: {name!r}")
    _every[name] = Derived(name, label, by, sql, needs)


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

source(
    "touch",
    _("contacts"),
    sql=f"""
    SELECT customer_id, {{figures}} FROM (
        SELECT customer_id, occurred_at, {_PLACE} + (direction = 'in')::int AS place FROM interactions_interaction
        WHERE {{ids}} AND direction <> 'inside' AND kind NOT IN ('automatic', 'bounce')
        OFFSET 0  -- the place is worked out once a row, and not once a figure
    ) AS touches GROUP BY customer_id""",
)
source(
    "purchases",
    _("purchases"),
    by="account",
    sql="""
    SELECT account_id, {figures} FROM (
        SELECT account_id, product_id, purchased_on, base_cents AS cents, amount_cents < 0 AS is_return,
            row_number() OVER one_order = 1 AS is_order
        FROM sales_purchase WHERE {ids} -- one order: lines of one day and one number; any without a rate stands first
        WINDOW one_order AS (PARTITION BY account_id, purchased_on, order_ref ORDER BY base_cents NULLS FIRST)
    ) AS lines GROUP BY account_id""",
)
source(
    "points",
    _("addresses"),
    sql=f"""
    SELECT customer_id, {_COUNTED}, {{figures}} FROM customers_contactpoint WHERE {{ids}} GROUP BY customer_id""",
)
source(  # yes where at least one address may be written to; no where all are refused; else never asked
    "consents",
    _("what they allow"),
    needs=("points",),
    sql=f"""
    SELECT customer_id, {{figures}} FROM (
        SELECT s.customer_id, 1::bigint << ({_BIT}) AS bit, s.point_yes > 0 OR (COALESCE(s.whole, false)
            AND s.point_no < GREATEST({_case("s.channel", _REACHED, "ELSE 0")}, 1)) AS is_given
        FROM (
            SELECT customer_id, purpose, channel,
                bool_or(is_given) FILTER (WHERE contact_point_id IS NULL) AS whole,
                count(*) FILTER (WHERE contact_point_id IS NOT NULL AND is_given) AS point_yes,
                count(*) FILTER (WHERE contact_point_id IS NOT NULL AND NOT is_given) AS point_no
            FROM customers_consentstate WHERE {{ids}} GROUP BY customer_id, purpose, channel
        ) AS s LEFT JOIN points t USING (customer_id)
    ) AS said GROUP BY customer_id""",
)
source(
    "lists",
    _("lists"),
    sql="""
    SELECT customer_id, {figures} FROM insights_listedcustomer WHERE {ids} GROUP BY customer_id""",
)
source(
    "matters",
    _("open matters"),
    sql="""
    SELECT customer_id, {figures} FROM interactions_conversation
    WHERE status = 'open' AND {ids} GROUP BY customer_id""",
)
source(
    "promises",
    _("promises"),
    sql="""
    SELECT customer_id, {figures} FROM interactions_task
    WHERE status = 'open' AND {ids} GROUP BY customer_id""",
)
