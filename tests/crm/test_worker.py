"""A real worker, as `manage.py up` starts it, and its connections to the database."""

import signal
import time
from itertools import count

import pytest
from django.db import connection
from django.utils.timezone import now

from crm.engines import children
from crm.events import jobs
from crm.events.models import Event, Wakeup
from crm.running import processes
from crm.running.runner import ROOT
from tests.databases import environment

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
NAME = "filo-worker-of-a-test"
PATIENCE_SECONDS = 60  # for a start on a busy machine
_numbers = count(1)


@pytest.fixture
def worker(tmp_path):
    with (tmp_path / "worker.log").open("wb") as log:
        child = children.spawn(
            processes.worker().command,
            env={**environment(connection.settings_dict), "PGAPPNAME": NAME},
            output=log,
            cwd=ROOT,
        )
        yield
        children.stop_group(child, signal.SIGTERM, patience_seconds=30)


def test_a_worker_process_keeps_one_connection_and_no_job_fails_after_it_broke(worker):
    before = do_jobs(40)
    assert len(before) <= processes.JOB_WORKERS

    rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", NAME)
    after = do_jobs(40)
    assert len(after) <= processes.JOB_WORKERS and not after & before


def do_jobs(amount):
    """Let the worker do so many jobs, each of which writes a row; return the sessions that it had meanwhile.

    A wake-up for a reaction that nobody has is put off: an attempt that can be counted.
    """
    event = Event.objects.create(kind="test.happened", about="crm.test", about_id=1)
    owed = [Wakeup(event=event, reaction=f"gone.{next(_numbers)}", due_at=now()) for _ in range(amount)]
    Wakeup.objects.bulk_create(owed)
    for wakeup in owed:
        jobs.react.delay(wakeup.pk)
    seen, end = set(), time.monotonic() + PATIENCE_SECONDS
    while Wakeup.objects.filter(event=event, attempts=0).exists():
        assert time.monotonic() < end, f"{Wakeup.objects.filter(event=event, attempts=0).count()} jobs were not done."
        seen |= rows(SESSIONS, NAME)
        time.sleep(0.01)
    return seen | rows(SESSIONS, NAME)


def rows(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0] for row in cursor.fetchall()}
