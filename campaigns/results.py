"""What came of a campaign: counted from the rows of the outbox, never from a tally that could drift.

Every number is of those whom its reader may see. What is kept at the campaign is of everybody, for who sees everybody.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from campaigns.launching import ORIGIN
from campaigns.models import Campaign, Recipient
from crm import apart
from crm.money import cents
from crm.words import Words
from customers.models import Customer
from insights.segments import sees_all
from interactions import carriers, outbox
from interactions.models import Conversation, Interaction, Message
from interactions.models.message import MessageQuerySet
from staff.models import User

SHOWN = 50  # rows of a list on the results page
FEW = 10_000  # recipients; so many are counted whenever somebody looks
LATELY = timedelta(hours=1)
A_WHILE = timedelta(minutes=1)  # so old a list of campaigns may be for who does not see everybody
REASONS: dict[str, Words] = {
    "field_gone": _("the message cannot be filled in: a field of it does not exist any more"),
    "spoilt": _("something in their record cannot be put into the message"),
}
REASONS_SHOWN = 10  # of failures, the commonest
COUNTING, GOING_ON = "figures of campaign", "campaign"  # what a campaign may fail at: crm.apart
CAME_BACK = Q(bounced_at__isnull=False) & ~Q(status=Message.Status.FAILED)  # what was refused at the door never left
OVER = (Campaign.Status.CANCELLED, Campaign.Status.FINISHED)


@dataclass(frozen=True)
class Cost:
    """What messages cost. parts: how many of them are paid."""

    cents: int
    currency: str
    parts: int


@dataclass(frozen=True)
class Figures:
    """How many of a campaign's messages are where. `waiting` counts those not yet in the outbox too."""

    status: str
    recipients: int
    waiting: int
    sent: int
    delivered: int | None  # None: nobody tells
    in_doubt: int
    failed: int
    bounced: int
    cancelled: int
    answered: int
    unsubscribed: int
    costs: tuple[Cost, ...]  # of what was sent in parts, one for each currency
    counted_at: datetime | None  # of one to many, whose figures are some seconds old

    @property
    def done(self) -> int:
        return self.recipients - self.waiting

    @property
    def lost(self) -> int:
        return self.failed + self.bounced

    @property
    def version(self) -> str:
        """Changes whenever a number on the part does."""
        counts = (
            self.recipients,
            self.waiting,
            self.sent,
            self.delivered,
            self.in_doubt,
            self.failed,
            self.bounced,
            self.cancelled,
        )
        age = f"{self.counted_at:%H%M}" if self.counted_at else ""
        return "-".join([self.status, *map(str, counts), str(self.answered), str(self.unsubscribed), age])


def messages(campaign: Campaign, user: User | None = None) -> MessageQuerySet:
    """Return its messages to those whom `user` may see; None: to all."""
    rows = Message.objects.filter(origin=ORIGIN, origin_id=campaign.pk)
    return rows if user is None else rows.visible_to(user)


def recipients(campaigns: Iterable[Campaign], user: User | None = None) -> QuerySet[Recipient]:
    """Return their audiences, who was left out among them, of those whom `user` may see; None: of all."""
    rows = Recipient.objects.filter(campaign__in=[one.pk for one in campaigns]).order_by()
    return rows if sees_all(user) else rows.filter(customer__in=Customer.objects.visible_to(user))


def figures(campaign: Campaign, user: User) -> Figures:
    """Return the figures: of a campaign to many as they were a few seconds ago, so that watching it costs little."""
    if sees_all(user):
        refresh(campaign)
        counted, audience, at = campaign.counted or {}, campaign.recipient_count, campaign.counted_at
    else:
        counted, audience, at = _counted_for(campaign, user)
    Status, rows = Message.Status, counted.get("by_status", {})
    left = [Status.SENT, Status.IN_DOUBT, Status.FAILED, Status.CANCELLED, Status.REFUSED]
    handled = sum(rows.get(status, 0) for status in left)
    is_over = campaign.status in OVER
    return Figures(
        status=campaign.status,
        recipients=audience,
        waiting=0 if is_over else max(audience - handled, 0),
        sent=rows.get(Status.SENT, 0),
        delivered=counted.get("delivered"),
        in_doubt=rows.get(Status.IN_DOUBT, 0),
        failed=rows.get(Status.FAILED, 0),
        bounced=counted.get("bounced", 0),
        cancelled=max(audience - handled, 0) + rows.get(Status.CANCELLED, 0) if is_over else 0,
        answered=counted.get("answered", 0),
        unsubscribed=counted.get("unsubscribed", 0),
        costs=tuple(Cost(*one) for one in counted.get("costs", ())),
        counted_at=at if campaign.recipient_count > FEW else None,
    )


def _counted_for(campaign: Campaign, user: User) -> tuple[dict[str, Any], int, datetime]:
    """Return what was counted, how many are in the audience, and when, of those whom `user` may see."""

    def counted() -> tuple[dict[str, Any], int, datetime]:
        return _counted(campaign, user), audiences([campaign], user).get(campaign.pk, 0), now()

    return _kept(f"figures.{campaign.pk}", user, counted, _age(campaign) if campaign.recipient_count > FEW else None)


def _kept(name: str, user: User, count: Callable[[], Any], age: timedelta | None) -> Any:
    """Return what was counted for `user`, and nobody else, not longer than `age` ago; None: it is counted anew."""
    if age is None:
        return count()
    key = f"campaigns:{name}:{user.pk}.{user.role}.{user.team_id}"
    return cache.get_or_set(key, count, age.total_seconds())


def refresh(campaign: Campaign) -> None:
    """Count anew if the last count is too old."""
    if _is_stale(campaign):
        count(campaign)


def _is_stale(campaign: Campaign) -> bool:
    if campaign.counted_at is None or campaign.recipient_count <= FEW:
        return True
    return campaign.counted_at < now() - _age(campaign)


def _age(campaign: Campaign) -> timedelta:
    return timedelta(seconds=5 + campaign.recipient_count // 100_000)  # of a million: counted every 15 seconds


def count(campaign: Campaign) -> None:
    """Count anew from the rows and keep it. Who looks meanwhile at one to many keeps the figures that they have."""
    mine = Campaign.objects.filter(pk=campaign.pk, counted_at=campaign.counted_at)
    if campaign.recipient_count <= FEW or campaign.counted_at is None or mine.update(counted_at=now()):
        campaign.counted, campaign.counted_at = _counted(campaign), now()
        campaign.save(update_fields=["counted", "counted_at"])
    else:
        campaign.refresh_from_db(fields=["counted", "counted_at"])


def _counted(campaign: Campaign, user: User | None = None) -> dict[str, Any]:
    mine, theirs = messages(campaign, user), recipients([campaign], user)
    carrier = carriers.of(campaign.channel)
    return {
        "by_status": dict(mine.values_list("status").annotate(n=Count("pk")).order_by()),
        "bounced": mine.filter(CAME_BACK).count(),
        **(_arrived(mine) if carrier and carrier.tells_delivery else {}),
        "answered": theirs.filter(answered_at__isnull=False).count(),
        "unsubscribed": theirs.filter(unsubscribed_at__isnull=False).count(),
    }


def _arrived(rows: MessageQuerySet) -> dict[str, Any]:
    """Return what arrived, and what was paid for it: no index knows that, so it is asked where a provider tells."""
    sums = list(
        rows.values_list("cost_currency").order_by().annotate(
            delivered=Count("delivered_at"), cost=Sum(F("parts") * F("part_cost")), all=Sum("parts")
        )
    )  # fmt: skip
    costs = [(cents(cost, currency), currency, parts) for currency, _delivered, cost, parts in sums if cost is not None]
    return {"delivered": sum(row[1] for row in sums), "costs": costs}


def count_lately() -> None:
    """Count paused campaigns and those that ended lately: bounces, answers, what workers had in hand come later."""
    at = now()
    lately = Q(status=Campaign.Status.PAUSED) | Q(status__in=OVER, finished_at__gt=at - LATELY)
    old = Q(counted_at=None) | Q(counted_at__lt=at - timedelta(minutes=1))
    for campaign in Campaign.objects.filter(lately & old).exclude(pk__in=apart.resting(COUNTING)):
        with apart.apart(COUNTING, campaign.pk, in_one=False):
            count(campaign)


def counts_by_status(campaigns: Sequence[Campaign], user: User) -> dict[tuple[int, str], int]:
    """Return {(campaign, status): how many messages}, as it was counted last."""
    if not sees_all(user):
        return {(pk, status): n for pk, status, n in _of_list("statuses", campaigns, user, _by_status)}
    for campaign in campaigns:
        if campaign.launched_at and campaign.counted_at is None:
            count(campaign)
    return {(one.pk, status): n for one in campaigns for status, n in (one.counted or {}).get("by_status", {}).items()}


def audiences(campaigns: Sequence[Campaign], user: User) -> dict[int, int]:
    """Return {campaign: how many were chosen to get it}; nothing of one that has not begun."""
    if sees_all(user):
        return {one.pk: one.recipient_count for one in campaigns if one.launched_at}
    counted = dict.fromkeys((one.pk for one in campaigns if one.launched_at), 0)
    return counted | dict(_of_list("audiences", campaigns, user, _chosen))


def _by_status(campaigns: Sequence[Campaign], user: User) -> list[tuple[int, str, int]]:
    rows = Message.objects.filter(origin=ORIGIN, origin_id__in=[one.pk for one in campaigns]).visible_to(user)
    return list(rows.values_list("origin_id", "status").annotate(n=Count("pk")).order_by())


def _chosen(campaigns: Sequence[Campaign], user: User) -> list[tuple[int, int]]:
    rows = recipients(campaigns, user).filter(reason="")
    return list(rows.values_list("campaign").annotate(n=Count("pk")))


def _of_list(name: str, campaigns: Sequence[Campaign], user: User, count: Callable[..., list]) -> list:
    """Return what `count` counts of the campaigns that have begun; if one went to many, as it was a minute ago."""
    begun = [one for one in campaigns if one.launched_at]
    age = A_WHILE if any(one.recipient_count > FEW for one in begun) else None
    ids = ".".join(str(one.pk) for one in begun)
    return _kept(f"{name}.{ids}", user, lambda: count(begun, user), age) if begun else []


def excluded(campaign: Campaign, user: User) -> list[tuple[str, int]]:
    """Return [(reason in words, how many)] of those who did not get it, most first; also who said no meanwhile."""
    words = outbox.reasons(campaign.channel) | REASONS
    frozen = campaign.excluded
    if not sees_all(user):
        left_out = recipients([campaign], user).exclude(reason="").values_list("reason")
        frozen = dict(left_out.annotate(n=Count("pk")).order_by("reason"))
    rows = (Counter(frozen) + Counter(dict(_by_reason(campaign, Message.Status.REFUSED, user)))).most_common()
    return [(capfirst(str(words.get(reason, reason))), count) for reason, count in rows]


def failure_reasons(campaign: Campaign, user: User) -> list[tuple[str, int]]:
    """Return [(reason, how many)] of what failed, the commonest first."""
    return list(_by_reason(campaign, Message.Status.FAILED, user)[:REASONS_SHOWN])


def _by_reason(campaign: Campaign, status: str, user: User) -> QuerySet[Message, tuple[str, int]]:
    rows = messages(campaign, user).filter(status=status).order_by()
    return rows.values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")


def doubts(campaign: Campaign, user: Any) -> list[Message]:
    """Return those of which nobody knows whether they arrived, of the customers whom `user` may see."""
    return _some(messages(campaign, user).in_doubt())


def failures(campaign: Campaign, user: Any) -> list[Message]:
    """Return those that failed or came back, with the reason, of the customers whom `user` may see."""
    lost = messages(campaign, user).filter(Q(status=Message.Status.FAILED) | CAME_BACK)
    return _some(lost)


def _some(rows: MessageQuerySet) -> list[Message]:
    return list(rows.select_related("customer").order_by("id")[:SHOWN])


def answers(campaign: Campaign, user: Any) -> list[Conversation]:
    """Return the conversations that began with this campaign's message, of those that `user` may read."""
    begun = Interaction.objects.filter(origin=ORIGIN, origin_id=campaign.pk, conversation__isnull=False)
    rows = Conversation.objects.visible_to(user).filter(pk__in=begun.values("conversation"))
    return list(rows.select_related("customer").order_by("-touched_at", "-id")[:SHOWN])


def note_unsubscribed(campaign_id: int, customer_id: int) -> None:
    """Write down that a recipient unsubscribed from this campaign's message."""
    Recipient.objects.filter(campaign=campaign_id, customer=customer_id, unsubscribed_at=None).update(
        unsubscribed_at=now()
    )
