from celery import shared_task

from insights import refreshing


@shared_task(time_limit=300)
def refresh_touched() -> None:
    """Redo what changed since the last look."""
    refreshing.refresh_all_touched()


@shared_task(time_limit=800, soft_time_limit=750)  # less than the broker waits before it hands a job out again
def refresh_all() -> None:
    """Redo everybody: windows of time pass without a write."""
    refreshing.refresh_everybody()
