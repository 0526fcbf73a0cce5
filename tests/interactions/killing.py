"""Processes that a test may kill, over the database of that test."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

from django.db import connection

from interactions import recovering

ROOT = Path(__file__).resolve().parents[2]


class Stage:
    """A nursery (nursery.py): a real process that forks others, which send on one channel and keep journals."""

    def __init__(self, folder: Path, *arguments: str, batch: int) -> None:
        self.journals = folder / "journals"
        self.journals.mkdir()
        self._nursery = start("tests.interactions.nursery", str(self.journals), str(batch), *arguments)

    def fork(self, what: str) -> int:
        """Begin to "deliver" or to "recover"; return the process."""
        self._nursery.stdin.write(f"{what}\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())

    def finish(self, what: str) -> None:
        """Do it and wait for its end."""
        pid = self.fork(what)
        while is_alive(pid):
            sleep(0.02)

    def recover(self, dice: random.Random) -> int:
        """Settle what was left; now and then who does that is killed as well. Return how many were."""
        killed = 0
        if dice.random() < 0.4:
            pid = self.fork("recover")
            sleep(dice.random() * 0.05)
            killed = kill([pid])
        recovering.recover(self.journals)
        return killed

    def stop(self) -> None:
        end(self._nursery)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error) -> None:
        self.stop()


def start(module: str, *arguments: str) -> subprocess.Popen:
    address = connection.settings_dict
    where = f"{address['USER']}:{address['PASSWORD']}@{address['HOST']}:{address['PORT']}/{address['NAME']}"
    environment = {"DATABASE_URL": f"postgres://{where}", "DJANGO_SETTINGS_MODULE": "crm.settings"}
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env={**os.environ, **environment}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(pids: list[int]) -> int:
    """Kill with SIGKILL whoever still lives; return how many that were."""
    killed = 0
    for pid in pids:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    while any(is_alive(pid) for pid in pids):
        sleep(0.002)
    return killed
