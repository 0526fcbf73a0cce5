"""Segment, page and API say the same of what somebody bought, whatever currency, day and way it came in."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from insights import evaluating, refreshing, segments
from insights.models import Membership, Profile, Segment
from sales import exchanging, figures, jobs, recording
from sales.recording import Line
from tests import make
from tests.api.conftest import Shop

pytestmark = pytest.mark.django_db
NOW = "2026-03-11T23:30:00Z"  # in Rome it is the twelfth
TODAY = date(2026, 3, 12)
LINES = [  # day, cents, currency
    (date(1968, 5, 1), 10_000, "EUR"),
    (date(1969, 12, 31), 1_000, "USD"),  # 5.00: rate of 1960
    (date(2026, 3, 1), 100_00, "EUR"),
    (date(2026, 3, 2), -30_00, "EUR"),  # came back
    (date(2026, 3, 3), 10_00, "USD"),  # 9.00
    (date(2026, 3, 4), -1_05, "USD"),  # −0.945: −0.95
    (TODAY, 1_234, "KWD"),  # 1.234 × 2.5 = 3.085: 3.09
    (date(2026, 2, 1), 1_000_000, "JPY"),  # no rate before the first of March
    (date(2025, 3, 12), 1_00, "EUR"),  # a year ago to the day
    (date(2025, 3, 13), 2_00, "EUR"),
    (TODAY + timedelta(days=1), 5_00, "EUR"),  # to come
    (date(2026, 12, 31), 5_00, "GBP"),
]
SPENT = 10_000 + 500 + 10_000 - 3_000 + 900 - 95 + 309 + 100 + 200
YEAR = 10_000 - 3_000 + 900 - 95 + 309 + 200


@pytest.fixture
def mira(settings):
    make.make_organisation(time_zone="Europe/Rome")
    return make.make_mira()


def buy(customer):
    lines = [
        Line(customer_id=customer.pk, purchased_on=on, amount_cents=cents, currency=currency)
        for on, cents, currency in LINES
    ]
    recording.record_many(lines, source="test", system="shop")


def rates():
    for currency, on, worth in (
        ("USD", date(1960, 1, 1), "0.5"), ("USD", date(2026, 3, 1), "0.9"), ("KWD", date(2020, 1, 1), "2.5"),
        ("JPY", date(2026, 3, 1), "0.006"),
    ):  # fmt: skip
        exchanging.set_rate(currency, from_on=on, rate=Decimal(worth))
    jobs.recount()


def at_least(units, field="spent"):
    rule = {"all": [{"field": field, "is": "at_least", "value": str(units)}]}
    segment = segments.save(Segment(), name=f"{field} {units}", rule=rule, by=None)
    evaluating.evaluate()
    return Membership.objects.filter(segment=segment).count()


def test_page_segment_and_api_agree(client, mira):
    ugo = make.make_customer("Ugo Neri")
    with time_machine.travel(NOW, tick=False):
        buy(mira)  # before there are rates, and again
        rates()
        buy(mira), buy(ugo), buy(ugo)
        refreshing.refresh()
        for field, cents in (("spent", SPENT), ("spent_12m", YEAR)):
            assert (at_least(cents / 100, field), at_least((cents + 1) / 100, field)) == (2, 0)
        client.force_login(make.make_anna(time_zone="America/Lima"))  # where it is the eleventh still
        for customer in (mira, ugo):
            all_tell_the_same(customer, client)


def all_tell_the_same(customer, client):
    found, profile = figures.of_account(customer.pk), Profile.objects.get(customer=customer)
    assert (found.sum_cents, found.year_cents) == (SPENT, YEAR) == (profile.spent_cents, profile.spent_12m_cents)
    assert sum(found.months) == YEAR
    assert [(one.currency, one.sum_cents) for one in found.without_rate] == [("JPY", 1_000_000)]
    assert (profile.first_purchase_on, profile.last_purchase_on) == (found.first_on, found.last_on)
    assert (found.first_on, found.last_on) == (date(1968, 5, 1), TODAY)
    rows = Shop().get("purchases/", {"customer": customer.pk}).json()["results"]
    worth = {row["purchased_on"]: row["base_cents"] for row in rows if row["purchased_on"] <= TODAY.isoformat()}
    assert len(rows) == len(LINES) and sum(cents for cents in worth.values() if cents is not None) == SPENT
    page = client.get(reverse("customers:page", args=[customer.pk])).content.decode()
    assert "€189" in page and "and JP¥1,000,000 without a rate" in page


def test_a_rate_that_changes_reaches_whoever_carries_the_figure(mira):
    cafe = make.make_customer("Café Saudade", kind="company")
    ana = make.make_customer("Ana Lima", account=cafe)
    buy(cafe)
    refreshing.refresh_all_touched()
    exchanging.set_rate("USD", from_on=date(2026, 3, 1), rate=Decimal(2))
    jobs.recount()
    refreshing.refresh_all_touched()
    with_rate = figures.of_account(cafe.pk).sum_cents
    assert [Profile.objects.get(customer=one).spent_cents for one in (ana, cafe)] == [with_rate] * 2


@pytest.mark.parametrize(("currency", "cents", "units"), [("JPY", 1_000, "1000"), ("KWD", 1_000, "1.000")])
def test_a_rule_asks_in_units_of_the_organisations_currency(mira, currency, cents, units):
    make.make_organisation(currency=currency)
    line = Line(customer_id=mira.pk, purchased_on=date(2025, 3, 1), amount_cents=cents, currency=currency)
    recording.record_many([line], source="test")
    refreshing.refresh()
    assert (at_least(units), at_least(Decimal(units) + 1)) == (1, 0)
