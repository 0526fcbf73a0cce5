"""Background work of this room: imports. May run twice, late or beside itself; the file's row carries the state."""

import time
from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils.timezone import now

from crm import apart
from crm.queues import QUICK
from customers import batching, people_files
from customers.models import ImportFile

SLICE_SECONDS = 60  # then others have their turn at this worker
TAKING = "import"  # what it may fail at: crm.apart
LOST_AFTER = timedelta(seconds=30)  # a running import without a beat has lost its worker

__all__ = ["drive_imports", "people_files", "run_import"]  # people_files registers its kind


@shared_task(time_limit=600)
def run_import(file_id: int) -> None:
    """Take batches of one import until it is done, stopped, or others wait."""
    until = time.monotonic() + SLICE_SECONDS
    with apart.apart(TAKING, file_id, in_one=False):
        while batching.take_batch(file_id):
            if time.monotonic() > until:
                run_import.delay(file_id)
                return


@shared_task(queue=QUICK, time_limit=30)
def drive_imports() -> None:
    """Let imports go on whose worker died, or whose job was lost."""
    lost = Q(beat_at=None, started_at__lt=now() - LOST_AFTER) | Q(beat_at__lt=now() - LOST_AFTER)
    running = ImportFile.objects.filter(lost, status=ImportFile.Status.RUNNING)
    for pk in running.exclude(pk__in=apart.resting(TAKING)).values_list("pk", flat=True):
        run_import.delay(pk)
