"""`manage.py up` as a person meets it: real processes, real signals."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from crm.engines.postgres import free_port
from crm.running import place
from crm.running.runner import ROOT

pytestmark = pytest.mark.long
READY_SECONDS = 300  # for a first start on a busy machine, the demo company included
GONE_SECONDS = 45


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("a filo") / "var"


class Filo:
    """One `manage.py up` in its own var/, its words in a file."""

    def __init__(self, var: Path, port: int, **env: str) -> None:
        self.port, self.log = port, var.parent / f"up-{port}.log"
        outside = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.child = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env={**outside, "FILO_MODE": "demo", "FILO_VAR": str(var), **env},
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self) -> float:
        """Return after how many seconds it said its address."""
        started = time.monotonic()
        while "Filo runs at" not in self.said():
            assert self.child.poll() is None, self.said()
            assert time.monotonic() - started < READY_SECONDS, self.said()
            time.sleep(0.1)
        return time.monotonic() - started

    def said(self) -> str:
        return self.log.read_text()

    def answers(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
            return answer.status

    def descendants(self) -> dict[int, str]:
        """Return {pid: command} of all below it."""
        table = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in table.splitlines()[1:]]
        found, frontier = {}, {self.child.pid}
        while frontier:
            below = {int(pid): args for pid, parent, args in rows if int(parent) in frontier}
            found |= below
            frontier = set(below)
        return found


@pytest.fixture
def filo(home):
    running = []

    def start(var=home, **env):
        running.append(Filo(var, free_port(), **env))
        return running[-1]

    yield start
    for each in running:
        if each.child.poll() is None:
            each.child.send_signal(signal.SIGINT)
            each.child.wait(60)


def test_it_starts_serves_and_stops_on_ctrl_c_with_everything_below_it(filo):
    ours = filo()
    ours.wait()
    wait_for(lambda: any("--app crm beat" in command for command in ours.descendants().values()))
    below = ours.descendants()
    assert ours.answers() == 200
    for part in ("running.web", "worker", "beat", "valkey-server", "postgres", "devmail.sink", "devmail.imap"):
        assert any(part in command for command in below.values()), f"{part} does not run: {below}"

    ours.child.send_signal(signal.SIGINT)
    ours.child.send_signal(signal.SIGINT)  # impatient: the second one breaks nothing off
    assert ours.child.wait(60) == 0
    assert gone(below) == {}
    assert "stopped." in ours.said()


def test_a_second_start_is_quick_and_a_killed_runner_leaves_nothing(filo, home):
    again = filo()
    assert again.wait() < 60  # seconds; some five on a machine with nothing else to do
    below = again.descendants()
    again.child.kill()
    assert gone(below) == {}
    healed = filo()  # the lock and the notes of a killed one hinder nobody
    healed.wait()


def test_what_dies_is_started_again_the_database_too(filo):
    ours = filo()
    ours.wait()
    for part in ("--interface wsgi", "celery --quiet --app crm worker", "postgres -D"):
        wait_for(lambda part=part: any(part in command for command in ours.descendants().values()))
        victim = min(pid for pid, command in ours.descendants().items() if part in command)
        os.kill(victim, signal.SIGKILL)
        wait_for(
            lambda part=part, victim=victim: any(
                part in command and pid != victim for pid, command in ours.descendants().items()
            )
        )
    wait_for(lambda: answers_well(ours))


def test_one_filo_in_a_folder_and_two_in_two(filo, home, tmp_path):
    first = filo()
    first.wait()
    same = filo()
    assert same.child.wait(60) == 1
    assert re.search(r"already runs from this folder \(process \d+\)", same.said())
    other = filo(tmp_path / "var")
    other.wait()
    assert first.answers() == other.answers() == 200


def test_a_taken_port_is_said(filo, home, tmp_path):
    first = filo()
    first.wait()
    taken = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(first.port)],
        cwd=ROOT,
        env={**os.environ, "FILO_MODE": "demo", "FILO_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
    )
    assert taken.returncode == 1 and f"Port {first.port} is taken" in taken.stderr


def gone(below):
    """Return those of these processes that are still there after the patience for them."""
    deadline = time.monotonic() + GONE_SECONDS
    while (left := {pid: args for pid, args in below.items() if is_running(pid)}) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=240):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def answers_well(ours):
    try:
        return ours.answers() == 200
    except OSError:
        return False


def test_a_port_is_free_or_not():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not place.is_free(taken.getsockname()[1])
