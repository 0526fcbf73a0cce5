"""What came of a campaign: counted from the rows of the outbox, never from a tally that could drift."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.text import capfirst
from django.utils.timezone import now

from campaigns.launching import ORIGIN
from campaigns.models import Campaign, Recipient
from interactions import outbox
from interactions.models import Conversation, Interaction, Message
from interactions.models.message import MessageQuerySet

SHOWN = 50  # rows of a list on the results page


@dataclass(frozen=True)
class Figures:
    """How many of a campaign's messages are where. `waiting` counts those not yet in the outbox too."""

    status: str
    recipients: int
    waiting: int
    sent: int
    in_doubt: int
    failed: int
    bounced: int
    cancelled: int
    answered: int
    unsubscribed: int

    @property
    def done(self) -> int:
        return self.recipients - self.waiting

    @property
    def version(self) -> str:
        """Changes whenever a number on the part does."""
        counts = (self.recipients, self.waiting, self.sent, self.in_doubt, self.failed, self.bounced, self.cancelled)
        return "-".join([self.status, *map(str, counts), str(self.answered), str(self.unsubscribed)])


def messages(campaign: Campaign) -> MessageQuerySet:
    return Message.objects.filter(origin=ORIGIN, origin_id=campaign.pk)


def figures(campaign: Campaign) -> Figures:
    Status = Message.Status
    rows = dict(messages(campaign).values_list("status").annotate(n=Count("pk")).order_by())
    people = campaign.recipients.aggregate(
        answered=Count("pk", filter=Q(answered_at__isnull=False)),
        unsubscribed=Count("pk", filter=Q(unsubscribed_at__isnull=False)),
    )
    left = [Status.SENT, Status.IN_DOUBT, Status.FAILED, Status.CANCELLED, Status.REFUSED]
    handled = sum(rows.get(status, 0) for status in left)
    is_over = campaign.status in (Campaign.Status.CANCELLED, Campaign.Status.FINISHED)
    return Figures(
        status=campaign.status,
        recipients=campaign.recipient_count,
        waiting=0 if is_over else max(campaign.recipient_count - handled, 0),
        sent=rows.get(Status.SENT, 0),
        in_doubt=rows.get(Status.IN_DOUBT, 0),
        failed=rows.get(Status.FAILED, 0),
        bounced=messages(campaign).filter(bounced_at__isnull=False).count(),
        cancelled=max(campaign.recipient_count - handled, 0) + rows.get(Status.CANCELLED, 0) if is_over else 0,
        answered=people["answered"],
        unsubscribed=people["unsubscribed"],
    )


def counts_by_status(campaign_ids: list[int]) -> dict[tuple[int, str], int]:
    """Return {(campaign, status): how many messages}."""
    rows = Message.objects.filter(origin=ORIGIN, origin_id__in=campaign_ids).order_by()
    return {
        (campaign, status): n for campaign, status, n in rows.values_list("origin_id", "status").annotate(n=Count("pk"))
    }


def excluded(campaign: Campaign) -> list[tuple[str, int]]:
    """Return [(reason in words, how many)] of those who did not get it, most first."""
    words = outbox.reasons()
    rows = sorted(campaign.excluded.items(), key=lambda row: -row[1])
    return [(capfirst(str(words.get(reason, reason))), count) for reason, count in rows]


def doubts(campaign: Campaign, user: Any) -> list[Message]:
    """Return those of which nobody knows whether they arrived, of the customers whom `user` may see."""
    return _some(messages(campaign).visible_to(user).in_doubt())


def failures(campaign: Campaign, user: Any) -> list[Message]:
    """Return those that failed or came back, with the reason, of the customers whom `user` may see."""
    lost = Q(status=Message.Status.FAILED) | Q(bounced_at__isnull=False)
    return _some(messages(campaign).visible_to(user).filter(lost))


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
