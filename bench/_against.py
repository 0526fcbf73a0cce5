"""One benchmark over two checkouts in turns: bin/bench pages --against COMMIT [--turns 5] [the benchmark's own options]

The older one is checked out in a temporary folder, with this bench/ laid over its own, so that both are measured by the
same code; with an environment of its own if its requirements.lock is another, and a base of its own where the benchmark
takes one. Each turn runs both, the first one by turns, so that whatever else the machine does meets both alike. Told is
the median of each figure, and the median over the turns of new / old. Nothing is asserted: a figure is for a person.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements.lock"  # what runs; what only tests need changes no figure
GIT = shutil.which("git") or "git"
TURNS = 5
Figures = dict[str, float]


@dataclass(frozen=True)
class Checkout:
    """One version of Filo in a folder of its own. options: those of the benchmark, its base among them."""

    name: str
    folder: Path
    options: Sequence[str] = ()

    def run(self, benchmark: str) -> Figures:
        """Run the benchmark and return its figures and ratios. Raises SystemExit with its last words."""
        words = [".venv/bin/python", "-m", f"bench.{benchmark}", "--json", *self.options]
        done = subprocess.run(words, cwd=self.folder, env=_environment(), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{benchmark} failed in the {self.name} checkout:\n{(done.stderr or done.stdout)[-2000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        return told["figures"] | told["ratios"]


@dataclass(frozen=True)
class Row:
    """One figure: its medians, and new / old as median, lowest and highest of the turns; None where one has none."""

    name: str
    old: float | None
    new: float | None
    ratio: float | None = None
    lowest: float | None = None
    highest: float | None = None


def compared(turns: Sequence[tuple[Figures, Figures]]) -> list[Row]:
    """Return a row for each figure of these turns, each (old, new)."""
    names = dict.fromkeys(name for both in turns for figures in (both[1], both[0]) for name in figures)
    return [_row(name, turns) for name in names]


def _row(name: str, turns: Sequence[tuple[Figures, Figures]]) -> Row:
    old, new = ([figures[name] for figures in side if name in figures] for side in zip(*turns, strict=True))
    ratios = [after[name] / before[name] for before, after in turns if name in after and before.get(name)]
    medians = [statistics.median(side) if side else None for side in (old, new)]
    spread = (statistics.median(ratios), min(ratios), max(ratios)) if ratios else ()
    return Row(name, *medians, *spread)


def main(arguments: Sequence[str]) -> None:
    options, own = asked(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is taken away
    room = tempfile.TemporaryDirectory(prefix="filo-against-", ignore_cleanup_errors=True)
    with room as temporary, checked_out(options.against, Path(temporary)) as older:
        pair = [_with_base(one, options.benchmark, own, Path(temporary)) for one in (older, Checkout("new", ROOT))]
        turns = [_turn(pair, options.benchmark, number, options.turns) for number in range(options.turns)]
    tell(options, compared(turns))


def asked(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return our options, and those that are the benchmark's own."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("benchmark", choices=names())
    parser.add_argument("--against", required=True, metavar="COMMIT", help="the older checkout")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    options, own = parser.parse_known_args(arguments)
    if options.turns < 1:
        parser.error("--turns: at least one")
    if any(word.partition("=")[0] == "--base" for word in own):
        parser.error("--base: each checkout has a base of its own here")
    return options, own


def names() -> list[str]:
    """Return the benchmarks that there are."""
    return sorted(file.stem for file in (ROOT / "bench").glob("[a-z]*.py"))


@contextmanager
def checked_out(commit: str, temporary: Path) -> Iterator[Checkout]:
    """Give a checkout of this commit that can run our benchmarks, and take it away afterwards."""
    folder = temporary / "old"
    if subprocess.run([GIT, "worktree", "add", "--quiet", "--detach", folder, commit], cwd=ROOT).returncode:
        sys.exit(f"There is no commit {commit} in this repository.")
    try:
        _prepare(folder)
        yield Checkout("old", folder)
    finally:
        subprocess.run([GIT, "worktree", "remove", "--force", folder], cwd=ROOT, check=False)


def _prepare(folder: Path) -> None:
    shutil.rmtree(folder / "bench", ignore_errors=True)
    shutil.copytree(ROOT / "bench", folder / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    if (folder / LOCK).read_bytes() == (ROOT / LOCK).read_bytes():
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    elif subprocess.run([sys.executable, "bin/_setup.py", LOCK], cwd=folder, stdout=sys.stderr).returncode:
        sys.exit(f"The libraries of {LOCK} there could not be installed.")
    subprocess.run([".venv/bin/python", "-m", "crm.running.build"], cwd=folder, env=_environment(), check=True)


def _environment() -> dict[str, str]:
    """Return ours without what would lead one checkout to the database or the code of another."""
    strange = {"DATABASE_URL", "REDIS_URL", "FILO_VAR", "FILO_MODE", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in strange}


def _with_base(one: Checkout, benchmark: str, own: Sequence[str], temporary: Path) -> Checkout:
    """Give the checkout a folder for its base, filled in the first turn, if this benchmark takes one."""
    words = [".venv/bin/python", "-m", f"bench.{benchmark}", "--help"]
    helped = subprocess.run(words, cwd=one.folder, env=_environment(), capture_output=True, text=True, check=True)
    base = ["--base", str(temporary / f"base-{one.name}")] if "--base" in helped.stdout else []
    return Checkout(one.name, one.folder, [*own, *base])


def _turn(pair: Sequence[Checkout], benchmark: str, number: int, turns: int) -> tuple[Figures, Figures]:
    print(f"{benchmark}: turn {number + 1} of {turns} …", file=sys.stderr, flush=True)
    found = {one.name: one.run(benchmark) for one in (pair if number % 2 == 0 else reversed(pair))}
    return found["old"], found["new"]


def tell(options: argparse.Namespace, rows: Sequence[Row]) -> None:
    if options.json:
        figures = {row.name: {"old": row.old, "new": row.new, "ratio": row.ratio} for row in rows}
        print(json.dumps({"name": options.benchmark, "against": options.against, "figures": figures}))
        return
    print(f"\n{options.benchmark}, against {options.against}, medians of {options.turns} turns\n")
    print(f"  {'':<52}{'old':>12}{'new':>12}{'new / old':>11}   lowest to highest")
    for row in rows:
        spread = f"   {row.lowest:.2f} to {row.highest:.2f}" if row.lowest is not None else ""
        print(f"  {row.name:<52}{_number(row.old):>12}{_number(row.new):>12}{_number(row.ratio):>11}{spread}")


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:,.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])
