"""Who sees some customers reads nothing that depends on the others: no number, no list, no refusal.

Everything is asked, then everything happens to those who are hidden, then everything is asked again.
"""

import pytest
import time_machine

from tests.oracle.asking import Noted, counted, differing, hidden_and_missing, pages, searched, signed_in
from tests.oracle.house import build, shake

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings, tmp_path):
    settings.MEDIA_ROOT = settings.VAR = tmp_path
    with time_machine.travel("2026-11-12T10:00:00Z", tick=False):
        yield build()


def said(told) -> str:
    return "\n\n".join(f"{name}: {one}" for name, some in told.items() for one in some)


def shaken(house, asked) -> str:
    """Tell by what the answers to {who reads: (their way to ask, questions)} differ, once all has happened."""
    before = {name: reader.ask_all(questions) for name, (reader, questions) in asked.items()}
    assert all(before.values())
    shake(house)
    return said({name: differing(before[name], asked[name][0].ask_all(before[name])) for name in asked})


RULES = [
    {"all": [{"field": "spent", "is": "at_least", "value": value} for value in ("1", "1234", "1235", "2000")]},
    {"all": [{"field": "offers_email", "is": "yes"}, {"field": "has_open_complaint", "is": "yes"}]},
    {"all": [{"field": "city", "is": "is", "value": "Ravello"}, {"field": "orders", "is": "known"}]},
    {"all": [{"field": "name", "is": "contains", "value": "Vera"}]},
]


@pytest.mark.long
def test_no_page_tells_what_happens_to_whom_one_does_not_see(house):
    asked = {name: (signed_in(user), pages(house, user)) for name, user in house.readers.items()}
    told = shaken(house, asked)
    assert not told, told


@pytest.mark.long
def test_no_search_no_filter_and_no_count_tells_either(house, monkeypatch):
    noted, asked = Noted(monkeypatch), {}
    for name in ("who leads a team", "who sees their own"):
        user = house.readers[name]
        asked[name] = (signed_in(user), [*searched(house, user, noted), *counted(RULES)])
    told = shaken(house, asked)
    assert not told, told


@pytest.mark.long
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_hidden_is_answered_as_what_is_not_there(house, method):
    told = {}
    for name, user in house.readers.items():
        reader = signed_in(user)
        for there, not_there in hidden_and_missing(house, method, api=False):
            answers = (reader.ask(there), reader.ask(not_there))
            told[name, there[0]] = differing({there: answers[1]}, {there: answers[0]})
    assert not any(told.values()), said(told)
