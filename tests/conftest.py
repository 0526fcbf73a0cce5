"""For every test: nothing left in the broker, and a way to run what was enqueued."""

import gc
import os

import hypothesis
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from crm import days, queues
from crm.celery import app
from tests import template
from tests.emptying import empty_database
from tests.spending import Spending

# Quick and the same each time; FILO_SEARCH=1 looks for new examples, many and by chance. Load decides nothing.
hypothesis.settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("search", max_examples=1_000, deadline=None)
hypothesis.settings.load_profile("search" if os.environ.get("FILO_SEARCH") else "quick")
TransactionTestCase._fixture_teardown = empty_database
LONG_FIRST = ("walk", "browser")  # folders
LONG_SECONDS = 900  # after which a long test is stopped that says nothing else
ENOUGH_JOBS = 10_000  # more in one test are jobs that enqueue each other for ever


def pytest_configure(config):
    config.pluginmanager.register(Spending(config))


def pytest_collection_modifyitems(config, items):
    """The long ones first: else one process waits at the end for the other to end the walk."""
    for item in filter(lambda item: item.get_closest_marker("long"), items):
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))
        if getattr(config.option, "reruns", 0):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))
    items.sort(key=lambda item: LONG_FIRST.index(item.path.parent.name) if item.path.parent.name in LONG_FIRST else 9)


def pytest_collection_finish():
    """What is loaded by now stays: looking through it for garbage again and again takes a tenth of the time.

    Looking after every 700 new objects takes another: a test makes and drops thousands.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_ignore_collect(collection_path, config):
    """Do not even read a file of long tests for the quick ones: finding out what they are may take longer than they."""
    return True if collection_path.name.endswith("_long.py") and config.option.markexpr == "not long" else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """Take the migrated database that tests/plugin.py brought, if it did, instead of making one."""
    if os.environ.get("FILO_TEST_TEMPLATE") == template.DATABASE:
        connection.creation.create_test_db = _take_database


def _take_database(**_asked) -> str:
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = template.DATABASE
    return template.DATABASE


@pytest.fixture(scope="session")
def broker():
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        yield broker


@pytest.fixture(autouse=True)
def empty_broker(broker):
    """Start with no jobs and no counters (sign-in attempts) of the test before."""
    broker.flushdb()
    cache.clear()


@pytest.fixture(autouse=True)
def in_rome():
    """Start with the zone of an organisation that nobody has set up: of tests without a database, too."""
    days.changed("Europe/Rome")


@pytest.fixture
def run_jobs():
    """Return a function that takes every job from the broker and runs it, until none is left; returns their names.

    It serves all queues, or those that it is given.

    The jobs went through the real broker, so what was not enqueued is not run. With the fixture `db` nothing is
    committed and `delay_on_commit` waits for ever: use `transactional_db`, or
    `django_capture_on_commit_callbacks(execute=True)`.
    """

    def run(*served: str) -> list[str]:
        done = []
        with app.connection_for_read() as connection:
            while message := _next_message(connection, served or queues.every()):
                done.append(message.headers["task"])
                assert len(done) < ENOUGH_JOBS, f"These jobs enqueue each other for ever: {set(done)}"
                args, kwargs, _ = message.payload
                app.tasks[message.headers["task"]].apply(args, kwargs, throw=True)
        return done

    app.loader.import_default_modules()
    return run


def _next_message(connection, served):
    for name in served:
        with connection.SimpleQueue(name) as queue:
            try:
                message = queue.get_nowait()
            except queue.Empty:
                continue
            message.ack()
            return message
    return None
