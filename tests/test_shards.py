"""bin/check asks every test in exactly one shard, and its last line counts them all."""

import subprocess
import sys
from collections import Counter

import pytest

from tests import shards
from tests.plugin import outside


def test_every_file_of_tests_is_in_one_shard():
    asked = [path for room in shards.rooms() for path in shards.paths(room)]
    files = [str(file.relative_to(shards.TESTS.parent)) for file in shards.TESTS.rglob("test_*.py")]
    assert {
        file: sum(file == path or file.startswith(f"{path}/") for path in asked) for file in files
    } == dict.fromkeys(files, 1)


def test_those_that_last_longest_begin():
    assert shards.rooms()[: len(shards.LONGEST_FIRST)] == list(shards.LONGEST_FIRST)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("...\n1957 passed, 2 skipped, 2 warnings in 417.54s (0:06:57)\n", {"passed": 1957, "skipped": 2}),
        (
            "12 failed\n\n1 failed, 3 passed, 1 error, 2 rerun in 3.10s",
            {"failed": 1, "passed": 3, "error": 1, "rerun": 2},
        ),
        ("ImportError: 3 passed\nno tests ran in 0.01s", {}),
        ("", {}),
    ],
)
def test_a_shard_is_counted_by_its_last_line(said, counts):
    assert shards.counted(said) == Counter(counts)


def test_the_last_line_is_as_pytest_says_it():
    counts = Counter(passed=3, skipped=1) + Counter(passed=2, failed=1)
    assert shards.closing(counts, 75.5) == "===== 1 failed, 5 passed, 1 skipped in 75.50s ====="


@pytest.mark.long  # the tests of two rooms
def test_rooms_are_asked_side_by_side_and_counted_together():
    done = ask("portal", "sales")
    each = [shards.counted(line)["passed"] for line in done.stdout.splitlines() if " passed" in line]
    assert done.returncode == 0, done.stdout
    assert len(each) == 3 and each[0] + each[1] == each[2] > 30


def test_a_shard_that_is_not_there_is_an_error():
    done = ask("kitchen")
    assert done.returncode == 1 and "No shard is called kitchen. There are: walk, crm," in done.stderr


def ask(*rooms):
    """Ask some shards from outside of this run."""
    command = [sys.executable, "-m", "tests.shards", *rooms]
    return subprocess.run(command, cwd=shards.TESTS.parent, env=outside(), capture_output=True, text=True)
