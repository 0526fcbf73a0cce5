"""Products, months, seasons: any number of each at once. What rules select, how they are told, what pages show."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from customers.models import Customer
from insights import refreshing, segments, showing
from insights.rules import compile_rule
from insights.wording import in_words
from sales.models import Product, Purchase
from tests import make
from tests.api.conftest import Shop
from tests.insights.test_segments import ask, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
WHO = "Mira Ugo Rui Zoe Lea Pia Nora".split()


@pytest.fixture
def today():
    with time_machine.travel("2026-03-12 12:00Z", tick=False):
        yield


@pytest.fixture
def goods():
    names = ("Wine", "Olive oil", *(f"Bread {number}" for number in range(12)))
    return {one.name: one.pk for one in Product.objects.bulk_create(Product(name=name) for name in names)}


@pytest.fixture
def shop(goods):
    people = {name: make.make_customer(f"{name} X") for name in WHO}
    lines = [
        ("Mira", "Wine", "2026-02-03", 500, 500), ("Mira", "Wine", "2025-02-03", 500, 500),  # twice
        ("Ugo", "Wine", "2026-01-31", 500, 500), ("Ugo", "Wine", "2026-03-01", -500, -500),  # went back
        ("Rui", "Olive oil", "2026-03-13", 900, 900),  # tomorrow
        ("Zoe", "Olive oil", "2025-12-31", 700, None),  # without a rate
        ("Lea", "Bread 1", "2025-11-02", -300, None),  # a return alone, without a rate
        ("Pia", None, "2026-01-01", 100, 100),
    ]  # fmt: skip
    Purchase.objects.bulk_create(
        Purchase(
            account=people[name], product_id=goods[product] if product else None, purchased_on=date.fromisoformat(day),
            amount_cents=amount, base_cents=base, currency="EUR", line_ref=str(number),
        )
        for number, (name, product, day, amount, base) in enumerate(lines)
    )  # fmt: skip
    refreshing.refresh()
    return people


def who(field, operator, *values):
    """Return who answers, in the order of WHO."""
    held = compile_rule(rule(ask(field, operator, [str(one) for one in values])))
    sql = f"SELECT c.* FROM customers_customer c JOIN insights_profile p ON p.customer_id = c.id WHERE {held.sql}"
    found = {one.first_name for one in Customer.objects.raw(sql, held.values)}
    return " ".join(name for name in WHO if name in found)


def test_what_rules_select(shop, goods):
    wine, oil, bread = goods["Wine"], goods["Olive oil"], goods["Bread 1"]
    assert who("product", "one_of", wine) == "Mira Ugo"  # what went back was bought all the same
    assert who("product", "one_of", wine, oil) == "Mira Ugo Zoe"
    assert who("product", "none_of", wine, oil) == "Rui Lea Pia Nora"
    assert (who("product", "known"), who("product", "unknown")) == ("Mira Ugo Zoe Lea", "Rui Pia Nora")
    assert who("product", "one_of", bread, 4_000_000_000) == "Lea"
    assert who("product", "none_of", 4_000_000_000) == " ".join(WHO)

    assert who("month_bought", "one_of", 202602) == who("month_bought", "one_of", 202502) == "Mira"
    assert who("month_bought", "one_of", 202601, 202512) == "Ugo Zoe Pia"
    assert who("month_bought", "one_of", 202603, 202511) == ""  # nothing but returns, and what is to come
    assert who("month_bought", "unknown") == who("season_bought", "unknown") == "Rui Lea Nora"
    assert who("season_bought", "one_of", 2) == "Mira" and who("season_bought", "one_of", 1, 12) == "Ugo Zoe Pia"
    assert who("season_bought", "none_of", 1) == "Mira Rui Zoe Lea Nora"

    with time_machine.travel("2026-03-13 12:00Z", tick=False):
        refreshing.touch_changing()
        refreshing.refresh_all_touched()
        assert who("product", "one_of", oil) == "Rui Zoe" and who("month_bought", "one_of", 202603) == "Rui"


def told(field, operator, *values):
    return in_words(rule(ask(field, operator, [str(one) for one in values])))[
        len("Customers for whom this is true: ") : -1
    ]


def test_how_they_are_told(goods, django_assert_num_queries):
    wine, oil, *breads = goods.values()
    assert told("product", "one_of", wine) == "they bought Wine"
    assert told("product", "one_of", wine, oil) == "they bought Wine or Olive oil"
    assert told("product", "none_of", wine, oil, breads[0]) == "they did not buy Wine, Olive oil or Bread 0"
    many = "they bought Wine, Bread 0, Bread 1, Bread 2, Bread 3 or 7 more"
    assert told("product", "one_of", wine, *breads[:11]) == many
    assert told("product", "one_of", *breads[:6]).endswith("Bread 4 or Bread 5")
    assert told("product", "one_of", 4_000_000_000, wine) == "they bought Wine or one that no longer exists"
    assert told("product", "none_of", 4_000_000_000, 5) == "they did not buy 2 that no longer exist"
    assert told("product", "one_of", *breads[:7], 5).endswith("Bread 4, 2 more or one that no longer exists")
    assert told("product", "known") == "they bought a product"
    assert told("product", "unknown") == "they bought no product"
    assert told("month_bought", "none_of", 202511) == "they did not buy in November 2025"
    assert told("month_bought", "one_of", 202601, 199902) == "they bought in January 2026 or February 1999"
    assert told("season_bought", "one_of", 3, 4) == "they bought in March or April of any year"
    assert told("month_bought", "unknown") == told("season_bought", "unknown") == "they bought in no month"
    assert told("language", "none_of", "it", "xx") == "language is not Italian or xx (no longer a choice)"
    gone = make.make_user("Olga", is_active=False)
    assert told("keeper", "one_of", gone.pk) == "keeper is Olga"
    inns = segments.save(segments.Segment(), name="Inns", rule=rule(), by=None)
    assert told("segment", "one_of", inns.pk) == "they are in “Inns”"
    assert told("segment", "none_of", inns.pk, 4_000_000_000) == "they are not in “Inns” or one that no longer exists"
    with django_assert_num_queries(2):  # own fields, their names
        assert told("product", "one_of", *breads).endswith("7 more")


def test_what_the_page_and_the_api_show(shop, goods, client):
    make.make_organisation()
    mira = shop["Mira"]
    inns = segments.save(segments.Segment(), name="Inns", rule=rule(), by=None)
    Purchase.objects.bulk_create(
        Purchase(
            account=mira, product_id=product, purchased_on=date(2020 + number % 6, number % 12 + 1, 1),
            amount_cents=1, base_cents=1, currency="EUR", line_ref=f"m{number}",
        )
        for number, product in enumerate(goods.values())
    )  # fmt: skip
    refreshing.refresh()
    shown = {one.field.key: showing.in_words(one) for one in showing.of_customer(mira)}
    some = [f"Bread {number}" for number in (0, 1, 10, 11, 2, 3, 4, 5, 6, 7)]
    assert shown["product"] == f"{', '.join(some)} and 4 more"
    assert shown["month_bought"].startswith("February 2026, December 2025, June 2025, February 2025")
    assert shown["season_bought"].startswith("January, February, March") and shown["segment"] == ""
    client.force_login(make.make_anna())
    page = client.get(reverse("insights:figures", args=[mira.pk])).content.decode()
    assert "Bread 7 and 4 more" in page and "Campaign that" not in page

    answer = {one["key"]: one for one in Shop().get(f"customers/{mira.pk}/figures/").json()["figures"]}
    assert answer["product"]["value"] == [str(pk) for pk in sorted(goods.values())]
    assert sorted(answer["product"]["names"]) == sorted(goods)
    assert (answer["segment"]["value"], answer["segment"]["names"]) == ([str(inns.pk)], ["Inns"])
    assert (answer["kind"]["value"], answer["kind"]["names"]) == ("person", ["Person"])
    assert (answer["spent"]["names"], answer["campaign_got"]["names"]) == ([], [])
