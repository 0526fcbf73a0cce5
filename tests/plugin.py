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
NO_TESTS = {"--help", "-h", "--version", "--co", "--collect-only"}

OF_ONE_RUN = {"DATABASE_URL", "REDIS_URL", "FILO_VAR", "FILO_TEST_TEMPLATE", "FILO_BUDGETS"}

_running: list[tuple[engines.Engines, Home]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    os.environ.setdefault("FILO_MODE", "test")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _own_queue(int(worker.removeprefix("gw")))
        _start()
    else:
        _heed(args)
        if not getattr(early_config.known_args_namespace, "numprocesses", None) and not NO_TESTS & set(args):
            _start()
    return (yield)


@atexit.register  # pytest_unconfigure is not called when Django fails to wake
def _stop():
    while _running:
        running, home = _running.pop()
        running.stop(at_once=True)
        if running.postgres:
            shutil.rmtree(running.postgres.data, ignore_errors=True)  # that of "nobody" lies elsewhere
        home.leave()


def _heed(args: list[str]) -> None:
    """Do what is asked of the database, before other processes start: these words do not reach them."""
    if "--create-db" in args:
        template.forget()
    if {"--no-migrations", "--nomigrations"} & set(args):
        os.environ["FILO_TEST_TEMPLATE"] = "no"


def _start() -> None:
    """Start engines of this process's own: nobody else's jobs, and what they spend is what its tests spend."""
    home = Home()
    os.environ.setdefault("FILO_VAR", str(home.path / "var"))
    Path(os.environ["FILO_VAR"], "static").mkdir(parents=True, exist_ok=True)
    wants_template = "DATABASE_URL" not in os.environ and os.environ.get("FILO_TEST_TEMPLATE") != "no"
    running = _start_migrated(home.path) if wants_template else engines.start(home.path, lasting=False)
    _running.append((running, home))
    os.environ.update(running.addresses)


def _start_migrated(home: Path) -> engines.Engines:
    """Start a copy of the template (tests/template.py); of a new one if the one that is there does not start."""
    copied = template.copy_into(home)
    try:
        running = engines.start(home, lasting=False)
    except engines.EngineTrouble:
        template.forget()
        copied = template.copy_into(home)
        running = engines.start(home, lasting=False)
    if copied:
        os.environ["FILO_TEST_TEMPLATE"] = template.DATABASE
    return running


def _own_queue(number: int) -> None:
    """Where a broker is given from outside, each test process has its own database numbers there."""
    if given := os.environ.get("REDIS_URL"):
        own = urlsplit(given)._replace(path=f"/{(number + 1) * CACHES_AND_QUEUES}")
        os.environ["REDIS_URL"] = own.geturl()


def outside() -> dict[str, str]:
    """Return the environment for a test run within a test: without what belongs to this one."""
    return {name: value for name, value in os.environ.items() if name not in OF_ONE_RUN and "XDIST" not in name}
