"""What figures and segments cost: a pass through everybody, changed customers, twenty rules, counts of a builder.

The floor reads what figures are made of and makes nothing of it: count, sum and max over interactions, purchases,
consent states and contact points by their indexes, serial. Of changed customers it fetches the rows of these alone;
of counts it is a bare scan of the profiles. All is CPU: of PostgreSQL's backend, and of this process. Last, in seconds
of the clock: how long one who was touched waits while another process walks through everybody, and after its kill -9.
bin/bench segments --customers 100000 [--against 2a2225d]
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import _stage

TOWNS = ("Amalfi", "Ravello", "Napoli", "Roma", "Bilbao", "Porto", "Bath")
CHANGED = 10_000
READ = (  # (table, columns, whose row it is)
    ("interactions_interaction", "count(*), sum(id), max(occurred_at)", "customer_id"),
    ("sales_purchase", "count(*), sum(id), max(purchased_on)", "account_id"),
    ("customers_consentstate", "count(*), sum(contact_point_id), max(purpose)", "customer_id"),
    ("customers_contactpoint", "count(*), sum(customer_id), max(value)", "customer_id"),
)
BARE = "SELECT count(*) FROM insights_profile WHERE spent_cents >= 1000"
FLOORS = {"all": "floor: all rows read, ms", "some": "floor: rows of 10,000 read, ms", "scan": "floor: bare scan, ms"}


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


def best(work: Callable[[], object], times: int = 3, *, before: Callable[[], object] = lambda: None) -> float:
    """Return the milliseconds of CPU of the cheapest of some turns, the database's and ours. before: not counted."""
    backend = _stage.rows("SELECT pg_backend_pid()")[0][0]
    turns = []
    for _ in range(times):
        before()
        begun = _stage.ran([backend]) + time.process_time()
        work()
        turns.append((_stage.ran([backend]) + time.process_time() - begun) * 1000)
    return min(turns)


def read(ids: list[int] | None = None) -> None:
    """Read the rows that figures are made of, of everybody or of some, and make nothing of them."""
    for table, columns, whose in READ:
        where = "" if ids is None else f" WHERE {whose} = ANY(%s)"
        _stage.rows(f"SELECT {columns} FROM {table}{where}", *([] if ids is None else [ids]))


def change(ids: list[int], town: str) -> None:
    """Let something change of some customers."""
    _stage.rows("UPDATE customers_customer SET city = %s WHERE id = ANY(%s)", town, ids)


WALK = """
import django; django.setup()
from insights import passing
while passing.drive():
    pass
"""


@contextmanager
def walking() -> Iterator[subprocess.Popen]:
    """Let another process walk through everybody, whose figures are all owed; kill it afterwards."""
    child = subprocess.Popen([sys.executable, "-c", WALK], cwd=Path(__file__).parent.parent)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def touch(pk: int) -> None:
    """Let something be changed about somebody, as yet told to nobody but the mark."""
    _stage.rows("UPDATE customers_customer SET born_on = '1900-01-01' WHERE id = %s", pk)
    _stage.rows("UPDATE insights_profile SET born_on = NULL WHERE customer_id = %s", pk)
    _stage.rows("INSERT INTO customers_touched (customer_id, at) VALUES (%s, now())", pk)


def seconds_until_in(pk: int) -> float:
    """Return after how many seconds of at most a minute it is in their profile."""
    begun = time.monotonic()
    while _stage.rows("SELECT 1 FROM insights_profile WHERE customer_id = %s AND born_on IS NULL", pk):
        if time.monotonic() > begun + 60:
            break
        time.sleep(0.02)
    return time.monotonic() - begun


def waits(ids: list[int]) -> dict[str, float]:
    """Return how long touched customers wait while a pass runs, and after the process that runs it was killed."""
    passing, refreshing = import_module("insights.passing"), import_module("insights.refreshing")
    waited, killed = [], []
    for _ in range(3):
        _stage.rows("UPDATE insights_profile SET fingerprint = NULL")
        passing.owe()
        _stage.rows("UPDATE insights_pass SET reached = 0 WHERE finished_at IS NULL")
        with walking() as child:
            while child.poll() is None and not _stage.rows(
                "SELECT 1 FROM insights_pass WHERE reached > 0 AND finished_at IS NULL"
            ):
                time.sleep(0.05)
            touch(pk := ids.pop())  # one of the last: the walk itself comes to them last
            waited.append(seconds_until_in(pk))
            touch(pk := ids.pop())
        begun = time.monotonic()
        refreshing.refresh_all_touched()
        killed.append(time.monotonic() - begun + seconds_until_in(pk))
    while passing.drive():
        pass
    return {"touched while a pass runs, at most, s": max(waited), "touched when it was killed, at most, s": max(killed)}


def measure() -> dict[str, float]:
    segments, refreshing = import_module("insights.segments"), import_module("insights.refreshing")
    Segment = import_module("insights.models").Segment
    try:
        evaluate = import_module("insights.evaluating").evaluate
    except ModuleNotFoundError:  # an older checkout
        evaluate = segments.evaluate
    _stage.rows("SET max_parallel_workers_per_gather = 0")
    Segment.objects.update(is_archived=True)
    refreshing.refresh()
    _stage.rows("VACUUM ANALYZE")
    ids = [pk for (pk,) in _stage.rows("SELECT id FROM customers_customer ORDER BY hashint8(id) LIMIT %s", CHANGED)]
    figures = {FLOORS["all"]: best(read, 5), FLOORS["some"]: best(lambda: read(ids), 5)}
    figures[FLOORS["scan"]] = best(lambda: _stage.rows(BARE), 5)
    figures["counts beside each piece of one rule, ms"] = best(lambda: segments.counts(rules()[0]), 5)
    figures["all profiles, nothing changed, ms"] = best(refreshing.refresh)
    for number, rule in enumerate(rules()):
        segments.save(Segment(), name=f"benchmark {number}", rule=rule, by=None)
    figures["20 rules, first time: all members written, ms"] = best(evaluate, 1)
    _stage.rows("VACUUM ANALYZE insights_profile")
    figures["20 rules, asked of everybody, ms"] = best(evaluate, 5)
    towns = iter(TOWNS)
    figures["10,000 changed customers with 20 rules, ms"] = best(
        lambda: refreshing.refresh(ids), before=lambda: change(ids, next(towns))
    )
    Segment.objects.update(is_archived=True)
    evaluate()  # nobody is in one that goes
    Segment.objects.filter(name__startswith="benchmark").delete()
    with suppress(ModuleNotFoundError):  # an older checkout has no passes
        figures |= waits(sorted(ids)[-100:])
    return figures


def main() -> None:
    options = _stage.asked(__doc__ or "", rounds=3).parse_args()
    with _stage.base(options):
        figures = measure()
    floors = {"counts": "scan", "20 rules": "all", "10,000": "some", "all profiles": "all"}
    pairs = ((name, floor) for name in figures for begin, floor in floors.items() if name.startswith(begin))
    ratios = {
        f"{name.removesuffix(', ms')} / its floor": figures[name] / figures[FLOORS[floor]] for name, floor in pairs
    }
    rounded = {name: round(figure, 1) for name, figure in figures.items()}
    _stage.tell(options, "segments", rounded, ratios, f"the rows are read, {figures[FLOORS['all']]:.0f} ms of CPU")


if __name__ == "__main__":
    main()
