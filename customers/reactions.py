"""What this room does about facts."""

from crm.events.models import Event
from crm.events.reactions import on
from customers import jobs


@on("import.started")
def take_in(event: Event) -> None:
    jobs.run_import.delay_on_commit(event.about_id)
