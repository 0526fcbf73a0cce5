from django.utils.timezone import now

from campaigns import jobs
from campaigns.launching import ORIGIN
from campaigns.models import Recipient
from crm.events.models import Event
from crm.events.reactions import on
from interactions.models import Message


@on("campaign.launched", "campaign.resumed")
def begin(event: Event) -> None:
    """Start at once instead of with the next look of the clock."""
    jobs.go_on.delay_on_commit(event.about_id)


@on("interaction.received")
def note_answer(event: Event) -> None:
    """A recipient answered a campaign's message; whoever wrote the answer, it counts for the one who was written to."""
    if event.data.get("origin") != ORIGIN:
        return
    asked = Message.objects.filter(pk=event.data.get("message")).values("customer_id")
    recipients = Recipient.objects.filter(campaign=event.data["origin_id"], customer__in=asked, answered_at=None)
    recipients.update(answered_at=now())
