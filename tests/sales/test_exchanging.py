"""What other currencies are worth: who says so, from which day on, and which purchases that concerns."""

from datetime import date
from decimal import Decimal

import pytest

from crm.events.models import Event
from crm.problems import Invalid
from sales import exchanging, jobs, recording
from sales.models import ExchangeRate, Purchase, Recount
from sales.recording import Line
from tests import make

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def meridiana():
    make.make_organisation()


@pytest.fixture
def mira():
    return make.make_mira()


def buy(customer, on, cents, currency="USD", ref=""):
    line = Line(customer_id=customer.pk, purchased_on=on, amount_cents=cents, currency=currency, line_ref=ref)
    return recording.record_many([line], source="test")


def rate(currency, on, worth):
    exchanging.set_rate(currency, from_on=on, rate=Decimal(worth))
    jobs.recount()


def worth():
    return list(Purchase.objects.order_by("purchased_on", "pk").values_list("base_cents", flat=True))


def test_a_purchase_goes_by_the_rate_of_its_day(mira):
    rate("USD", DAY, "0.9")
    rate("USD", date(2026, 2, 1), "0.8")
    rate("USD", date(2999, 1, 1), "7")
    for day in (date(2025, 12, 31), DAY, date(2026, 1, 31), date(2026, 2, 1)):
        buy(mira, day, 1_000, ref=day.isoformat())
    assert worth() == [None, 900, 900, 800]


def test_it_is_rounded_half_up_and_what_comes_back_takes_back_as_much(mira):
    rate("USD", DAY, "0.5")
    for cents in (1, -1, 3, -3, 4):
        buy(mira, DAY, cents, ref=str(cents))
    assert worth() == [1, -1, 2, -2, 2]


@pytest.mark.parametrize(
    ("currency", "base", "cents", "rated", "expected"),
    [
        ("JPY", "EUR", 1_000_000, "0.0061", 610_000), ("KWD", "EUR", 12_345, "3", 3_704),
        ("EUR", "JPY", 1_050, "160.5", 1_685), ("USD", "KWD", 100, "0.3075", 308),
        ("CLF", "JPY", 10_000, "6000", 6_000), ("EUR", "EUR", 7, None, 7), ("USD", "EUR", 10**13, "1000000000", None),
    ],
)  # fmt: skip
def test_minor_units_differ(mira, currency, base, cents, rated, expected):
    make.make_organisation(currency=base)
    if rated:
        rate(currency, DAY, rated)
    buy(mira, DAY, cents, currency)
    assert worth() == [expected]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("currency", {"currency": "XYZ"}), ("currency", {"currency": "EUR"}), ("currency", {"currency": "usd"}),
        ("rate", {"rate": "0"}), ("rate", {"rate": "-1"}), ("rate", {"rate": "NaN"}), ("rate", {"rate": "1e10"}),
        ("rate", {"rate": "0.1234567890123"}), ("from_on", {"from_on": date(1, 1, 1)}),
    ],
)  # fmt: skip
def test_what_cannot_be_a_rate_is_refused_and_says_which_field(field, fields):
    said = {"currency": "USD", "from_on": DAY, "rate": "0.9", **fields}
    with pytest.raises(Invalid) as refusal:
        exchanging.set_rate(said["currency"], from_on=said["from_on"], rate=Decimal(said["rate"]))
    assert set(refusal.value.details["fields"]) == {field}
    assert not ExchangeRate.objects.exists()


def test_the_same_rate_again_changes_nothing_and_tells_nothing(mira):
    buy(mira, DAY, 1_000)
    first, is_new = exchanging.set_rate("USD", from_on=DAY, rate=Decimal("0.9"))
    again = exchanging.set_rate("USD", from_on=DAY, rate=Decimal("0.900"))
    assert is_new and again == (first, False)
    assert Recount.objects.count() == Event.objects.filter(kind="exchange_rate.set").count() == 1
    exchanging.set_rate("USD", from_on=DAY, rate=Decimal("0.8"))
    told = Event.objects.filter(kind="exchange_rate.set").latest("id")
    assert (told.data["before"], told.data["rate"], told.data["base"]) == ("0.9", "0.8", "EUR")


def test_only_its_span_is_counted_anew(mira):
    rate("USD", DAY, "0.9")
    rate("USD", date(2026, 3, 1), "0.8")
    for month in (1, 2, 3):
        buy(mira, date(2026, month, 2), 1_000, ref=str(month))
    exchanging.set_rate("USD", from_on=date(2026, 2, 1), rate=Decimal("0.5"))
    owed = Recount.objects.get(finished_at=None)
    assert (owed.from_on, owed.until_on) == (date(2026, 2, 1), date(2026, 3, 1))
    jobs.recount()
    assert worth() == [900, 500, 800]
    exchanging.remove(ExchangeRate.objects.get(from_on=DAY))
    jobs.recount()
    assert worth() == [None, 500, 800]
