"""Who sees some customers reads nothing that depends on the others: no number, no list, no refusal.

Everything is asked, then everything happens to those who are hidden, then everything is asked again.
"""

import pytest
import time_machine

from customers import contacting
from tests.oracle.asking import (
    MISSING,
    Noted,
    by_key,
    counted,
    differing,
    hidden_and_missing,
    lines_between,
    naming,
    pages,
    pasted,
    searched,
    signed_in,
    with_key,
)
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


def test_no_number_of_campaigns_and_segments_tells_what_hidden_customers_do(house):
    """The quick part of what follows: who has the most rights of those who see some."""
    lead = house.readers["who leads a team"]
    those = [one for one in pages(house, lead) if one[0].startswith(("campaigns:", "insights:")) and one[1] == "get"]
    told = shaken(house, {"who leads a team": (signed_in(lead), [*those, *counted(RULES[:1])])})
    assert not told, told


@pytest.mark.long
def test_no_page_tells_what_happens_to_whom_one_does_not_see(house):
    asked = {name: (signed_in(user), pages(house, user)) for name, user in house.readers.items()}
    told = shaken(house, asked)
    assert not told, told


@pytest.mark.long
def test_no_count_and_no_pasted_word_tells_either(house):
    lead = signed_in(house.readers["who leads a team"])
    told = shaken(house, {"who leads a team": (lead, [*counted(RULES), *pasted(house)])})
    assert not told, told


@pytest.mark.long
@pytest.mark.parametrize("name", ["who leads a team", "who sees their own"])
def test_no_search_and_no_filter_tells_either(house, monkeypatch, name):
    user = house.readers[name]
    told = shaken(house, {name: (signed_in(user), [*searched(house, user, Noted(monkeypatch))])})
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


@pytest.mark.long
def test_no_key_of_a_team_learns_of_the_customers_of_another(house):
    shop = with_key(house.readers["who leads a team"].team)
    told = shaken(house, {"a key": (shop, [*by_key(house)])})
    assert not told, told
    there, not_there = (naming(house, pk) for pk in (house.theirs["vera"].pk, MISSING))
    for one, other in zip(there, not_there, strict=True):
        hidden, missing = shop.ask(one), shop.ask(other).replace(str(MISSING), str(house.theirs["vera"].pk))
        assert hidden == missing, one
    for one, other in hidden_and_missing(house, "get", api=True):
        assert shop.ask(one) == shop.ask(other), one


def test_of_an_address_that_others_have_too_it_is_told_that_it_is_shared_and_no_more(house):
    """So is somebody not written down twice: decision 29."""
    lead = house.readers["who leads a team"]
    of_customers = {"customers:list", "customers:page", "customers:contact_points", "customers:change"}
    reader, asked = signed_in(lead), [one for one in pages(house, lead) if one[0] in of_customers]
    before = reader.ask_all(asked)
    contacting.add(house.theirs["vera"], "email", "bar@example.com", by=house.anna)
    told = {question: lines_between(said, reader.ask(question)) for question, said in before.items()}
    words = {
        question[0]: "".join(line[1:].strip() for line in lines if line[0] == "+") for question, lines in told.items()
    }
    shared = '<span class="meta">shared with others</span>'
    assert {name: said for name, said in words.items() if said} == {
        "customers:page": shared, "customers:contact_points": shared,
    }  # fmt: skip
