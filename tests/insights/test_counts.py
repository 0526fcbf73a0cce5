"""The numbers beside the pieces of a rule: each exactly as if it were asked alone, or about from a sample."""

import random

import pytest
from django.db import connection

from insights import refreshing, segments
from insights.rules import Condition, check, joined
from staff.roles import Role
from tests import make
from tests.insights.test_segments import ask, rule

pytestmark = pytest.mark.django_db

SINGLE = (
    ask("country", "one_of", ["IT"]), ask("country", "none_of", ["ES"]), ask("city", "begins", "b"),
    ask("city", "unknown"),
    ask("language", "one_of", ["it"]), ask("language", "none_of", ["es"]), ask("born_on", "before", "1990-01-01"),
    ask("born_on", "unknown"), ask("last_touch_at", "in_last", "9"), ask("last_touch_at", "not_in_last", "9"),
)  # fmt: skip


def tree(dice, depth=0):
    rows = [dice.choice(SINGLE) if depth == 2 or dice.random() < 0.6 else tree(dice, depth + 1) for _ in range(3)]
    return rule(*rows[: dice.randint(0, 3)], match=dice.choice(["all", "any"]))


def alone(node, context):
    """Yield (path, condition) of each piece, as its number is defined: left after it in "all", added by it in "any"."""
    for child in node.children:
        here = joined("all", [context, child.condition])
        yield child.path, here
        yield from alone(child, context)
        no = Condition(f"NOT COALESCE({child.condition.sql}, false)", child.condition.values)
        context = here if node.match == "all" else joined("all", [context, no])


def number(condition):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM insights_profile p WHERE {condition.sql}", condition.values)
        return cursor.fetchone()[0]


def people(dice, many, **fields):
    for n in range(many):
        born = dice.choice([None, "1980-05-05", "1995-05-05"])
        town, country, language = (dice.choice(["", *some]) for some in (("Bari", "Roma"), ("IT", "ES"), ("it", "es")))
        make.make_customer(f"C{n} X", city=town, country=country, language=language, born_on=born, **fields)
    refreshing.refresh()


@pytest.mark.parametrize("trees", [15, pytest.param(200, marks=pytest.mark.long)])
def test_each_number_is_as_if_it_were_asked_alone(trees):
    dice = random.Random(7)
    people(dice, 20)
    for _ in range(trees):
        asked = tree(dice)
        checked = check(asked)
        pieces = {(): checked.condition, **dict(alone(checked, Condition("TRUE")))}
        counted = segments.counts(asked)
        assert counted == {path: number(one) for path, one in pieces.items()}, asked
        assert segments.count(asked) == counted[()]


def test_of_many_it_is_about_and_scaled_to_those_whom_one_may_see(monkeypatch):
    bar = make.make_team("Bar")
    leader = make.make_user("Lea", Role.MANAGER, team=bar)
    people(random.Random(1), 20)
    people(random.Random(2), 10, team=bar)
    asked = rule(
        rule(ask("city", "is", "bari"), ask("city", "is", "roma"), match="any"), ask("country", "one_of", ["IT"])
    )
    exact, seen = segments.counts(asked), segments.counts(asked, leader)
    assert segments.about(asked) == (exact, False) and segments.about(asked, leader) == (seen, False)
    monkeypatch.setattr(segments, "EXACT_UP_TO", 5)
    assert segments.about(asked) == (exact, True), "the sample is everybody"
    assert segments.about(asked, leader) == (seen, True) and seen[()] < exact[()]
    with connection.cursor() as cursor:  # what ANALYZE thinks of a large table
        cursor.execute("UPDATE pg_class SET reltuples = 60 WHERE oid = 'insights_profile'::regclass")
    assert segments.about(asked)[0] == {path: 2 * n for path, n in exact.items()}
    assert segments.about(asked, leader)[0] == seen, "not by how many there are"
