"""What this room does about facts of its own and of the rooms below."""

from crm import days
from crm.events.reactions import on
from interactions import jobs, promising


@on("organisation.changed")
def end_days_elsewhere(event) -> None:
    """A promise for a day is late when that day is over in the organisation's zone, also in another one."""
    if "time_zone" in event.data["after"]:
        days.changed(event.data["after"]["time_zone"])
        promising.days_moved()


@on("message.queued", is_quick=True)
def send_soon(event) -> None:
    """A personal message leaves at once, not at the clock's next tick."""
    jobs.deliver_soon(event.about_id)
