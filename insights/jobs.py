import time

from celery import shared_task

from insights import evaluating, listing, passing, refreshing

RUN_SECONDS = 60  # then others have their turn at this worker


@shared_task(time_limit=300)
def refresh_touched() -> None:
    """Redo what changed since the last look; try the sources again that failed."""
    refreshing.try_again()
    refreshing.refresh_all_touched()


@shared_task(time_limit=300)
def follow_time() -> None:
    """Redo whose figures change on a day that has begun; ask all segments anew: rules compare with now."""
    refreshing.touch_changing()
    refreshing.refresh_all_touched()
    evaluating.evaluate()


@shared_task(time_limit=60)
def refresh_all() -> None:
    """Let everybody be redone."""
    passing.owe()


@shared_task(time_limit=300)
def drive_pass() -> None:
    """Go on with the pass through everybody, begun or owed."""
    if passing.drive():
        drive_pass.delay()


@shared_task(time_limit=300)
def put_on_lists() -> None:
    """Go on putting many on lists, slice by slice, until nothing is owed or others wait."""
    until = time.monotonic() + RUN_SECONDS
    while listing.take_slice():
        if time.monotonic() > until:
            put_on_lists.delay()
            return
