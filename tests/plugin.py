"""Loaded by `-p tests.plugin` before anything else: gives the tests a database and a broker, then Django may wake.

A conftest would be too late: pytest-django reads the settings, and with them the addresses, before any conftest.
DATABASE_URL and REDIS_URL from outside are used as they are.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crm import engines

CACHES_AND_QUEUES = 2  # database numbers of the broker that one test process needs

_running: list[tuple[engines.Engines, Path]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    os.environ.setdefault("FILO_MODE", "test")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _own_queue(int(worker.removeprefix("gw")))
    elif not {"--help", "-h", "--version", "--co", "--collect-only"} & set(args):
        _start()
    return (yield)


@atexit.register  # pytest_unconfigure is not called when Django fails to wake
def _stop():
    while _running:
        running, home = _running.pop()
        running.stop(at_once=True)
        shutil.rmtree(home, ignore_errors=True)


def _start() -> None:
    home = Path(tempfile.mkdtemp(prefix="filo-test-"))
    os.environ.setdefault("FILO_VAR", str(home / "var"))
    Path(os.environ["FILO_VAR"], "static").mkdir(parents=True, exist_ok=True)
    running = engines.start(home, lasting=False)
    _running.append((running, home))
    os.environ.update(running.addresses)


def _own_queue(number: int) -> None:
    """Give each test process its own database numbers: jobs of one must not be taken by another."""
    address = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = address._replace(path=f"/{(number + 1) * CACHES_AND_QUEUES}").geturl()
