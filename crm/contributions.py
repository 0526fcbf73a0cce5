"""The checks of what everything stands on: database, migrations, broker, worker, clock, disk, backup."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.apart import FORGOTTEN_AFTER
from crm.backups import newest
from crm.events.models import Heartbeat, Setback, Wakeup
from crm.formats import filesize, moment
from crm.health import OFF, SOON, STOPPED, WELL, Finding, check
from crm.queues import ORDINARY, PERSONAL, QUICK, every

SILENT_AFTER = timedelta(seconds=90)  # the heart beats every 20 seconds; a long job may delay it
MANY_JOBS = 10_000  # waiting in the broker
LOW_SHARE, LOWEST_SHARE = 0.10, 0.02  # of the disk that is free
FAILED_OFTEN = 4  # attempts: more than a moment's trouble
OLD_BACKUP = timedelta(hours=36)


@check("database")
def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))")
        version, size = cursor.fetchone()
    return Finding(WELL, f"PostgreSQL {version.split()[0]}, {size}")


@check("migrations")
def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        words = ngettext("%(num)d migration waits.", "%(num)d migrations wait.", len(waiting)) % {"num": len(waiting)}
        return Finding(STOPPED, words, _("Run: %(command)s") % {"command": "python manage.py migrate"})
    return Finding(WELL, _("All are applied."))


@check("broker")
def broker() -> Finding:
    with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=3) as client:
        waiting = sum(client.llen(queue) for queue in every())
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        words = _("The broker may forget jobs (%(policy)s).") % {"policy": policy}
        return Finding(SOON, words, _("Set its maxmemory-policy to noeviction."))
    words = ngettext("%(num)d job waits.", "%(num)d jobs wait.", waiting) % {"num": waiting}
    if waiting > MANY_JOBS:
        return Finding(SOON, words, _("Start more workers, or look at what they are busy with."))
    return Finding(WELL, words)


@check("cache")
def cached() -> Finding:
    cache.set("doctor", "well", 10)
    is_well = cache.get("doctor") == "well"
    return Finding(WELL, _("answers")) if is_well else Finding(STOPPED, _("It forgets at once."))


@check("worker")
def worker() -> Finding:
    return _pulse("worker", f"celery --app crm worker --queues {ORDINARY}")


@check("quick worker")
def quick_worker() -> Finding:
    """Who looks after calls and wakes all others: without it nothing goes by itself."""
    return _pulse("quick", f"celery --app crm worker --queues {QUICK}")


@check("personal worker", label=gettext_lazy("Worker of answers"), group="background")
def personal_worker() -> Finding:
    """Who sends answers, over whatever channel: without it they wait."""
    return _pulse("personal", f"celery --app crm worker --queues {PERSONAL}")


@check("clock")
def clock() -> Finding:
    return _pulse("clock", "celery --app crm beat --scheduler celery.beat:Scheduler")


@check("reactions")
def owed_reactions() -> Finding:
    """What an event should have led to, and failed again and again. It is tried every two hours all the same."""
    failing = Wakeup.objects.filter(done_at=None, attempts__gte=FAILED_OFTEN).order_by("due_at")
    last = failing.values("reaction", "trouble").last()
    if last is None:
        return Finding(WELL, _("None fails."))
    words = _("%(reaction)s fails: %(trouble)s") % {**last, "trouble": last["trouble"].splitlines()[0][:200]}
    return Finding(SOON, words, _("Mend what it says; it is tried again by itself. The log has the rest."))


@check("put aside")
def put_aside() -> Finding:
    """What background work failed at and goes on trying, an item at a time: the rest goes on without it."""
    bad = Setback.objects.filter(due_at__gt=now() - FORGOTTEN_AFTER)
    last = bad.order_by("-attempts", "pk").first()
    if last is None:
        return Finding(WELL, _("Nothing is."))
    count = bad.count()
    words = ngettext("%(num)d item fails: %(last)s", "%(num)d items fail, one of them: %(last)s", count)
    return Finding(
        SOON, words % {"num": count, "last": str(last)[:300]}, _("Mend what it says; it is tried again by itself.")
    )


@check("disk")
def disk() -> Finding:
    usage = shutil.disk_usage(settings.VAR if settings.VAR.exists() else Path("/"))
    words = _("%(free)s of %(all)s are free.") % {"free": filesize(usage.free), "all": filesize(usage.total)}
    if usage.free < usage.total * LOWEST_SHARE:
        return Finding(STOPPED, words, _("Free some space now: the database stops when it is full."))
    return Finding(SOON if usage.free < usage.total * LOW_SHARE else WELL, words, _("Free some space."))


@check("backup")
def backup() -> Finding:
    last = newest(settings.BACKUPS)
    if last is None:
        return Finding(OFF, _("There is none yet."), _("It is made each night; at once by: bin/backup"))
    made = datetime.fromtimestamp(last.stat().st_mtime, now().tzinfo)
    if now() - made > OLD_BACKUP:
        words = _("The last one is of %(moment)s.") % {"moment": moment(made)}
        return Finding(SOON, words, _("Run bin/backup and look at its words."))
    return Finding(WELL, f"{moment(made)}, {filesize(last.stat().st_size)}")


def _pulse(part: str, command: str) -> Finding:
    advice = _("Start it: %(command)s (manage.py up does)") % {"command": command}
    seen = Heartbeat.objects.filter(part=part).values_list("seen_at", flat=True).first()
    if seen is None:
        return Finding(STOPPED, _("It was never seen."), advice)
    if now() - seen > SILENT_AFTER:
        return Finding(STOPPED, _("Last seen: %(moment)s.") % {"moment": moment(seen)}, advice)
    return Finding(WELL, _("seen %(n)d s ago") % {"n": (now() - seen).seconds})
