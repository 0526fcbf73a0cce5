"""Background work of this room: base amounts that are owed. May run twice, or beside itself: rows carry the state."""

import time

from celery import shared_task

from sales import recounting

RUN_SECONDS = 60  # then others have their turn at this worker


@shared_task(time_limit=300)
def recount() -> None:
    """Count what is owed, slice by slice, until nothing is, or others wait."""
    until = time.monotonic() + RUN_SECONDS
    recounting.follow()
    while recounting.take_slice():
        if time.monotonic() > until:
            recount.delay()
            return
    recounting.follow()  # when that was the last amount of the former currency
