"""A real worker, as `manage.py up` starts it, and its connections to the database."""

import signal
import time
from itertools import count

import pytest
from django.db import connection
from django.utils.timezone import now

from crm import queues
from crm.celery import app
from crm.engines import children as spawning
from crm.events import jobs
from crm.events.models import Event, Heartbeat, Wakeup
from crm.running import processes
from crm.running.runner import ROOT
from tests.databases import environment

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
NAME = "filo-worker-of-a-test"
PATIENCE_SECONDS = 60  # for a start on a busy machine
_numbers = count(1)


@pytest.fixture
def start(tmp_path):
    """Return a function that starts one of the workers, over the database of this test."""
    children = []

    def spawn(process):
        with (tmp_path / f"{process.name}.log").open("wb") as log:
            env = {**environment(connection.settings_dict), "PGAPPNAME": NAME}
            children.append(spawning.spawn(process.command, env=env, output=log, cwd=ROOT))

    yield spawn
    for child in children:
        spawning.stop_group(child, signal.SIGTERM, patience_seconds=30)


def test_a_worker_process_keeps_one_connection_and_no_job_fails_after_it_broke(start):
    start(processes.worker())
    before = do_jobs(40)
    assert len(before) <= processes.JOB_WORKERS

    rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", NAME)
    after = do_jobs(40)
    assert len(after) <= processes.JOB_WORKERS and not after & before


def test_queues_that_no_setting_names_are_served_each_by_one_worker_and_jobs_in_them_are_done(start, broker):
    """Those of the channels: an answer waits for the worker of answers, and a campaign for the other."""
    for process in (processes.worker(), processes.quick(), processes.personal()):
        start(process)
    expected = {"worker": queues.ORDINARY, "quick": queues.QUICK, "personal": queues.PERSONAL}
    wait_for(lambda: len(served()) == len(expected))
    assert served() == {name: {queue, *queues.served_with([queue])} for name, queue in expected.items()}
    assert sorted(queues.every()) == sorted(name for names in served().values() for name in names)
    for name in queues.every():
        jobs.beat.apply_async([name], queue=name)  # the producer knows no such queue either
    wait_for(lambda: set(Heartbeat.objects.values_list("part", flat=True)) >= set(queues.every()))
    assert not any(broker.llen(name) for name in queues.every())


def served():
    """Return {worker: its queues}, as the workers themselves tell."""
    told = app.control.inspect(timeout=2).active_queues() or {}
    return {name.partition("@")[0]: {queue["name"] for queue in its} for name, its in told.items()}


def wait_for(is_so):
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.2)


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
