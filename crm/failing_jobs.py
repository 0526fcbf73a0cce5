"""A job that raises is shown by doctor until it succeeds: what nothing else catches does not fail unseen.

Imported when Django is ready; from then on every worker listens to its own jobs.
"""

from contextlib import suppress
from time import monotonic
from typing import Any

from celery import Task
from celery.signals import task_failure, task_success
from django.db import Error

from crm import apart
from crm.events.models import Setback

DEED = "job"
REMEMBERED_SECONDS = 30  # which jobs fail; so long a success may not be noticed
NEVER = (float("-inf"), frozenset[str]())
_known = NEVER  # when it was asked last, and what the answer was


@task_failure.connect
def failed(sender: Task, exception: Exception, **_: Any) -> None:
    """Note what this job raised; where the database is what ails, its own check says so."""
    with suppress(Error):
        apart.note(DEED, sender.name, apart.why(exception))


@task_success.connect
def succeeded(sender: Task, **_: Any) -> None:
    global _known
    if sender.name in _failing():
        apart.settle(DEED, [sender.name])
        _known = NEVER


def _failing() -> frozenset[str]:
    """Return the jobs that fail, as they were some seconds ago: thousands of jobs do not ask each time."""
    global _known
    if _known[0] + REMEMBERED_SECONDS < monotonic():
        _known = monotonic(), frozenset(Setback.objects.filter(deed=DEED).values_list("key", flat=True))
    return _known[1]
