"""What takes its time and what must not wait are served by different workers, and every queue is served."""

from celery.schedules import crontab

from crm import queues
from crm.celery import app
from crm.running import processes
from crm.schedule import SCHEDULE

MOMENT = 60  # seconds that a quick job may take at most, before it is killed


def option(process, name):
    return set(process.command[process.command.index(name) + 1].split(","))


def test_the_quick_worker_serves_what_the_other_does_not():
    quick = option(processes.quick(), "--queues")
    assert quick == option(processes.worker(), "--exclude-queues") == set(queues.OF_THE_QUICK_WORKER)
    assert set(app.amqp.queues) == set(queues.EVERY) > quick, "a worker that is told of none serves all"


def test_every_job_waits_in_a_queue_that_somebody_serves_and_the_quick_ones_are_quick():
    app.loader.import_default_modules()
    waits_in = {name: getattr(job, "queue", None) or queues.ORDINARY for name, job in app.tasks.items()}
    assert set(waits_in.values()) <= set(queues.EVERY)
    quick = {name for name, queue in waits_in.items() if queue == queues.QUICK}
    assert {"interactions.jobs.deliver_due", "crm.events.jobs.sweep", "interactions.jobs.settle_missed_calls"} <= quick
    assert {name for name in quick if app.tasks[name].time_limit > MOMENT} == set()


def test_both_workers_have_a_heart_and_nothing_nightly_is_quick():
    beats = [line["options"].get("queue") for line in SCHEDULE.values() if line["task"] == "crm.events.jobs.beat"]
    assert beats == [None, queues.QUICK]
    nightly = [line["task"] for line in SCHEDULE.values() if isinstance(line["schedule"], crontab)]
    assert all(getattr(app.tasks[name], "queue", None) != queues.QUICK for name in nightly)
