"""Loaded by `-p tests.plugin` before anything else: gives the tests a database and a broker, then Django may wake.

A conftest would be too late: pytest-django reads the settings, and with them the addresses, before any conftest.
DATABASE_URL and REDIS_URL from outside are used as they are.
"""

import atexit
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crm import engines
from tests import template
from tests.home import Home

CACHES_AND_QUEUES = 2  # database numbers of the broker that one test process needs

_running: list[tuple[engines.Engines, Home]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    os.environ.setdefault("FILO_MODE", "test")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _own_queue(int(worker.removeprefix("gw")))
    elif not {"--help", "-h", "--version", "--co", "--collect-only"} & set(args):
        _start(args)
    return (yield)


@atexit.register  # pytest_unconfigure is not called when Django fails to wake
def _stop():
    while _running:
        running, home = _running.pop()
        running.stop(at_once=True)
        if running.postgres:
            shutil.rmtree(running.postgres.data, ignore_errors=True)  # that of "nobody" lies elsewhere
        home.leave()


def _start(args: list[str]) -> None:
    home = Home()
    os.environ.setdefault("FILO_VAR", str(home.path / "var"))
    Path(os.environ["FILO_VAR"], "static").mkdir(parents=True, exist_ok=True)
    if _wants_template(args):
        running = _start_migrated(home.path, anew="--create-db" in args)
    else:
        running = engines.start(home.path, lasting=False)
    _running.append((running, home))
    os.environ.update(running.addresses)


def _wants_template(args: list[str]) -> bool:
    return "DATABASE_URL" not in os.environ and not {"--no-migrations", "--nomigrations"} & set(args)


def _start_migrated(home: Path, *, anew: bool) -> engines.Engines:
    """Start from the template (tests/template.py); from a new one if the one that is there does not start."""
    copied = template.copy_into(home, anew=anew)
    try:
        running = engines.start(home, lasting=False)
    except engines.EngineTrouble:
        copied = template.copy_into(home, anew=True)
        running = engines.start(home, lasting=False)
    if copied:
        os.environ["FILO_TEST_TEMPLATE"] = template.DATABASE  # told to the other processes too
    return running


def _own_queue(number: int) -> None:
    """Give each test process its own database numbers: jobs of one must not be taken by another."""
    address = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = address._replace(path=f"/{(number + 1) * CACHES_AND_QUEUES}").geturl()
