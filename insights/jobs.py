from celery import shared_task

from insights import refreshing, segments


@shared_task(time_limit=300)
def refresh_touched() -> None:
    """Redo what changed since the last look."""
    refreshing.refresh_all_touched()


@shared_task(time_limit=1800, soft_time_limit=1750)
def refresh_all() -> None:
    """Redo everybody: windows of time pass without a write."""
    refreshing.refresh()


@shared_task(time_limit=600)
def evaluate_all() -> None:
    segments.evaluate()
