"""The checks of what everything stands on: database, migrations, broker, worker, clock, mail, disk, backup."""

import shutil
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from crm.backups import newest
from crm.celery import app
from crm.events.models import Heartbeat
from crm.health import OFF, SOON, STOPPED, WELL, Finding, check

SILENT_AFTER = timedelta(seconds=90)  # the heart beats every 20 seconds; a long job may delay it
MANY_JOBS = 10_000  # waiting in the broker
LOW_SHARE, LOWEST_SHARE = 0.10, 0.02  # of the disk that is free
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
        return Finding(STOPPED, f"{len(waiting)} migrations wait.", "Run: python manage.py migrate")
    return Finding(WELL, "All are applied.")


@check("broker")
def broker() -> Finding:
    with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=3) as client:
        waiting = sum(client.llen(queue) for queue in _queues())
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        return Finding(SOON, f"The broker may forget jobs ({policy}).", "Set its maxmemory-policy to noeviction.")
    if waiting > MANY_JOBS:
        return Finding(SOON, f"{waiting} jobs wait.", "Start more workers, or look at what they are busy with.")
    return Finding(WELL, f"{waiting} jobs wait.")


@check("cache")
def cached() -> Finding:
    cache.set("doctor", "well", 10)
    return Finding(WELL, "answers") if cache.get("doctor") == "well" else Finding(STOPPED, "It forgets at once.")


@check("worker")
def worker() -> Finding:
    return _pulse("worker", "Start it: celery --app crm worker (manage.py up does)")


@check("clock")
def clock() -> Finding:
    return _pulse("clock", "Start it: celery --app crm beat --scheduler celery.beat:Scheduler (manage.py up does)")


@check("mail server")
def mail_server() -> Finding:
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=3):
            return Finding(WELL, f"{where} answers.")
    except OSError as error:
        return Finding(STOPPED, f"{where} does not answer: {error.strerror or error}.", "Look at EMAIL_URL.")


@check("disk")
def disk() -> Finding:
    usage = shutil.disk_usage(settings.VAR if settings.VAR.exists() else Path("/"))
    words = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} GB are free."
    if usage.free < usage.total * LOWEST_SHARE:
        return Finding(STOPPED, words, "Free some space now: the database stops when it is full.")
    return Finding(SOON if usage.free < usage.total * LOW_SHARE else WELL, words, "Free some space.")


@check("backup")
def backup() -> Finding:
    last = newest(settings.BACKUPS)
    if last is None:
        return Finding(OFF, "There is none yet.", "It is made each night; at once by: bin/backup")
    made = datetime.fromtimestamp(last.stat().st_mtime, now().tzinfo)
    if now() - made > OLD_BACKUP:
        return Finding(SOON, f"The last one is of {made:%Y-%m-%d %H:%M} UTC.", "Run bin/backup and look at its words.")
    return Finding(WELL, f"{made:%Y-%m-%d %H:%M} UTC, {last.stat().st_size / 1e6:.1f} MB")


def _pulse(part: str, advice: str) -> Finding:
    seen = Heartbeat.objects.filter(part=part).values_list("seen_at", flat=True).first()
    if seen is None:
        return Finding(STOPPED, "It was never seen.", advice)
    if now() - seen > SILENT_AFTER:
        return Finding(STOPPED, f"Last seen at {seen:%Y-%m-%d %H:%M:%S} UTC.", advice)
    return Finding(WELL, f"seen {(now() - seen).seconds} s ago")


def _queues() -> Iterable[str]:
    return {getattr(task, "queue", None) or "celery" for task in app.tasks.values()} | {"celery"}
