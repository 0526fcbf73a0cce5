from django.utils.timezone import now

from campaigns import jobs, results
from campaigns.launching import ORIGIN
from campaigns.models import Recipient
from crm.events.models import Event
from crm.events.reactions import on
from crm.events.recording import record
from customers.touch import touch
from interactions import outcomes
from interactions.models import Direction, Interaction, Message
from staff.models import User


@on("campaign.launched", "campaign.resumed")
def begin(event: Event) -> None:
    """Start at once instead of with the next look of the clock."""
    jobs.go_on.delay_on_commit(event.about_id)


@on("interaction.received")
def note_answer(event: Event) -> None:
    """A recipient answered a campaign's message: the first time is told, once for each recipient of each campaign.

    Whoever wrote the answer, it counts for the one who was written to; but not what a colleague or a machine wrote. One
    that says STOP and no more is none: they have unsubscribed.
    """
    if event.data.get("origin") != ORIGIN:
        return
    if event.data.get("outcome") in outcomes.SILENT:
        if event.data["outcome"] == outcomes.STOPPED:
            _note_stop(event)
        return
    answer = Interaction.objects.filter(pk=event.about_id, direction=Direction.IN, kind="message").first()
    if answer is None or User.objects.filter(email=answer.from_address.lower()).exists():
        return
    asked = Message.objects.filter(pk=event.data.get("message")).values("customer_id")
    waiting = Recipient.objects.filter(campaign=event.data["origin_id"], customer__in=asked, answered_at=None)
    for recipient in waiting.select_related("campaign", "customer"):
        if Recipient.objects.filter(pk=recipient.pk, answered_at=None).update(answered_at=now()):
            touch([recipient.customer_id])
            record("campaign.answered", about=recipient.campaign, customer=recipient.customer, interaction=answer.pk)


def _note_stop(event: Event) -> None:
    message = Message.objects.filter(pk=event.data["message"], customer__isnull=False).first()
    if message and message.customer_id:
        results.note_unsubscribed(event.data["origin_id"], message.customer_id)
