"""What the review of a draft says beyond what is missing: who would read a gap, and whether it would be night."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.timezone import now

from campaigns import drafting
from campaigns.models import Campaign
from customers import reach
from customers.identity import codes
from insights import segments
from insights.rules import compile_segment
from interactions import carriers, gaps, outbox, pacing, templating
from staff.models import Organisation

SAMPLE = 10_000  # people whose fields are looked at; of more than so many every nth


@dataclass(frozen=True)
class Gap:
    """A merge field that is empty for `count` of those who will get it; is_about: reckoned from a sample."""

    name: str
    label: str | Promise
    count: int
    is_about: bool

    @property
    def mended(self) -> str:
        """What to write instead."""
        return "{{ " + self.name + " | default: '…' }}"


def find_gaps(campaign: Campaign, everybody: int, user: Any) -> list[Gap]:
    """Return the fields without a default that some of those who will get it have no value for, the worst first.

    Of those whom `user` may see. everybody: how many of these are in the segment; beyond SAMPLE only every nth of them
    is looked at.
    """
    labels = {field.name: field.label for field in templating.fields()}
    words = [(row, drafting.words_of(campaign, row)) for row in campaign.wordings.select_related("wording")]
    bare = {row.language: gaps.bare(*text) & labels.keys() for row, text in words}
    names = sorted(set().union(*bare.values()))
    if campaign.segment is None or not names:
        return []
    fallback = next(row.language for row, _text in words if row.is_fallback)
    every = max(1, -(-everybody // SAMPLE))
    people = getting(campaign, every, user)
    values, _bad = templating.values_of_each([pk for pk, _language in people], names)
    empty = Counter(
        name
        for pk, language in people
        if pk in values
        for name in bare[codes.nearest(language, bare) or fallback]
        if not values[pk][name].strip()
    )
    return [Gap(name, labels[name], count * every, every > 1) for name, count in empty.most_common()]


def getting(campaign: Campaign, every: int, user: Any) -> list[tuple[int, str]]:
    """Return (customer, language) of every nth customer of the segment whom `user` may see and the gate lets pass."""
    assert campaign.segment is not None
    rule, among = compile_segment(campaign.segment), segments.profiles(user)
    customers = f"SELECT p.customer_id AS id, p.account_id FROM {among.sql} WHERE ({rule.sql})"
    values = (*among.values, *rule.values)
    sql, params = _judged(campaign, f"{customers} AND p.customer_id %% {every} = 0", values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT v.customer_id, c.language FROM ({sql}) AS v JOIN customers_customer c ON c.id = v.customer_id
                WHERE v.reason = ''""",
            params,
        )
        return cursor.fetchall()


def refused(campaign: Campaign, customer_ids: Sequence[int]) -> dict[int, str]:
    """Return {customer: why, in words} of those of some customers who will not get it."""
    sql, params = _judged(
        campaign, "SELECT id, account_id FROM customers_customer WHERE id = ANY(%s)", [list(customer_ids)]
    )
    words = outbox.reasons(campaign.channel)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT v.customer_id, v.reason FROM ({sql}) AS v WHERE v.reason <> ''", params)
        return {pk: str(words.get(reason, reason)) for pk, reason in cursor.fetchall()}


def _judged(campaign: Campaign, customers: str, params: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    conditions = pacing.conditions(Organisation.current())
    return reach.verdicts(customers, params, channel=campaign.channel, purpose=campaign.purpose, conditions=conditions)


def quiet_until(at: datetime | None) -> datetime | None:
    """Return when the organisation's quiet hours end if it starts at `at` (None: now) and that is in them."""
    start = at or now()
    end = pacing.due(start, "", Organisation.current())
    return end if end > start else None


def sender(campaign: Campaign) -> str:
    """Return which of our numbers or names it comes from, where that is no name that one chooses; "" not known."""
    carrier = carriers.of(campaign.channel)
    return carrier.accounts()[0] if carrier and not carrier.has_subject else ""
