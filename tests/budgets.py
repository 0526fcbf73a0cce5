"""How many queries a page may ask: the numbers are in budgets.json, so that a change of one is seen in review."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

MARKS = ("SAVEPOINT", "RELEASE SAVEPOINT")  # the test's own transaction makes these of what is BEGIN elsewhere
BUDGETS = Path(__file__).with_name("budgets.json")


@contextmanager
def assert_within(name: str) -> Iterator[CaptureQueriesContext]:
    """Fail if the block asks more queries than budgets.json grants `name`."""
    granted = json.loads(BUDGETS.read_text())[name]
    with CaptureQueriesContext(connection) as asked:
        yield asked
    queries = [query["sql"] for query in asked.captured_queries if not query["sql"].startswith(MARKS)]
    told = "\n".join(sql[:200] for sql in queries)
    assert len(queries) <= granted, f"{name} asked {len(queries)} queries, {granted} are granted:\n{told}"
