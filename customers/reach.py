"""May we reach a customer on a channel for a purpose, and where? The customer's half of the gate, as one SELECT.

What belongs to rooms above (an open complaint, caps, quiet hours) is theirs to add: as a Condition, or after this.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from crm.words import Words
from customers import channels
from customers.models import ContactPoint, Customer, Purpose

# In the order in which they are told when several hold.
REASONS: dict[str, Words] = {
    "no_address": _("no address on this channel"),
    "landline": _("a landline takes no text messages"),
    "complained": _("complained about a message"),
    "refused": _("refused"),
    "bounced": _("the address does not work"),
    "never_asked": _("never asked"),
}
OVER_A_PHONE: dict[str, Words] = {
    "no_address": _("no phone number"),
    "bounced": _("nothing arrives at the number"),
}
_LADDER = f"(ARRAY{['', *reversed(REASONS)]})"  # rank → reason: of several addresses the lowest is told


def reasons(channel: str) -> dict[str, Words]:
    """Return REASONS in the words of a channel: where it is spoken over a phone, addresses are numbers."""
    return REASONS | (OVER_A_PHONE if channels.named(channel).spoken_over == "phone" else {})


@dataclass(frozen=True)
class Condition:
    """A reason of a room above: `sql` is true for those who are refused; it may use c.id and c.account_id."""

    reason: str
    sql: str
    params: Sequence[Any] = field(default=())


@dataclass(frozen=True)
class Best:
    """Where a customer is reached best. reason: why nowhere, a key of REASONS; "" we may."""

    reason: str
    point_id: int | None
    address: str  # "" nowhere
    has_complained: bool  # which forbids no answer, but should be known


def verdicts(
    customers: str, params: Sequence[Any] = (), *, channel: str, purpose: str, conditions: Sequence[Condition] = ()
) -> tuple[str, list[Any]]:
    """Return one SELECT, and its parameters, that judges a whole set of customers.

    `customers`: SQL that selects `id` and `account_id`, each customer once. The result has one row for each:
    customer_id; contact_point_id, the best that may be used, or null; address, its value, or null; reason, ""
    or why not: a key of REASONS, or that of the first of `conditions` that holds.
    """
    held = " ".join(f"WHEN {condition.sql} THEN %s" for condition in conditions)
    held_params = [value for condition in conditions for value in (*condition.params, condition.reason)]
    reason = f"CASE {held} ELSE v.reason END" if conditions else "v.reason"
    point, point_params = _verdict(channel, purpose)
    sql = f"""
        SELECT customer_id, CASE WHEN reason = '' THEN point_id END AS contact_point_id,
            CASE WHEN reason = '' THEN value END AS address, reason
        FROM (
            SELECT DISTINCT ON (c.id) c.id AS customer_id, v.point_id, v.value, {reason} AS reason
            FROM ({customers}) AS c
            {point}
            ORDER BY c.id, v.rank, v.is_first_choice DESC, v.is_verified DESC, v.point_id
        ) AS judged"""
    return sql, [*held_params, *params, *point_params]


def _verdict(channel: str, purpose: str) -> tuple[str, list[Any]]:
    """Join `v` to customers `c`: the verdict over each of their addresses. The most particular consent wins.

    What an address cannot take at all weighs more than what was said of it: who has a mobile too hears of that.
    """
    line = channels.named(channel)
    said = "COALESCE(own.is_given, whole.is_given)"
    if purpose == Purpose.SERVICE:  # allowed unless refused; a complaint about a newsletter does not forbid an answer
        unasked, complained = "false", "false"
    else:
        unasked, complained = f"{said} IS NULL", "p.complained_at IS NOT NULL"
    landline = "p.line = 'fixed'" if line.needs_mobile else "false"
    dead, dead_params = "p.bounced_at IS NOT NULL", []
    if sum(one.spoken_over == line.spoken_over for one in channels.every()) > 1:  # else what is dead on it has bounced
        dead, dead_params = f"({dead} OR p.dead_on ? %s)", [channel]
    sql = f"""
        LEFT JOIN customers_contactpoint p ON p.customer_id = c.id AND p.channel = %s
        LEFT JOIN customers_consentstate own ON own.customer_id = c.id AND own.purpose = %s AND own.channel = %s
            AND own.contact_point_id = p.id
        LEFT JOIN customers_consentstate whole ON whole.customer_id = c.id AND whole.purpose = %s
            AND whole.channel = %s AND whole.contact_point_id IS NULL
        CROSS JOIN LATERAL (
            SELECT rank, {_LADDER}[rank + 1] AS reason,
                p.id AS point_id, p.value, p.is_first_choice, p.verified_at IS NOT NULL AS is_verified
            FROM (SELECT CASE
                WHEN p.id IS NULL THEN 6 WHEN {landline} THEN 5 WHEN {complained} THEN 4 WHEN {said} = false THEN 3
                WHEN {dead} THEN 2 WHEN {unasked} THEN 1 ELSE 0 END AS rank) AS ranked
        ) AS v"""
    return sql, [line.spoken_over, purpose, channel, purpose, channel, *dead_params]


def may_reach(customer: Customer, channel: str, purpose: str, point: ContactPoint | None = None) -> str | None:
    """Return why not, a key of REASONS; None if we may: at `point`, or (None) at any of the customer's addresses."""
    pair = (customer.pk, point.pk if point else None)
    return refusals([pair], channel, purpose).get(pair)


def best_of(customer: Customer, channel: str, purpose: str) -> Best:
    """Return the best address of one customer that we may use, or why there is none."""
    mine = "SELECT id, account_id FROM customers_customer WHERE id = %s"
    sql, params = verdicts(mine, [customer.pk], channel=channel, purpose=purpose)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT v.reason, v.contact_point_id, COALESCE(v.address, ''), p.complained_at IS NOT NULL
            FROM ({sql}) AS v LEFT JOIN customers_contactpoint p ON p.id = v.contact_point_id""",
            params,
        )
        return Best(*cursor.fetchone())


def refusals(pairs: Iterable[tuple[int, int | None]], channel: str, purpose: str) -> dict[tuple[int, int | None], str]:
    """Return {pair: reason} of those whom we may not reach; a pair is (customer, contact point or None: any).

    A contact point that is not the customer's, or is gone, is "no_address".
    """
    pairs = list(pairs)
    if not pairs:
        return {}
    joined, params = _verdict(channel, purpose)
    sql = f"""
        SELECT DISTINCT ON (c.id, c.wanted) c.id, c.wanted, v.reason
        FROM unnest(%s::bigint[], %s::bigint[]) AS c (id, wanted)
        {joined.replace("p.channel = %s", "p.channel = %s AND (c.wanted IS NULL OR p.id = c.wanted)", 1)}
        ORDER BY c.id, c.wanted, v.rank"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [[pk for pk, _point in pairs], [point for _pk, point in pairs], *params])
        return {(pk, point): reason for pk, point, reason in cursor.fetchall() if reason}


def best_points(customer_ids: Iterable[int], channel: str, purpose: str) -> dict[int, tuple[int, str]]:
    """Return {customer: (contact point, address)} of those whom we may reach, at the best of their addresses."""
    sql, params = verdicts(
        "SELECT id, account_id FROM customers_customer WHERE id = ANY(%s)",
        [list(customer_ids)],
        channel=channel,
        purpose=purpose,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT customer_id, contact_point_id, address FROM ({sql}) AS v WHERE reason = ''", params)
        return {pk: (point, address) for pk, point, address in cursor.fetchall()}
