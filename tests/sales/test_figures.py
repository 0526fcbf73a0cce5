"""What an account bought, counted once, whoever of it ordered."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from crm import formats
from interactions import timeline
from sales import figures, purchase_files, recording
from sales.figures import Unrated
from sales.models import Purchase
from sales.recording import Line
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 12)


@pytest.fixture
def cafe():
    return make.make_customer("Café Saudade", kind="company")


@pytest.fixture
def ana(cafe):
    return make.make_customer("Ana Lima", account=cafe)


def buy(customer, on, cents, currency="EUR", **fields):
    recording.record_many(
        [Line(customer_id=customer.pk, purchased_on=on, amount_cents=cents, currency=currency, **fields)], source="test"
    )


def test_sums_first_last_and_twelve_months(cafe, ana):
    buy(cafe, date(2024, 1, 5), 10_000)
    buy(ana, date(2026, 3, 1), 4_000)
    buy(ana, date(2025, 3, 13), 250)
    buy(cafe, date(2025, 4, 13), 11)
    buy(cafe, date(2025, 3, 12), 9)
    found = figures.of_account(cafe.pk, on=TODAY)
    assert (found.sum_cents, found.count) == (14_270, 5)
    assert (found.first_on, found.last_on) == (date(2024, 1, 5), date(2026, 3, 1))
    assert found.year_cents == sum(found.months) == 4_261
    assert (found.months[0], found.months[1], found.months[-1]) == (250, 11, 4_000)


@pytest.mark.parametrize("today", [date(2026, 3, 12), date(2028, 2, 29), date(2029, 2, 28), date(2026, 3, 31)])
def test_the_twelve_months_are_those_of_segments(cafe, today):
    with time_machine.travel(f"{today}T12:00:00Z", tick=False):
        on = [today - timedelta(days=days) for days in (*range(0, 366, 5), 364, 366, 367)]
        lines = [Line(customer_id=cafe.pk, purchased_on=day, amount_cents=1, currency="EUR") for day in on]
        recording.record_many(lines, source="test")
        found = figures.of_account(cafe.pk)
        assert found.year_cents == sum(found.months) == _in_profile(cafe, today)


def _in_profile(customer, today):
    """What insights/refreshing.py asks of the same purchases, with this day as the database's own."""
    return Purchase.objects.extra(where=["purchased_on > %s::date - interval '12 months'"], params=[today]).count()


def test_what_has_no_rate_is_told_apart_and_added_to_nothing(cafe):
    buy(cafe, date(2026, 1, 1), 100)
    buy(cafe, date(2026, 1, 2), 900, "USD")
    buy(cafe, date(2025, 1, 3), 1_000_000, "JPY")
    found = figures.of_account(cafe.pk, on=TODAY)
    assert (found.currency, found.sum_cents, found.year_cents, found.count) == ("EUR", 100, 100, 1)
    assert found.without_rate == [Unrated("JPY", 1, 1_000_000), Unrated("USD", 1, 900)]
    assert (found.first_on, found.last_on) == (date(2025, 1, 3), date(2026, 1, 2))


def test_who_never_bought_has_no_figures_not_zeros(cafe):
    assert figures.of_account(cafe.pk) is None
    buy(cafe, date(2026, 3, 13), 100)
    assert figures.of_account(cafe.pk, on=TODAY) is None
    assert figures.of_account(cafe.pk, on=date(2026, 3, 13)).sum_cents == 100


@time_machine.travel("2026-03-12T12:00:00Z", tick=False)
def test_a_persons_page_shows_the_accounts_figures_through_it(client, cafe, ana):
    buy(ana, date(2026, 3, 1), 41_50, product="Costiera blend", order_ref="20981")
    client.force_login(make.make_anna())
    page = client.get(reverse("customers:page", args=[ana.pk])).content.decode()
    assert "through Café Saudade" in page and "€41.50" in page and "20981" in page
    assert "through" not in client.get(reverse("customers:page", args=[cafe.pk])).content.decode()


def test_the_timeline_pages_through_purchases_of_one_day_without_losing_any(cafe):
    for cents in range(1, 8):
        buy(cafe, date(2026, 3, 1), cents)
    buy(cafe, date(2026, 2, 1), 100)
    seen, cursor = [], None
    while True:
        page = timeline.page(cafe, only=["purchases"], cursor=cursor, size=3)
        seen += [entry.subject.amount_cents for entry in page]
        cursor = page.older
        if not cursor:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1, 100]


def test_a_purchase_stands_under_its_day_wherever_the_timeline_is_read(cafe):
    buy(cafe, date(2026, 3, 1), 1)
    buy(cafe, date(1969, 7, 20), 2)
    for at in ((2026, 2, 28, 23, 59), (2026, 3, 1, 0, 1)):  # in Rome
        make.make_interaction(cafe, occurred_at=datetime(*at, tzinfo=ZoneInfo("Europe/Rome")))
    for zone in ("Pacific/Honolulu", "Europe/Rome", "Pacific/Auckland"):
        with timezone.override(ZoneInfo(zone)):
            told = list(timeline.page(cafe))
        assert [(one.source, one.day) for one in told] == [
            ("conversations", date(2026, 3, 1)), ("purchases", date(2026, 3, 1)),
            ("conversations", date(2026, 2, 28)), ("purchases", date(1969, 7, 20)),
        ]  # fmt: skip
        assert formats.day(told[1].on, long=True).startswith(("Sunday 1 March", "1 March"))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-12", date(2026, 3, 12)),
        ("12/03/2026 23:30", date(2026, 3, 12)),
        ("2026-03-12T23:30:00", date(2026, 3, 12)),
        ("2026-03-12T23:30:00Z", date(2026, 3, 13)),  # half past midnight in Rome
        ("2026-03-12 23:30:00 +0000", date(2026, 3, 13)),
        ("2026-03-13 00:30:00 +0100", date(2026, 3, 13)),
        ("2026-03-12T00:00:00-05:00", date(2026, 3, 12)),  # a day, as programs write one
        ("soon", None),
    ],
)
def test_a_moment_in_a_file_is_on_the_day_that_it_was_here(written, day):
    assert purchase_files._day(written, "IT") == day


def test_a_persons_timeline_tells_what_their_account_buys_as_the_panel_beside_it_does(cafe, ana):
    buy(cafe, date(2026, 3, 1), 1, order_ref="7")
    buy(ana, date(2026, 3, 2), 2)
    told = {entry.subject.amount_cents: entry.who for entry in timeline.page(ana, only=["purchases"])}
    assert told == {2: "through Café Saudade", 1: "order 7, through Café Saudade"}
    assert timeline.counts(ana, None, 100)["purchases"] == figures.of_account(ana.account_id).all_count() == 2
    assert [entry.who for entry in timeline.page(cafe, only=["purchases"])] == [ana.name, "order 7"]


def test_a_persons_timeline_keeps_what_they_ordered_for_another_account(cafe, ana):
    hotel = make.make_customer("Hotel Riviera", kind="company")
    buy(hotel, date(2026, 3, 3), 3)
    Purchase.objects.update(person=ana)
    buy(hotel, date(2026, 3, 4), 4)
    buy(cafe, date(2026, 3, 2), 2)
    told = [(entry.subject.amount_cents, entry.who) for entry in timeline.page(ana, only=["purchases"])]
    assert told == [(3, "through Hotel Riviera"), (2, "through Café Saudade")]
    keeper = make.make_user("Anna", Role.SALES, make.make_team("North"))
    for whose in (ana, cafe):
        type(whose).objects.filter(pk=whose.pk).update(keeper=keeper)
    assert [one.who for one in timeline.page(ana, keeper, only=["purchases"])] == ["", "through Café Saudade"]


@pytest.mark.parametrize("role", Role)
def test_everybody_who_may_see_customers_may_see_what_they_buy(role):
    user = make.make_user("Ugo", role)
    assert user.may("sales.view") == user.may("customers.view")
