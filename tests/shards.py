"""Asks all tests, quick and long, each room a shard of its own: `python -m tests.shards [ROOM …]`, for bin/check.

A room is a folder in tests/; "top" is the files beside them. Two shards run at a time, those that last longest first,
each in one process. What a shard says is printed when it ends; the last line counts them all. A shard that is asked
alone has both processors.
"""

import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TOP = "top"
LONGEST_FIRST = ("walk", "crm", "browser", "interactions", "top", "api")
AT_A_TIME = 2
# A busy machine may slow a test down until it fails: it is tried again (a long one once, see conftest) and named.
ASKED = ("-m", "", "--reruns", "2", "--reruns-delay", "2", "-r", "R")
ON_BOTH = ("-n", "2", "--dist", "worksteal")
COUNTED = re.compile(r"(\d+) (failed|passed|skipped|xfailed|xpassed|error|rerun)s?\b")
ORDER = ("failed", "error", "passed", "skipped", "xfailed", "xpassed", "rerun")  # as in pytest's own last line


def ask(room: str, *words: str) -> tuple[bool, Counter[str]]:
    """Pass the tests of one room, print what they said and return whether all passed, and the counts."""
    print(f"{room} …", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", *ASKED, *words, *paths(room)]
    done = subprocess.run(command, cwd=TESTS.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"\n== {room}: {time.monotonic() - began:.0f} seconds\n{done.stdout.strip()}\n", flush=True)
    return done.returncode == 0, counted(done.stdout)


def rooms() -> list[str]:
    """Return all shards, those that last longest first."""
    found = {file.parent.name for file in TESTS.glob("*/test_*.py")} | {TOP}
    return sorted(found, key=lambda room: (LONGEST_FIRST.index(room) if room in LONGEST_FIRST else 99, room))


def paths(room: str) -> list[str]:
    """Return the arguments for pytest that ask this room."""
    if room == TOP:
        return sorted(str(file.relative_to(TESTS.parent)) for file in TESTS.glob("test_*.py"))
    return [f"tests/{room}"]


def counted(said: str) -> Counter[str]:
    """Read pytest's last line ("2 failed, 31 passed in 3.1s")."""
    return Counter({what: int(number) for number, what in COUNTED.findall(said.rstrip().rpartition("\n")[2])})


def closing(counts: Counter[str], seconds: float) -> str:
    """Say all counts together as pytest would."""
    told = ", ".join(f"{counts[what]} {what}" for what in ORDER if counts[what])
    return f"===== {told or 'no tests ran'} in {seconds:.2f}s ====="


def main(asked: list[str]) -> int:
    known, began = rooms(), time.monotonic()
    if strangers := set(asked) - set(known):
        sys.exit(f"No shard is called {', '.join(sorted(strangers))}. There are: {', '.join(known)}.")
    wanted = [room for room in known if room in asked] or known
    if len(wanted) == 1:
        ended = [ask(wanted[0], *ON_BOTH)]
    else:
        with ThreadPoolExecutor(AT_A_TIME) as lanes:
            ended = list(lanes.map(ask, wanted))
    fallen = [room for room, (passed, _) in zip(wanted, ended, strict=True) if not passed]
    if fallen:
        print(f"Not all well in: {', '.join(fallen)}")
    print(closing(sum((counts for _, counts in ended), Counter()), time.monotonic() - began))
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
