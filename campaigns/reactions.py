from django.utils.timezone import now

from campaigns import jobs
from campaigns.launching import ORIGIN
from campaigns.models import Recipient
from crm.events.models import Event
from crm.events.reactions import on


@on("campaign.launched", "campaign.resumed")
def begin(event: Event) -> None:
    """Start at once instead of with the next look of the clock."""
    jobs.go_on.delay_on_commit(event.about_id)


@on("interaction.received")
def note_answer(event: Event) -> None:
    """A recipient answered a campaign's message."""
    if event.data.get("answers_origin") == ORIGIN:
        Recipient.objects.filter(
            campaign=event.data["answers_origin_id"], customer=event.customer_id, answered_at=None
        ).update(answered_at=now())
