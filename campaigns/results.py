"""What came of a campaign: counted from the rows of the outbox, never from a tally that could drift."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from campaigns.launching import ORIGIN
from campaigns.models import Campaign, Recipient
from crm import apart
from crm.money import cents
from crm.words import Words
from interactions import carriers, outbox
from interactions.models import Conversation, Interaction, Message
from interactions.models.message import MessageQuerySet

SHOWN = 50  # rows of a list on the results page
FEW = 10_000  # recipients; so many are counted whenever somebody looks
LATELY = timedelta(hours=1)
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


def messages(campaign: Campaign) -> MessageQuerySet:
    return Message.objects.filter(origin=ORIGIN, origin_id=campaign.pk)


def figures(campaign: Campaign) -> Figures:
    """Return the figures: of a campaign to many as they were a few seconds ago, so that watching it costs little."""
    refresh(campaign)
    counted = campaign.counted or {}
    Status, rows = Message.Status, counted.get("by_status", {})
    left = [Status.SENT, Status.IN_DOUBT, Status.FAILED, Status.CANCELLED, Status.REFUSED]
    handled = sum(rows.get(status, 0) for status in left)
    is_over = campaign.status in OVER
    return Figures(
        status=campaign.status,
        recipients=campaign.recipient_count,
        waiting=0 if is_over else max(campaign.recipient_count - handled, 0),
        sent=rows.get(Status.SENT, 0),
        delivered=counted.get("delivered"),
        in_doubt=rows.get(Status.IN_DOUBT, 0),
        failed=rows.get(Status.FAILED, 0),
        bounced=counted.get("bounced", 0),
        cancelled=max(campaign.recipient_count - handled, 0) + rows.get(Status.CANCELLED, 0) if is_over else 0,
        answered=counted.get("answered", 0),
        unsubscribed=counted.get("unsubscribed", 0),
        costs=tuple(Cost(*one) for one in counted.get("costs", ())),
        counted_at=campaign.counted_at if campaign.recipient_count > FEW else None,
    )


def refresh(campaign: Campaign) -> None:
    """Count anew if the last count is too old."""
    if _is_stale(campaign):
        count(campaign)


def _is_stale(campaign: Campaign) -> bool:
    if campaign.counted_at is None or campaign.recipient_count <= FEW:
        return True
    age = timedelta(seconds=5 + campaign.recipient_count // 100_000)  # of a million: counted every 15 seconds
    return campaign.counted_at < now() - age


def count(campaign: Campaign) -> None:
    """Count anew from the rows and keep it. Who looks meanwhile at one to many keeps the figures that they have."""
    mine = Campaign.objects.filter(pk=campaign.pk, counted_at=campaign.counted_at)
    if campaign.recipient_count <= FEW or campaign.counted_at is None or mine.update(counted_at=now()):
        campaign.counted, campaign.counted_at = _counted(campaign), now()
        campaign.save(update_fields=["counted", "counted_at"])
    else:
        campaign.refresh_from_db(fields=["counted", "counted_at"])


def _counted(campaign: Campaign) -> dict[str, Any]:
    by_status = messages(campaign).values_list("status").annotate(n=Count("pk")).order_by()
    carrier = carriers.of(campaign.channel)
    return {
        "by_status": dict(by_status),
        "bounced": messages(campaign).filter(CAME_BACK).count(),
        **(_arrived(campaign) if carrier and carrier.tells_delivery else {}),
        "answered": campaign.recipients.filter(answered_at__isnull=False).count(),
        "unsubscribed": campaign.recipients.filter(unsubscribed_at__isnull=False).count(),
    }


def _arrived(campaign: Campaign) -> dict[str, Any]:
    """Return what arrived, and what was paid for it: no index knows that, so it is asked where a provider tells."""
    sums = messages(campaign).values_list("cost_currency").order_by().annotate(
        delivered=Count("delivered_at"), cost=Sum(F("parts") * F("part_cost")), all=Sum("parts")
    )  # fmt: skip
    rows = list(sums)
    costs = [(cents(cost, currency), currency, parts) for currency, _delivered, cost, parts in rows if cost is not None]
    return {"delivered": sum(row[1] for row in rows), "costs": costs}


def count_lately() -> None:
    """Count paused campaigns and those that ended lately: bounces, answers, what workers had in hand come later."""
    at = now()
    lately = Q(status=Campaign.Status.PAUSED) | Q(status__in=OVER, finished_at__gt=at - LATELY)
    old = Q(counted_at=None) | Q(counted_at__lt=at - timedelta(minutes=1))
    for campaign in Campaign.objects.filter(lately & old).exclude(pk__in=apart.resting(COUNTING)):
        with apart.apart(COUNTING, campaign.pk, in_one=False):
            count(campaign)


def counts_by_status(campaigns: Iterable[Campaign]) -> dict[tuple[int, str], int]:
    """Return {(campaign, status): how many messages}, as it was counted last."""
    for campaign in campaigns:
        if campaign.launched_at and campaign.counted_at is None:
            count(campaign)
    return {(one.pk, status): n for one in campaigns for status, n in (one.counted or {}).get("by_status", {}).items()}


def excluded(campaign: Campaign) -> list[tuple[str, int]]:
    """Return [(reason in words, how many)] of those who did not get it, most first; also who said no meanwhile."""
    words = outbox.reasons(campaign.channel) | REASONS
    refused = _by_reason(campaign, Message.Status.REFUSED)
    rows = (Counter(campaign.excluded) + Counter(dict(refused))).most_common()
    return [(capfirst(str(words.get(reason, reason))), count) for reason, count in rows]


def failure_reasons(campaign: Campaign) -> list[tuple[str, int]]:
    """Return [(reason, how many)] of what failed, the commonest first."""
    return list(_by_reason(campaign, Message.Status.FAILED)[:REASONS_SHOWN])


def _by_reason(campaign: Campaign, status: str) -> QuerySet[Message, tuple[str, int]]:
    rows = messages(campaign).filter(status=status).order_by()
    return rows.values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")


def doubts(campaign: Campaign, user: Any) -> list[Message]:
    """Return those of which nobody knows whether they arrived, of the customers whom `user` may see."""
    return _some(messages(campaign).visible_to(user).in_doubt())


def failures(campaign: Campaign, user: Any) -> list[Message]:
    """Return those that failed or came back, with the reason, of the customers whom `user` may see."""
    lost = messages(campaign).visible_to(user).filter(Q(status=Message.Status.FAILED) | CAME_BACK)
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
