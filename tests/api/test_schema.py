"""The API as it describes itself, and Schemathesis asking some of what the description allows and forbids."""

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from hypothesis import Phase, settings

from tests.api.described import DESCRIBED, LIMITS, ask, asking, schema

pytest_plugins = ["schemathesis.pytest.plugin"]  # left out elsewhere: half a second in each run
__all__ = ["asking"]


@schema.parametrize()
@settings(max_examples=3, phases=[Phase.generate], **LIMITS)
def test_every_answer_is_as_described(case, asking):
    ask(case, asking)


def test_the_description_is_valid_and_complete():
    validate_schema(DESCRIBED)
    assert DESCRIBED["openapi"].startswith("3.1")
    assert not GENERATOR_STATS._warn_cache
    operations = [one for path in DESCRIBED["paths"].values() for name, one in path.items() if name != "parameters"]
    assert len({one["operationId"] for one in operations}) == len(operations) == 26
    assert all("Scope: `" in one["description"] for one in operations)


def test_each_operation_is_told_apart_by_a_short_summary():
    operations = [one for path in DESCRIBED["paths"].values() for name, one in path.items() if name != "parameters"]
    summaries = {one.get("summary", "") for one in operations}
    assert len(summaries) == len(operations)
    assert all(0 < len(one) <= 40 and not one.endswith(".") for one in summaries)
