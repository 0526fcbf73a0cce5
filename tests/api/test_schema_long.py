"""Schemathesis asking all that the description allows and forbids. Finding out what that is takes half a minute."""

import pytest
from hypothesis import Phase, settings

from tests.api.described import LIMITS, ask, asking, schema

pytest_plugins = ["schemathesis.pytest.plugin"]  # left out elsewhere: half a second in each run
__all__ = ["asking"]


@pytest.mark.long
@pytest.mark.timeout(600)
@schema.parametrize()
@settings(max_examples=100, phases=[Phase.explicit, Phase.generate], **LIMITS)
def test_every_answer_is_as_described_asked_widely(case, asking):
    ask(case, asking)
