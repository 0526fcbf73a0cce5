"""What takes its time and what must not wait are served by different workers, and every queue is served."""

from celery.schedules import crontab

from crm import queues
from crm.celery import app
from crm.running import processes
from crm.schedule import SCHEDULE
from customers import channels

MOMENT = 60  # seconds that a quick job may take at most, before it is killed


def served(process):
    return process.command[process.command.index("--queues") + 1]


def test_each_worker_serves_one_queue_and_all_that_stand_beside_it():
    workers = [processes.worker(), processes.quick(), processes.personal()]
    assert [served(process) for process in workers] == list(queues.EVERY)
    assert set(app.amqp.queues) >= set(queues.EVERY), "a worker that is told of none serves all"
    beside = [name for queue in queues.EVERY for name in queues.served_with([queue])]
    assert sorted(queues.every()) == sorted([*queues.EVERY, *beside]) and len(set(beside)) == len(beside)


def test_every_channel_has_a_queue_for_one_and_one_for_many():
    keys = [channel.key for channel in channels.every()]
    assert list(queues.served_with([queues.PERSONAL])) == [f"deliver.{key}.personal" for key in keys]
    assert list(queues.served_with([queues.ORDINARY])) == [f"deliver.{key}.mass" for key in keys]
    assert list(queues.served_with([queues.QUICK])) == []


def test_every_job_waits_in_a_queue_that_somebody_serves_and_the_quick_ones_are_quick():
    app.loader.import_default_modules()
    waits_in = {name: getattr(job, "queue", None) or queues.ORDINARY for name, job in app.tasks.items()}
    assert set(waits_in.values()) <= set(queues.EVERY)
    quick = {name for name, queue in waits_in.items() if queue == queues.QUICK}
    assert {"interactions.jobs.deliver_due", "crm.events.jobs.sweep", "interactions.jobs.settle_missed_calls"} <= quick
    assert {name for name in quick if app.tasks[name].time_limit > MOMENT} == set()


def test_the_clock_knows_what_folders_added_and_each_job_that_it_starts():
    app.loader.import_default_modules()
    assert app.conf.beat_schedule is SCHEDULE and "poll-mailboxes" in SCHEDULE
    assert {line["task"] for line in SCHEDULE.values()} <= set(app.tasks)


def test_all_workers_have_a_heart_and_nothing_nightly_is_quick():
    beats = [line["options"].get("queue") for line in SCHEDULE.values() if line["task"] == "crm.events.jobs.beat"]
    assert beats == [None, queues.QUICK, queues.PERSONAL]
    nightly = [line["task"] for line in SCHEDULE.values() if isinstance(line["schedule"], crontab)]
    assert all(getattr(app.tasks[name], "queue", None) != queues.QUICK for name in nightly)
