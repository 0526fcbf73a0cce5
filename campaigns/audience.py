"""Who gets a campaign: its segment, judged by the gate in one statement, each exclusion with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.text import capfirst
from django.utils.timezone import now

from campaigns.models import Campaign
from customers import reach
from customers.models import Customer
from insights import refreshing, segments
from insights.rules import compile_segment
from interactions import outbox, pacing
from staff.models import Organisation

SETTLED = timedelta(minutes=10)  # so long a draft shows the audience that was judged; launching judges anew


@dataclass(frozen=True)
class Excluded:
    """How many are left out for one reason, in words, and the name of one of them."""

    reason: str
    words: str
    count: int
    example: str


@dataclass(frozen=True)
class Audience:
    """How many are in the segment, how many will get it, and who will not."""

    everybody: int
    getting: int
    excluded: list[Excluded]


def look(campaign: Campaign, user: Any, *, again: bool = True) -> Audience:
    """Return who would get `campaign` if it were launched now, of those whom `user` may see.

    `again` False: as it was judged in the last minutes, unless another question is asked since.
    """
    words = outbox.reasons(campaign.channel)
    is_kept = segments.sees_all(user)  # what is kept is of everybody
    rows = _judged(campaign, again) if is_kept else _judge(campaign, user)
    seen = Customer.objects.visible_to(user).filter(pk__in=[pk for _reason, _count, pk in rows])
    names = dict(seen.values_list("pk", "name"))
    excluded = [
        Excluded(reason, capfirst(str(words.get(reason, reason))), n, names.get(pk, ""))
        for reason, n, pk in rows
        if reason
    ]
    everybody = sum(count for _reason, count, _pk in rows)
    return Audience(everybody, everybody - sum(row.count for row in excluded), excluded)


def _judged(campaign: Campaign, again: bool) -> list[tuple[str, int, int]]:
    """Judge the whole segment, which takes its time with a million; who types words asks for it with each pause."""
    asked = _question(campaign)
    known = campaign.judged or {}
    if not again and known.get("of") == asked and known["until"] > now().isoformat():
        return known["rows"]
    rows = _judge(campaign)
    campaign.judged = {"of": asked, "until": (now() + SETTLED).isoformat(), "rows": rows}
    Campaign.objects.filter(pk=campaign.pk).update(judged=campaign.judged)
    return rows


def _judge(campaign: Campaign, user: Any = None) -> list[tuple[str, int, int]]:
    """Return [(reason, how many, one of them)], most first. None: a machine, of all."""
    sql, params = _verdicts(campaign, user)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT v.reason, count(*), min(v.customer_id) FROM ({sql}) AS v GROUP BY v.reason
                ORDER BY count(*) DESC, v.reason""",
            params,
        )
        return cursor.fetchall()


def _question(campaign: Campaign) -> list[Any]:
    assert campaign.segment is not None
    return [campaign.segment.pk, campaign.segment.rule, campaign.channel, campaign.purpose]


FREEZE = """
INSERT INTO campaigns_recipient (campaign_id, customer_id, contact_point_id, language, reason)
SELECT %s, v.customer_id, v.contact_point_id, c.language, v.reason
FROM ({verdicts}) AS v JOIN customers_customer c ON c.id = v.customer_id
ORDER BY v.customer_id
ON CONFLICT (campaign_id, customer_id) DO NOTHING
"""
SUMS = "SELECT reason, count(*) FROM campaigns_recipient WHERE campaign_id = %s GROUP BY reason"


def freeze(campaign: Campaign) -> None:
    """Write down who gets `campaign` and who does not, in one statement, and let it run.

    Killed before its commit nothing was written; run twice it changes nothing.
    """
    refreshing.refresh_all_touched()
    with transaction.atomic(), connection.cursor() as cursor:
        freezing = Campaign.objects.select_for_update(skip_locked=True).filter(status=Campaign.Status.FREEZING)
        locked = freezing.filter(pk=campaign.pk).first()
        if locked is None:
            return  # it is frozen, or another job is at it
        sql, params = _verdicts(locked)
        cursor.execute(FREEZE.format(verdicts=sql), [locked.pk, *params])
        cursor.execute(SUMS, [locked.pk])
        counts = dict(cursor.fetchall())
        locked.recipient_count = counts.pop("", 0)
        locked.excluded, locked.status, locked.beat_at = counts, Campaign.Status.RUNNING, now()
        locked.save(update_fields=["recipient_count", "excluded", "status", "beat_at"])


def _verdicts(campaign: Campaign, user: Any = None) -> tuple[str, Sequence[Any]]:
    assert campaign.segment is not None  # launching asks for one
    rule, among = compile_segment(campaign.segment), segments.profiles(user)
    return reach.verdicts(
        f"SELECT p.customer_id AS id, p.account_id FROM {among.sql} WHERE {rule.sql}",
        (*among.values, *rule.values),
        channel=campaign.channel,
        purpose=campaign.purpose,
        conditions=pacing.conditions(Organisation.current()),
    )
