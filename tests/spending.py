"""CPU seconds that the tests of each room take: measured in every run, told after one of all, held to in bin/check.

Measured is the user and system time of the test process, of all that it started (Chromium, scripts) and of its engines,
which are its own; never the clock. A reading is taken whenever the next test is of another room. What all rooms share
(making the database, starting Chromium) and what is marked long is not counted.

CPU seconds differ between machines, and on one machine with what else runs beside. So one fixed piece of work is done
again and again between the tests. What it takes, divided by what it takes where the budgets were made, says how slow
the machine was during this run; all figures are divided by that. Budgets are in seconds of that machine, when idle.
FILO_BUDGETS=held (bin/check): a room over its budget by more than TOLERATED fails the run. Elsewhere it is only said.
"""

import json
import os
import re
import resource
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.looking import LOOKS_AT_ALL

TESTS = Path(__file__).resolve().parent
BUDGETS = TESTS / "budgets.json"
NOBODY, TOP, EVERY_LOOK = "nobody", "top", "browser, every look"
TOLERATED = 1.3
PIECE_SECONDS = 0.0088  # what a piece takes where the budgets were made
PAUSE_SECONDS = 0.5  # of CPU between two pieces
TICKS = os.sysconf("SC_CLK_TCK")


def spent() -> float:
    """Return the CPU seconds of this process and of all that it started, dead or alive."""
    own = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in own) + _of_living(os.getpid())


def _of_living(parent: int) -> float:
    """Return the CPU seconds of the living descendants and of those that they buried; 0 where there is no /proc."""
    children, ticks = defaultdict(list), {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(file.parent.name)
        children[int(fields[1])].append(pid)
        ticks[pid] = sum(map(int, fields[11:15]))
    found, total = children[parent], 0
    while found:
        pid = found.pop()
        total += ticks[pid]
        found += children[pid]
    return total / TICKS


def do_a_piece() -> float:
    """Do the fixed piece of work and return its CPU seconds: objects, texts and rows, as in the tests."""
    began = time.process_time()
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE customer (id integer primary key, name text, city text)")
    base.execute("CREATE INDEX by_city ON customer (city)")
    rows = [
        {"id": number, "name": f"Mira {number * 7919 % 1009}", "city": f"city {number % 97}"} for number in range(1500)
    ]
    base.executemany("INSERT INTO customer VALUES (:id, :name, :city)", rows)
    for number in range(97):
        found = base.execute(
            "SELECT id, name FROM customer WHERE city = ? ORDER BY name", [f"city {number}"]
        ).fetchall()
        text = json.dumps([{"id": id, "name": re.sub(r"\d+", "x", name.upper())} for id, name in found])
        json.loads(text)
    base.close()
    return time.process_time() - began


class Meter:
    """What was spent so far, by room, and how slow the machine was."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.pieces: list[float] = []
        self.room = NOBODY
        self._read = spent()
        self._next_piece = 0.0

    def charge(self, room: str) -> None:
        """From now on it is `room` that spends; what was spent since the last reading is charged to the one before."""
        now = spent()
        self.seconds[self.room] += max(0.0, now - self._read)  # what an orphan spent is lost
        self.room, self._read = room, now

    @contextmanager
    def charging(self, room: str) -> Iterator[None]:
        """Charge the block to `room`, then go on with the one before."""
        before = self.room
        self.charge(room)
        try:
            yield
        finally:
            self.charge(before)

    def look_at_the_machine(self) -> None:
        """Do a piece of work now and then; it is charged to nobody."""
        if time.process_time() >= self._next_piece:
            piece = do_a_piece()
            self.pieces.append(piece)
            self._read += piece
            self._next_piece = time.process_time() + PAUSE_SECONDS


@dataclass(frozen=True)
class Bill:
    """What a run has spent, compared with what is granted. Seconds of the machine that the budgets were made on."""

    spent: dict[str, float]
    granted: dict[str, float]
    slowness: float  # of this machine in this run

    @classmethod
    def of(cls, seconds: Mapping[str, float], pieces: Sequence[float], rooms: Iterable[str]) -> "Bill":
        """Make the bill of some rooms."""
        slowness = sum(pieces) / len(pieces) / PIECE_SECONDS if pieces else 1.0
        granted = json.loads(BUDGETS.read_text())["cpu_seconds"]
        spent_here = {room: seconds[room] / slowness for room in rooms if seconds.get(room)}
        return cls(spent_here, {room: granted.get(room, 0) for room in spent_here}, slowness)

    def over(self) -> list[str]:
        """Return the rooms that took more than is granted and tolerated."""
        return [room for room, seconds in self.spent.items() if seconds > self.granted[room] * TOLERATED]

    def lines(self) -> list[str]:
        over = self.over()
        rows = [
            f"{room:24}{seconds:8.1f} of {self.granted[room]:4}{'   OVER' if room in over else ''}"
            for room, seconds in sorted(self.spent.items(), key=lambda row: -row[1])
        ]
        total = f"{'together':24}{sum(self.spent.values()):8.1f} of {sum(self.granted.values()):4}"
        how = f"CPU seconds by room; {self.slowness:.2f} of this machine's are one of the budgets' (tests/spending.py)"
        return [how, *rows, *([total] if len(rows) > 1 else [])]


class Spending:
    """The hooks: each process measures its own tests, the one that started the others adds up and tells."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.meter = Meter()
        self.seconds: Counter[str] = Counter()
        self.pieces: list[float] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self.meter.look_at_the_machine()
        room = room_of(item.path, is_long=bool(item.get_closest_marker("long")))
        if room != self.meter.room:
            self.meter.charge(room)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        if fixturedef.scope != "session":
            return (yield)
        with self.meter.charging(NOBODY):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        self.meter.charge(NOBODY)
        if is_helper(self.config):
            self.config.workeroutput["spent"] = (dict(self.meter.seconds), self.meter.pieces)
            return
        self._add(self.meter.seconds, self.meter.pieces)
        if session.exitstatus == 0 and os.environ.get("FILO_BUDGETS") == "held" and self.bill().over():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        self._add(*getattr(node, "workeroutput", {}).get("spent", ({}, [])))

    def pytest_terminal_summary(self, terminalreporter):
        if (bill := self.bill()).spent:
            terminalreporter.section("what it took")
            for line in bill.lines():
                terminalreporter.write_line(line, red="OVER" in line, bold="OVER" in line)

    def bill(self) -> Bill:
        return Bill.of(self.seconds, self.pieces, whole_rooms(self.config))

    def _add(self, seconds: Mapping[str, float], pieces: Sequence[float]) -> None:
        self.seconds.update(seconds)
        self.pieces += pieces


def is_helper(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def room_of(file: Path, *, is_long: bool) -> str:
    """Return to whom a test of this file is charged: its folder in tests/; what is long has no budget."""
    folder = file.relative_to(TESTS).parts[0]
    if is_long:
        return f"{folder}, long"
    if folder == "browser" and LOOKS_AT_ALL:
        return EVERY_LOOK
    return TOP if folder.endswith(".py") else folder


def whole_rooms(config: pytest.Config) -> set[str]:
    """Return the rooms of which this run asks all quick tests: only they can be compared with their budgets."""
    asked = config.option
    if asked.keyword or asked.deselect or getattr(asked, "lf", False) or asked.markexpr not in ("not long", ""):
        return set()
    paths = {(config.invocation_params.dir / arg).resolve() for arg in config.args}
    top = set(TESTS.glob("test_*.py"))
    folders = {folder.name for folder in TESTS.iterdir() if folder.is_dir()}
    if TESTS in paths:
        return {*folders, EVERY_LOOK, TOP}
    rooms = {path.name for path in paths if path.parent == TESTS and path.is_dir()}
    return rooms | ({EVERY_LOOK} if "browser" in rooms else set()) | ({TOP} if top <= paths else set())
