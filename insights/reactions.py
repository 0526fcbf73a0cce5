from crm.events.models import Event
from crm.events.reactions import on
from insights import evaluating, jobs, refreshing


@on("segment.saved")
def fill(event: Event) -> None:
    """Somebody wrote a rule: find who answers it now."""
    evaluating.evaluate()


@on("segment.listed", "segment.unlisted")
def follow(event: Event) -> None:
    """Who was put on a list is in it at once, if nobody is at profiles; else with the next look of the clock.

    What is left of a large listing is gone on with.
    """
    refreshing.refresh_touched()
    jobs.put_on_lists.delay_on_commit()
