"""What this room does about facts of its own and of the rooms below."""

from crm.events.reactions import on
from interactions import jobs


@on("message.queued", is_quick=True)
def send_soon(event) -> None:
    """A personal message leaves at once, not at the clock's next tick."""
    jobs.deliver_soon(event.about_id)
