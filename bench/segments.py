"""Twenty segments over the profile rows: a full pass that finds who is in which, and the counts of a builder.

The floor is a bare scan: one condition over every profile row, counted. Everything happens in one transaction that is
rolled back. bin/bench segments
"""

import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.db import transaction

from bench import _stage

TOWNS = ("Amalfi", "Ravello", "Napoli", "Roma", "Bilbao", "Porto", "Bath")
BARE = "SELECT count(*) FROM insights_profile WHERE spent_cents >= 1000"
FLOOR = "bare scan ms"


def rules() -> list[dict[str, Any]]:
    """Return twenty rules as people build them: two to six conditions, some nested."""
    allowed = {"field": "offers_email", "is": "yes"}
    calm = {"field": "has_open_complaint", "is": "no"}
    found = []
    for number in range(20):
        either = {"any": [{"field": "city", "is": "is", "value": town} for town in TOWNS[number % 5 :][:3]]}
        spent = {"field": "spent", "is": "at_least", "value": str(50 + number * 20)}
        quiet = {"field": "last_touch_at", "is": "not_in_last", "value": str(30 + number * 10)}
        found.append({"all": [allowed, calm, [either, spent, quiet][number % 3], [spent, quiet, either][number % 3]]})
    return found


def best(work: Callable[[], object], times: int = 3) -> float:
    """Return the milliseconds of the fastest of some turns."""
    turns = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        turns.append((time.perf_counter() - begun) * 1000)
    return min(turns)


def measure() -> dict[str, float]:
    segments = import_module("insights.segments")
    Segment = import_module("insights.models").Segment
    Segment.objects.update(is_archived=True)
    figures = {FLOOR: best(lambda: _stage.rows(BARE))}
    figures["counts beside each piece of one rule, ms"] = best(lambda: segments.counts(rules()[0]))
    for number, rule in enumerate(rules()):
        segments.save(Segment(), name=f"benchmark {number}", rule=rule, by=None)
    figures["20 rules, first pass: all members written, ms"] = best(segments.evaluate, times=1)
    figures["20 rules, full pass: nothing changed, ms"] = best(segments.evaluate)
    return figures


def main() -> None:
    options = _stage.asked(__doc__ or "", rounds=3).parse_args()
    with _stage.base(options), transaction.atomic():
        figures = measure()
        transaction.set_rollback(True)
    floor = figures[FLOOR]
    ratios = {f"{name.removesuffix(', ms')} / {FLOOR.removesuffix(' ms')}": ms / floor for name, ms in figures.items()}
    ratios = {name: ratio for name, ratio in ratios.items() if not name.startswith(FLOOR)}
    rounded = {name: round(ms, 1) for name, ms in figures.items()}
    _stage.tell(options, "segments", rounded, ratios, f"a bare scan of the profile rows, {floor:.0f} ms")


if __name__ == "__main__":
    main()
