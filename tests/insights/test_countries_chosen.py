"""A country is chosen by its name; rules that were written when it was a text select whom they selected."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import translation

from insights import refreshing, segments
from insights.conditions import Condition
from insights.fields import every
from insights.kinds import Kind
from insights.models import Segment
from insights.operators import TEXT
from insights.rules import check
from insights.wording import in_words
from tests import make
from tests.insights.test_segments import ask, rule

pytestmark = pytest.mark.django_db
choose = import_module("insights.migrations.0010_countries_are_chosen").choose
OLD = [
    ("is", "it"), ("is", " IT "), ("is", "XK"), ("is", "zr"), ("is", "Italy"), ("is_not", "it"), ("is_not", "ZR"),
    ("contains", "t"), ("contains", "IT"), ("contains", "ita"), ("begins", "i"), ("begins", "aq"), ("known", None),
    ("unknown", None),
]  # fmt: skip


def ids(condition):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT customer_id FROM insights_profile p WHERE {condition.sql}", list(condition.values))
        return sorted(pk for (pk,) in cursor.fetchall())


def as_text(operator, value):
    """Who answered when a country was a text."""
    _words, count, sql = TEXT[operator]
    return ids(Condition(sql.replace("{c}", "p.country"), (value.strip(),) if count else ()))


def test_saved_rules_hold_for_the_same_customers():
    for country in ("IT", "ES", "PT", "", "XK", "AQ", "ZR", "IE"):
        make.make_customer(f"Ana {country}", country=country)
    refreshing.refresh()
    before = [as_text(*old) for old in OLD]
    assert [len(found) for found in before] == [1, 1, 1, 1, 0, 7, 7, 2, 1, 0, 2, 1, 7, 1]
    for operator, value in OLD:
        nested = rule(rule(rule(ask("country", operator, value), match="any"), ask("kind", "known")), match="any")
        Segment.objects.create(name=f"{operator} {value}", rule=nested, is_archived=value == "XK")
    Segment.objects.create(name="List", rule={}, is_static=True)
    for _again in range(2):
        choose(apps, type("Editor", (), {"connection": connection}))
    rows = Segment.objects.order_by("pk").exclude(is_static=True)
    assert [ids(check(one.rule).condition) for one in rows] == before
    said = [next(iter(one.rule["any"][0]["all"][0]["any"])) for one in rows]
    assert said[0] == ask("country", "one_of", ["IT"]) == said[1] and said[3] == ask("country", "one_of", ["ZR"])
    assert said[5] == ask("country", "none_of", ["IT"]) and said[4] == ask("country", "one_of", ["ITALY"])
    assert said[7]["value"][:2] == ["AT", "BT"] and "PT" in said[7]["value"] and said[12] == ask("country", "known")


def test_it_is_called_as_its_reader_calls_it():
    country = every()["country"]
    asked = rule(ask("country", "none_of", ["IT", "DE", "ZR"]))
    assert (country.kind, country.find("portu", 9)) == (Kind.CHOICE, [("PT", "Portugal")])
    assert (
        in_words(asked) == "Customers for whom this is true: country is not Italy, Germany or ZR (no longer a choice)."
    )
    with translation.override("it"):
        assert country.find("germ", 9) == [("DE", "Germania")] and "Germania" in in_words(asked)
    make.make_customer("Ana X", country="")
    refreshing.refresh()
    assert segments.count(asked) == 1
