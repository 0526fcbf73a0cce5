"""Whatever was bought, in whatever currency, at whatever rate: all who tell it tell what plain Python adds up."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.test import RequestFactory
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from crm import days, formats
from crm.money import units
from insights import jobs as insights_jobs
from insights import refreshing, segments, showing
from insights.fields import every
from insights.wording import in_words
from sales import exchanging, figures, jobs, recording
from sales import showing as sales_showing
from sales.models import ExchangeRate, Product
from sales.recording import Line
from staff import settling_in
from tests import make
from tests.api.conftest import Shop

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
TODAY = date(2026, 3, 12)
DECIMALS = {"EUR": 2, "USD": 2, "HUF": 2, "JPY": 0, "KWD": 3, "BHD": 3}
DAYS = [
    date(1931, 5, 6), date(1969, 12, 31), date(2024, 2, 29), date(2025, 3, 12), date(2025, 3, 13), date(2025, 3, 14),
    date(2026, 2, 28), TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1), date(2026, 12, 31),
]  # fmt: skip

bought = st.builds(
    lambda on, cents, currency, order, product, ref: ("buy", on, cents, currency, order, product, ref),
    st.sampled_from(DAYS),
    st.one_of(st.integers(-999, 999), st.integers(-(10**9), 10**9)),
    st.sampled_from(sorted(DECIMALS)),
    st.sampled_from(["", "7", "8"]),
    st.sampled_from(["", "Blend", "Grinder"]),
    st.sampled_from(["", "", "a", "b"]),
)
rated = st.builds(
    lambda currency, on, worth: ("rate", currency, on, worth),
    st.sampled_from(sorted(DECIMALS)),
    st.sampled_from([date(1960, 1, 1), date(2025, 3, 13), TODAY, TODAY + timedelta(days=1)]),
    st.sampled_from([Decimal(worth) for worth in ("0.0025", "0.92", "2.5", "162.345678901234")]),
)
steps = st.lists(
    st.one_of(
        bought, bought, bought, rated, rated,
        st.just(("again",)), st.just(("tomorrow",)),
        st.builds(lambda currency: ("ours", currency), st.sampled_from(["EUR", "JPY", "KWD"])),
        st.builds(lambda n: ("unrate", n), st.integers(0, 3)),
    ),
    min_size=4, max_size=16,
)  # fmt: skip


@dataclass
class Oracle:
    """What was bought and what it is worth, by hand."""

    ours: str = "EUR"
    today: date = TODAY
    rates: dict = field(default_factory=dict)  # (ours, currency) → {day: rate}
    lines: dict = field(default_factory=dict)  # its own number, or which line of all → the line

    def worth(self, on, cents, currency):
        if currency == self.ours:
            return cents
        known = {day: rate for day, rate in self.rates.get((self.ours, currency), {}).items() if day <= on}
        if not known:
            return None
        exact = Decimal(cents) * known[max(known)] * Decimal(10) ** (DECIMALS[self.ours] - DECIMALS[currency])
        return int(exact.to_integral_value(ROUND_HALF_UP))

    def figures(self):
        """Return {key: value} of what a segment asks."""
        past = [one for one in self.lines.values() if one[1] <= self.today]
        in_year = [one for one in past if one[1] > days.months_before(self.today, 12)]
        worth = {id(one): self.worth(*one[1:4]) for one in past}
        kept = [one for one in past if one[2] >= 0]  # a return is no purchase, whatever it is worth
        return {
            "first_purchase_on": min((one[1] for one in kept), default=None),
            "last_purchase_on": max((one[1] for one in kept), default=None),
            "orders": len({(one[1], one[4]) for one in kept}),
            "orders_12m": len({(one[1], one[4]) for one in in_year if one in kept}),
            "orders_without_rate": len({(one[1], one[4]) for one in kept if worth[id(one)] is None}),
            "spent": sum(worth[id(one)] or 0 for one in past),
            "spent_12m": sum(worth[id(one)] or 0 for one in in_year),
            "product": {one[5] for one in past} - {""},
            "month_bought": {one[1].year * 100 + one[1].month for one in kept},
            "season_bought": {one[1].month for one in kept},
        }

    def unrated(self):
        """Return {currency: (lines, cents)} of what is in no sum."""
        found = {}
        for _buy, on, cents, currency, *_rest in self.lines.values():
            if on <= self.today and self.worth(on, cents, currency) is None:
                count, total = found.get(currency, (0, 0))
                found[currency] = count + 1, total + cents
        return found


@contextmanager
def undone():
    """Do something and take it back: the next example begins with nothing."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def line(customer, said):
    _buy, on, cents, currency, order, product, ref = said
    return Line(
        customer_id=customer.pk, purchased_on=on, amount_cents=cents, currency=currency, order_ref=order,
        product=product, line_ref=ref,
    )  # fmt: skip


def take(step, oracle, boss, who, clock):
    """Do one step, in Filo and in the oracle."""
    deed, *said = step
    if deed == "buy":  # one after the other: equal lines without a number of their own are the same line
        if recording.record_many([line(who[len(oracle.lines) % 2], step)], source="test", system="shop").made:
            oracle.lines[said[-1] or len(oracle.lines)] = step
    elif deed == "again":
        again = [line(who[0], one) for one in oracle.lines.values() if one[-1]]
        assert recording.record_many(again, source="test", system="shop").made == 0
    elif deed == "tomorrow":
        oracle.today += timedelta(days=1)
        clock.move_to(datetime(*oracle.today.timetuple()[:3], 0, 5, tzinfo=ROME))
        insights_jobs.follow_time()
    else:
        count_otherwise(deed, said, oracle, boss)


def count_otherwise(deed, said, oracle, boss):
    """Set a rate, take one back, or count in another currency."""
    if deed == "unrate":
        for rate in ExchangeRate.objects.order_by("pk")[said[0] :][:1]:
            exchanging.remove(rate)
            del oracle.rates[rate.base, rate.currency][rate.from_on]
    elif said[0] == oracle.ours:
        return
    elif deed == "rate":
        exchanging.set_rate(said[0], from_on=said[1], rate=said[2])
        oracle.rates.setdefault((oracle.ours, said[0]), {})[said[1]] = said[2]
    else:
        ours = make.make_organisation()
        ours.currency = oracle.ours = said[0]
        settling_in.change(ours, by=boss)


WITHOUT_SHRINKING = [Phase.explicit, Phase.generate]  # an example is short, and takes a third of a second
BOUGHT = ("buy", TODAY, 1_000, "KWD", "", "", "")


@given(steps)
@settings(max_examples=2, phases=WITHOUT_SHRINKING)
@example([BOUGHT, ("rate", "KWD", date(1960, 1, 1), Decimal("2.5")), ("ours", "JPY"), ("ours", "EUR")])
@example([BOUGHT, ("ours", "JPY"), ("rate", "KWD", date(1960, 1, 1), Decimal("162.345678901234"))])
@example([("buy", TODAY + timedelta(days=1), 5, "EUR", "", "", "a"), ("tomorrow",), ("again",)])
def test_all_tell_what_was_bought(steps):
    all_tell_alike(steps)


@pytest.mark.long
@given(steps)
@settings(max_examples=60, phases=WITHOUT_SHRINKING)
def test_all_tell_what_was_bought_in_many_more_ways(steps):
    all_tell_alike(steps)


def all_tell_alike(steps):
    with undone(), time_machine.travel(datetime(2026, 3, 12, 0, 5, tzinfo=ROME), tick=False) as clock:
        make.make_organisation(currency="EUR", time_zone="Europe/Rome")
        boss, oracle = make.make_user("Rita", make.Role.ADMINISTRATOR), Oracle()
        cafe = make.make_customer("Café Saudade", kind="company")
        who = make.make_customer("Ana Lima", account=cafe), cafe
        for step in steps:
            take(step, oracle, boss, who, clock)
        jobs.recount(), jobs.recount()  # the books close, and open in another currency
        refreshing.refresh_touched()
        for one in who:
            told_alike(one, oracle)
        if oracle.lines:
            counted_alike(oracle, boss)
        told_by_the_account(cafe, oracle, boss)


MONEY = ("spent", "spent_12m", "orders", "orders_12m", "orders_without_rate")


def told_alike(customer, oracle):
    wanted, shown = oracle.figures(), {one.field.key: one for one in showing.of_customer(customer)}
    told = {key: shown[key].value for key in wanted} if shown else {}
    if not shown:
        assert not oracle.lines
        return
    names = dict(Product.objects.values_list("pk", "name"))
    told = {key: set(value) if isinstance(value, list) else value for key, value in told.items()}
    assert told | {"product": {names[pk] for pk in told["product"]}} == wanted
    answer = Shop().get(f"customers/{customer.pk}/figures/").json()
    by_api = {one["key"]: one["value"] for one in answer["figures"]}
    assert answer["currency"] == oracle.ours
    assert {key: by_api[key] for key in MONEY} == {key: wanted[key] for key in MONEY}
    for key in ("first_purchase_on", "last_purchase_on"):
        assert by_api[key] == (wanted[key] and wanted[key].isoformat())


def counted_alike(oracle, boss):
    """Count both: each figure is at least what it is, and not the smallest unit more."""
    wanted, known, groups, counted = oracle.figures(), every(), [], {(): 0}
    for at, key in enumerate(MONEY):
        money = key.startswith("spent")
        least = units(wanted[key], oracle.ours) if money else wanted[key]
        finest = units(1, oracle.ours) if money else 1
        asked = [{"field": key, "is": "at_least", "value": str(value)} for value in (least, least + finest)]
        groups.append({"all": [asked[0], {"any": asked}, asked[1]]})
        numbers = {(): 0, (0,): 2, (1,): 2, (1, 0): 2, (1, 1): 0, (2,): 0}
        counted |= {(at, *path): number for path, number in numbers.items()}
        said = formats.money(wanted[key], oracle.ours, exact=True) if money else least
        assert f"{known[key].label} is at least {said} " in in_words(groups[-1], known)
    assert segments.counts({"any": groups}, boss) == counted, in_words({"any": groups})


def told_by_the_account(customer, oracle, boss):
    wanted, shown = oracle.figures(), {one.field.key: one for one in showing.of_customer(customer)}
    found = figures.of_account(customer.account_id)
    if not any(one[1] <= oracle.today for one in oracle.lines.values()):
        assert found is None
        return
    said = (found.first_on, found.last_on, found.sum_cents, found.year_cents, found.currency)
    assert said == (
        *(wanted[key] for key in ("first_purchase_on", "last_purchase_on", "spent", "spent_12m")),
        oracle.ours,
    )
    assert sum(found.months) == found.year_cents and found.all_count() == sum(
        one[1] <= oracle.today for one in oracle.lines.values()
    )
    assert {one.currency: (one.count, one.sum_cents) for one in found.without_rate} == oracle.unrated()
    request = RequestFactory().get("/")
    request.user = boss
    panel, spent = sales_showing.panel(request, customer), formats.money(wanted["spent"], oracle.ours)
    assert (spent in panel) == bool(found.count) and showing.in_words(shown["spent"]) == (
        spent if wanted["spent"] else ""
    )
