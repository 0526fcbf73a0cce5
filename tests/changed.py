"""Says which quick tests concern what was changed here: `python -m tests.changed`, for bin/test --changed.

Changed is what differs from where this branch left origin/main, or main where there is none: committed or not, and new
files. A changed room concerns its own tests, those of the rooms above it and those of no room; what is under all rooms
(crm, the locks, bin, what the tests share) concerns all. It is the loop while writing: bin/test and bin/check ask more.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALL = ["tests"]
ALWAYS = "tests/test_architecture.py"
# Whose pages each file of tests/browser opens; a file that is not named here is always asked.
BROWSER = {
    "test_campaigns.py": "campaigns",
    "test_console.py": "interactions",
    "test_conversations.py": "interactions",
    "test_customer_facing.py": "portal",
    "test_customers.py": "customers",
    "test_days_elsewhere.py": "interactions",
    "test_devmail.py": "crm",
    "test_drafts.py": "interactions",
    "test_face.py": "crm",
    "test_function_keys.py": "interactions",
    "test_gallery.py": "crm",
    "test_imports.py": "customers",
    "test_lists.py": "insights",
    "test_menus.py": "campaigns",
    "test_money.py": "sales",
    "test_page_guard.py": "crm",
    "test_pages_alone.py": "staff",
    "test_passkeys.py": "staff",
    "test_segments.py": "insights",
    "test_staff_pages.py": "staff",
    "test_text_messages.py": "interactions",
    "test_today.py": "interactions",
}
# What lies outside the rooms and is read by a few tests only; the first beginning that fits counts.
ELSEWHERE = {
    "docs/api.md": ["tests/api"],
    "docs/components.md": ["tests/crm"],
    "docs/": [],
    "README.md": [],
    "CHANGELOG.md": [],
    "LICENSE": [],
    ".secrets.baseline": [],
    ".gitignore": [],
    ".ci/": [],
    "bench/": ["tests/crm"],
    "demo/": ["tests/crm", "tests/customers"],
    "locale/": ["tests/crm"],
    "static/": ["tests/crm", "tests/browser"],
    ".env.example": ["tests/crm"],
    "Dockerfile": ["tests/crm"],
    "docker-compose.yml": ["tests/crm"],
    "templates/account/": ["tests/staff", "tests/browser"],
    "templates/mfa/": ["tests/staff", "tests/browser"],
    "templates/devmail/": ["tests/crm", "tests/browser"],
    "templates/gallery/": ["tests/crm", "tests/browser"],
    "tests/walk/": ["tests/walk"],
}


@dataclass(frozen=True)
class House:
    """What there is to choose from."""

    floors: Sequence[Sequence[str]]  # the rooms, lowest first; those of one floor do not know each other
    browser_files: Sequence[str]  # names in tests/browser
    of_no_room: Sequence[str]  # files and folders that look at all rooms


def choose(paths: Iterable[str], house: House) -> list[str]:
    """Return the arguments for pytest that ask all that these changed files may have broken."""
    asked = {ALWAYS}
    for path in paths:
        concerned = _concerned(path, house)
        if concerned is None:
            return ALL
        asked.update(concerned)
    return sorted(one for one in asked if one.rpartition("/")[0] not in asked)  # not a file beside its whole folder


def _concerned(path: str, house: House) -> list[str] | None:
    """Return what one changed file concerns; None: everything."""
    for beginning, tests in ELSEWHERE.items():
        if path.startswith(beginning):
            return tests
    first, _, rest = path.partition("/")
    room = rest.partition("/")[0] if first in ("templates", "tests") else first
    if room == "browser":
        return [path] if rest.startswith("browser/test_") else ["tests/browser"]
    if first == "tests" and f"tests/{room}" in house.of_no_room:
        return [f"tests/{room}"]
    if first == "tests" and "/test_" in rest:
        return [f"tests/{room}"]  # what a test file says concerns nobody but its own room
    height = next((number for number, floor in enumerate(house.floors) if room in floor), 0)
    return _rooms([room, *chain(*house.floors[height + 1 :])], house) if height else None


def _rooms(rooms: list[str], house: House) -> list[str]:
    opened = [f"tests/browser/{name}" for name in house.browser_files if BROWSER.get(name, rooms[0]) in rooms]
    return [*(f"tests/{room}" for room in rooms), *house.of_no_room, *opened]


def house() -> House:
    """Return what there is here."""
    floors, tests = floors_of_the_house(), ROOT / "tests"
    apart = {*chain(*floors), "browser", "walk"}
    folders = {file.parent.name for file in tests.glob("*/test_*.py")} - apart
    return House(
        floors,
        sorted(file.name for file in tests.glob("browser/test_*.py")),
        sorted([f"tests/{name}" for name in folders] + [f"tests/{file.name}" for file in tests.glob("test_*.py")]),
    )


def floors_of_the_house() -> list[list[str]]:
    """Return the rooms as the contract of imports in pyproject.toml orders them, lowest floor first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["name"] == "Imports point down")
    return [[room.strip() for room in layer.split("|")] for layer in reversed(layers)]


def changed_files() -> tuple[str, list[str]]:
    """Return what was compared with, and each file that differs from it or is new; a moved file by both names."""
    known = _git("for-each-ref", "--format=%(refname:short)", "refs/remotes/origin/main", "refs/heads/main")
    main = next((name for name in ("origin/main", "main") if name in known), "HEAD")
    here = _git("merge-base", "HEAD", main)[0]
    new = _git("ls-files", "--others", "--exclude-standard")
    return main, sorted({*_git("diff", "--name-only", "--no-renames", here), *new})


def _git(*words: str) -> list[str]:
    done = subprocess.run(["git", "-c", "core.quotePath=off", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bin/test --changed asks git what was changed, and git said:\n{done.stderr}")
    return done.stdout.splitlines()


def main() -> None:
    """Print the arguments for pytest, and on the other stream what they were chosen by."""
    compared, paths = changed_files()
    chosen = [one for one in choose(paths, house()) if (ROOT / one).exists()]
    print(f"{len(paths)} files differ from {compared}; asking {' '.join(chosen)}", file=sys.stderr)
    print("\n".join(chosen))


if __name__ == "__main__":
    main()
