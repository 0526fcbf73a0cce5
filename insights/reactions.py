from crm.events.models import Event
from crm.events.reactions import on
from insights import evaluating


@on("segment.saved")
def fill(event: Event) -> None:
    """Somebody wrote a rule: find who answers it now."""
    evaluating.evaluate()
