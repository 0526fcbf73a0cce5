"""Two who do something at the same moment, on connections of their own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import monotonic

from django.db import connection, transaction

WAITING = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"""


@contextmanager
def held(lock: Callable):
    """Do `lock` in a transaction and hold what it locked; give a function that starts a deed which has to wait for it.

    All goes on when the block is left; each deed's future tells what came of it.
    """
    started: list[Future] = []

    def start(deed: Callable) -> Future:
        started.append(pool.submit(_alone, deed))
        _until(len(started), started[-1])
        return started[-1]

    with ThreadPoolExecutor(4) as pool, transaction.atomic():
        lock()
        yield start


@contextmanager
def held_elsewhere(lock: Callable):
    """Do `lock` in a transaction of another connection, and hold what it locked until the block is left."""
    is_held, may_end = Event(), Event()

    def hold():
        with transaction.atomic():
            lock()
            is_held.set()
            may_end.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(_alone, hold)
        try:
            assert is_held.wait(10)
            yield
        finally:
            may_end.set()
    holding.result()


def _alone(deed: Callable):
    try:
        return deed()
    finally:
        connection.close()


def _until(count: int, newest: Future):
    end = monotonic() + 10
    with connection.cursor() as cursor:
        while monotonic() < end and not newest.done():
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= count:
                return
    raise AssertionError("It did not have to wait for what is held.")
