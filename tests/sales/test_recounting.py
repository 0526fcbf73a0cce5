"""What purchases are worth is counted anew in slices: killed at any instant, nothing is lost and nothing doubled."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from crm.events.models import Event
from customers.models import Touched
from sales import bookkeeping, exchanging, figures, jobs, recording, recounting
from sales.models import Books, Purchase, Recount
from sales.recording import Line
from tests import make
from tests.racing import held, held_elsewhere

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def meridiana():
    return make.make_organisation()


@pytest.fixture
def mira():
    return make.make_mira()


def buy(customer, count, currency="USD", days=2):
    lines = [
        Line(customer_id=customer.pk, purchased_on=DAY + timedelta(days=n % days), amount_cents=100, currency=currency)
        for n in range(count)
    ]
    return recording.record_many(lines, source="test")


def owe_usd(worth="0.5", on=DAY):
    return exchanging.set_rate("USD", from_on=on, rate=Decimal(worth))


def sums():
    return {
        (currency, cents): Purchase.objects.filter(currency=currency, base_cents=cents).count()
        for currency, cents in Purchase.objects.values_list("currency", "base_cents").distinct()
    }


def test_a_slice_that_is_killed_is_done_again_from_where_it_began(mira, monkeypatch):
    monkeypatch.setattr(recounting, "SLICE_SIZE", 3)
    buy(mira, 10)
    owe_usd()
    Touched.objects.all().delete()
    assert recounting.take_slice()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        recounting.take_slice()
        raise KeyboardInterrupt
    owed = Recount.objects.get()
    assert (owed.done_count, owed.finished_at) == (3, None)
    assert Purchase.objects.filter(base_cents=50).count() == 3
    assert set(Touched.objects.values_list("customer_id", flat=True)) == {mira.pk}
    jobs.recount()
    owed.refresh_from_db()
    assert owed.done_count == 10 and owed.finished_at
    assert sums() == {("USD", 50): 10}
    assert recounting.take_slice() is False


def test_a_rate_that_changed_meanwhile_wins(mira):
    buy(mira, 2)
    owe_usd("0.5")
    owe_usd("0.7")
    owe_usd("0.6", on=DAY + timedelta(days=1))
    jobs.recount()
    assert sums() == {("USD", 70): 1, ("USD", 60): 1}


def test_nobody_is_touched_whose_figures_stay(mira):
    other = make.make_customer("Ugo")
    buy(mira, 1)
    buy(other, 1, "EUR")
    Touched.objects.all().delete()
    owe_usd()
    jobs.recount()
    assert set(Touched.objects.values_list("customer_id", flat=True)) == {mira.pk}
    Touched.objects.all().delete()
    recounting.owe("USD")
    jobs.recount()
    assert not Touched.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_who_sets_a_rate_waits_for_who_records_and_misses_none_of_it(self, mira):
        with held(lambda: buy(mira, 1)) as start:
            start(owe_usd)
        jobs.recount()
        assert sums() == {("USD", 50): 1}

    def test_who_records_waits_for_who_sets_a_rate_and_goes_by_it(self, mira):
        with held(owe_usd) as start:
            start(lambda: buy(mira, 1))
        assert sums() == {("USD", 50): 1}

    def test_two_who_record_do_not_wait_for_each_other(self, mira):
        ugo = make.make_customer("Ugo")
        buy(ugo, 1)  # the books are open
        with held_elsewhere(lambda: buy(mira, 1)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            assert buy(ugo, 2).made == 1

    def test_two_workers_take_no_slice_twice(self, mira):
        buy(mira, 1)
        owe_usd()
        with held_elsewhere(recounting.take_slice):
            assert recounting.take_slice() is False
        assert sums() == {("USD", 50): 1}


def test_what_was_bought_before_the_clock_looked_follows_the_currency_too(mira):
    buy(mira, 1, "EUR"), buy(mira, 1, "USD")
    make.make_organisation(currency="USD")
    for _look in range(3):
        jobs.recount()
    assert sums() == {("EUR", None): 1, ("USD", 100): 1} and bookkeeping.currency() == "USD"


def test_the_clock_opens_the_books_and_tells_nothing():
    for _look in range(2):
        jobs.recount()
        assert (Books.objects.get().currency, bookkeeping.base()) == ("EUR", "EUR")
    assert not Event.objects.exists()


def test_the_books_follow_the_organisations_currency_and_never_hold_two(mira):
    buy(mira, 2, "EUR")
    buy(mira, 1, "USD")
    owe_usd("0.5")
    jobs.recount()
    make.make_organisation(currency="USD")
    recounting.follow()
    assert (bookkeeping.currency(), bookkeeping.base()) == ("EUR", ""), "they are closing"
    assert recounting.take_slice()
    found = figures.of_account(mira.pk)
    assert (found.currency, found.sum_cents) == ("EUR", 50), "some are out of the sums, none is in another currency"
    assert [one.currency for one in found.without_rate] == ["EUR"]
    buy(make.make_customer("Ugo"), 1, "USD")
    jobs.recount()
    jobs.recount()
    assert bookkeeping.currency() == "USD"
    assert Purchase.objects.filter(currency="USD", base_cents=100).count() == 2
    assert Purchase.objects.filter(currency="EUR", base_cents=None).count() == 2
    told = Event.objects.get(kind="currency.changed")
    assert (told.data["before"], told.data["after"]) == ("EUR", "USD")
    exchanging.set_rate("EUR", from_on=DAY, rate=Decimal(2))
    jobs.recount()
    assert sums() == {("USD", 100): 2, ("EUR", 200): 2}


def test_who_goes_back_finds_the_former_rates(mira):
    buy(mira, 1, "USD")
    owe_usd()
    jobs.recount()
    for currency in ("GBP", "EUR"):
        make.make_organisation(currency=currency)
        jobs.recount()
        jobs.recount()
    assert sums() == {("USD", 50): 1}
    assert Books.objects.get().currency == "EUR"


def test_a_currency_that_changes_twice_before_the_books_follow_is_no_trouble(mira):
    buy(mira, 1, "USD")
    make.make_organisation(currency="GBP")
    recounting.follow()
    make.make_organisation(currency="USD")
    jobs.recount()
    jobs.recount()
    assert (bookkeeping.currency(), sums()) == ("USD", {("USD", 100): 1})
