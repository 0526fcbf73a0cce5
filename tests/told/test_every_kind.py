"""Each kind of fact comes about by its verb: about whom and by whom it says, and nothing else is told."""

import pytest

from crm.events.catalogue import KINDS
from crm.events.models import Event
from tests.told import LINES, Cast, Fact, calls, campaigns, colleagues, conversations, customers, promises
from tests.told.watching import writers_watched

ROOMS = (calls, campaigns, colleagues, conversations, customers, promises)  # importing them registers their lines


@pytest.fixture
def cast(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Cast()


def test_each_kind_in_the_catalogue_has_a_line():
    assert sorted(KINDS) == sorted(LINES)


@pytest.mark.parametrize(
    ("kind", "line"),
    [pytest.param(kind, line, id=f"{kind}-{line.__name__}") for kind, lines in LINES.items() for line in lines],
)
def test_its_verb_tells_it_and_nothing_else(cast, kind, line):
    steps = line(cast)
    next(steps)
    Event.objects.all().delete()
    with writers_watched() as wrong:
        expected = next(steps)
    assert wrong == []
    expected = expected if isinstance(expected, tuple) else (expected,)
    names = ("kind", "about", "about_id", "customer_id", "actor_id")
    assert [Fact(*row) for row in Event.objects.order_by("id").values_list(*names)] == list(expected)
    assert kind in [one.kind for one in expected]
