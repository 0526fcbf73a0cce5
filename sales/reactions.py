from crm.events.models import Event
from crm.events.reactions import on
from sales import jobs


@on("exchange_rate.set", "exchange_rate.removed", "currency.changed")
def begin(event: Event) -> None:
    """Count anew at once instead of with the next look of the clock."""
    jobs.recount.delay_on_commit()
