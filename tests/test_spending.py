"""What the tests of each room take is measured whole, told in seconds of one machine, and held to where asked."""

import json
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests import spending
from tests.plugin import outside

BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\nprint(flush=True)\ninput()"
STINGY = (
    "from pathlib import Path\nfrom tests import spending\nspending.BUDGETS = Path(__file__).with_name('budgets.json')"
)


@pytest.fixture
def budgets(tmp_path, monkeypatch):
    """Return a function that grants seconds to rooms."""
    file = tmp_path / "budgets.json"
    monkeypatch.setattr(spending, "BUDGETS", file)
    return lambda **granted: file.write_text(json.dumps({"cpu_seconds": granted}))


def test_what_a_child_spends_counts_while_it_lives_and_after():
    before = spending.spent()
    child = subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    while_it_lived = spending.spent() - before
    child.communicate(b"\n")
    assert while_it_lived >= 0.15
    assert spending.spent() - before >= 0.2


def test_each_room_is_charged_for_its_own_tests_and_nobody_for_what_is_shared():
    meter = spending.Meter()
    meter.charge("sales")
    burn(0.1)
    with meter.charging(spending.NOBODY):
        burn(0.2)
    meter.charge("portal")
    meter.charge(spending.NOBODY)
    assert 0.1 <= meter.seconds["sales"] < 0.2 <= meter.seconds[spending.NOBODY]
    assert meter.seconds["portal"] < 0.1


def test_looking_at_the_machine_is_charged_to_nobody_and_happens_now_and_then(monkeypatch):
    meter = spending.Meter()
    meter.charge("sales")
    monkeypatch.setattr(spending, "PAUSE_SECONDS", 0)
    for _ in range(20):
        meter.look_at_the_machine()
    monkeypatch.setattr(spending, "PAUSE_SECONDS", 60)
    for _ in range(20):
        meter.look_at_the_machine()
    meter.charge(spending.NOBODY)
    assert len(meter.pieces) == 21
    assert meter.seconds["sales"] < sum(meter.pieces) / 2


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_slow_machine_is_no_excuse_and_no_fault(budgets):
    budgets(sales=10, portal=3)
    seconds, rooms = Counter(sales=20.0, portal=9.0, crm=50.0), ["sales", "portal"]
    slow = [spending.PIECE_SECONDS * 1.5, spending.PIECE_SECONDS * 2.5]
    bill = spending.Bill.of(seconds, slow, rooms)
    assert bill.spent == {"sales": 10, "portal": 4.5}  # the room that was not asked whole is on no bill
    assert bill.over() == ["portal"]
    assert [line.split() for line in bill.lines()[1:]] == [
        ["sales", "10.0", "of", "10"], ["portal", "4.5", "of", "3", "OVER"], ["together", "14.5", "of", "13"],
    ]  # fmt: skip


def test_a_little_more_than_granted_is_tolerated_and_a_room_without_budget_is_not(budgets):
    budgets(sales=10)
    assert spending.Bill.of(Counter(sales=12.9), [], ["sales"]).over() == []
    assert spending.Bill.of(Counter(sales=13.1, news=0.1), [], ["sales", "news"]).over() == ["sales", "news"]


def test_every_folder_of_tests_has_a_budget():
    granted = json.loads((spending.TESTS / "budgets.json").read_text())["cpu_seconds"]
    folders = {file.parent.name for file in spending.TESTS.glob("*/test_*.py")}
    assert set(granted) == {*folders, spending.TOP, spending.EVERY_LOOK}


@pytest.mark.long  # twice the tests of a room
def test_a_room_over_its_budget_is_told_always_and_fails_where_budgets_are_held(tmp_path):
    (tmp_path / "stingy.py").write_text(STINGY)
    (tmp_path / "budgets.json").write_text(json.dumps({"cpu_seconds": {"portal": 0.01}}))
    assert _ask_the_portal(tmp_path, {}) == (0, True)
    assert _ask_the_portal(tmp_path, {"FILO_BUDGETS": "held"}, "-n", "2") == (1, True)
    (tmp_path / "budgets.json").write_text(json.dumps({"cpu_seconds": {"portal": 60}}))
    assert _ask_the_portal(tmp_path, {"FILO_BUDGETS": "held"}) == (0, False)


def _ask_the_portal(folder, environment, *words):
    """Run the portal's tests with the budgets in this folder; return how it ended, and whether it said OVER."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "stingy", *words, "tests/portal"],
        cwd=spending.TESTS.parent, env=outside() | {"PYTHONPATH": str(folder)} | environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert "CPU seconds by room" in done.stdout, done.stdout + done.stderr
    return done.returncode, "OVER" in done.stdout
