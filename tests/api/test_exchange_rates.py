"""Exchange rates: a bank's list, sent every day, twice if need be."""

from datetime import date

import pytest

from sales import jobs, recording
from sales.models import ExchangeRate, Purchase
from tests.make import make_mira, make_organisation

pytestmark = pytest.mark.django_db
RATE = {"currency": "USD", "from_on": "2026-01-01", "rate": "0.9200"}


@pytest.fixture(autouse=True)
def meridiana():
    make_organisation()


def test_a_rate_is_set_listed_and_given_another_number(shop):
    made = shop.post("exchange-rates/", RATE)
    assert made.status_code == 201
    assert made.json() == {"currency": "USD", "base": "EUR", "from_on": "2026-01-01", "rate": "0.92"}
    assert shop.post("exchange-rates/", RATE).status_code == 200
    shop.post("exchange-rates/", RATE | {"rate": "0.9"})
    shop.post("exchange-rates/", RATE | {"currency": "JPY", "rate": 0.0061, "from_on": "2999-01-01"})
    rows = shop.get("exchange-rates/").json()["results"]
    assert [(row["currency"], row["rate"]) for row in rows] == [("JPY", "0.0061"), ("USD", "0.9")]
    first = shop.get("exchange-rates/", {"size": 1}).json()
    assert shop.client.get(first["next"]).json()["results"] == rows[1:]
    assert shop.get("exchange-rates/", {"currency": "USD"}).json()["results"] == rows[1:]


def test_what_was_bought_is_worth_something_then(shop):
    mira = make_mira()
    line = recording.Line(date(2026, 2, 1), 1_000, "USD", customer_id=mira.pk)
    recording.record_many([line], source="api")
    assert shop.get("purchases/", {"customer": mira.pk}).json()["results"][0]["base_cents"] is None
    once = {"Idempotency_Key": "rates of today"}
    assert shop.post("exchange-rates/", RATE, **once).status_code == 201
    assert shop.post("exchange-rates/", RATE, **once)["Idempotency-Replayed"] == "true"
    jobs.recount()
    assert shop.get("purchases/", {"customer": mira.pk}).json()["results"][0]["base_cents"] == 920
    rows = [{"customer_id": mira.pk, "purchased_on": "2026-02-02", "amount_cents": 100, "currency": "USD"}]
    shop.post("purchases/bulk/", {"rows": rows})
    assert Purchase.objects.latest("pk").base_cents == 92


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"rate": "0"}, "This is not a rate."), ({"rate": "x"}, "A valid number is required."),
        ({"rate": "1e30"}, "no more than"), ({"currency": "XYZ"}, "is no currency"),
        ({"currency": "EUR"}, "EUR is your own currency"), ({"from_on": "soon"}, "Date has wrong format."),
        ({"from_on": "0001-01-01"}, "Check the year."),
    ],
)  # fmt: skip
def test_what_is_no_rate_is_refused_with_the_reason(shop, fields, why):
    refused = shop.post("exchange-rates/", RATE | fields)
    assert refused.status_code == 422 and why in refused.content.decode()
    assert not ExchangeRate.objects.exists()


def test_a_key_needs_the_scope(make_shop):
    reader = make_shop(["rates:read"])
    assert reader.get("exchange-rates/").status_code == 200
    assert reader.post("exchange-rates/", RATE).status_code == 403
    assert make_shop(["purchases:write"], name="Till").get("exchange-rates/").status_code == 403


def test_a_line_in_no_currency_is_skipped_with_the_reason(shop):
    row = {"customer_id": make_mira().pk, "purchased_on": "2026-02-02", "amount_cents": 100}
    done = shop.post("purchases/bulk/", {"rows": [row | {"currency": "EUE"}, row | {"currency": "EUR"}]}).json()
    assert done["made"] == 1
    assert done["skipped"] == [{"index": 0, "reason": "“EUE” is no currency. Write it like EUR."}]
