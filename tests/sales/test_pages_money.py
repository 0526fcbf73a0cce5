"""Settings → Money: an administrator says what other currencies are worth."""

from datetime import date
from decimal import Decimal

import pytest

from sales import exchanging, jobs, recording
from sales.models import ExchangeRate, Purchase
from sales.recording import Line
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def meridiana():
    make.make_organisation()


@pytest.fixture
def giulia(client):
    giulia = make.make_user("Giulia", Role.ADMINISTRATOR)
    client.force_login(giulia)
    return giulia


def test_an_administrator_adds_changes_and_removes_a_rate(client, giulia):
    assert "No exchange rates yet" in client.get("/settings/money/").content.decode()
    line = Line(customer_id=make.make_mira().pk, purchased_on=date(2026, 1, 1), amount_cents=1_000, currency="USD")
    recording.record_many([line], source="test")
    page = client.get("/settings/money/").content.decode()
    assert "Some purchases in USD have no rate" in client.get("/settings/health/").content.decode()
    assert "1 purchase, on" in page and "rates/new/?currency=USD&amp;from_on=2026-01-01" in page
    form = client.get("/settings/money/rates/new/?currency=USD&from_on=2026-01-01").content.decode()
    assert "Write 0.92 for 1 USD = €0.92, 1 EUR = US$1.087." in form
    assert 'value="2026-01-01"' in form and '<option value="USD" selected' in form
    said = {"currency": "USD", "from_on": "2026-01-01", "rate": "0,92"}
    answer = client.post("/settings/money/rates/new/", said, follow=True)
    assert "1 USD = €0.92, 1 EUR = US$1.087" in answer.content.decode()
    assert ExchangeRate.objects.get().rate == Decimal("0.92")
    assert "are being counted anew" in client.get("/settings/money/").content.decode()
    jobs.recount()
    assert Purchase.objects.get().base_cents == 920
    assert "All figures are in EUR." in client.get("/settings/health/").content.decode()
    page = client.get("/settings/money/").content.decode()
    assert "US dollar" in page.replace("US Dollar", "US dollar") and "Without a rate" not in page
    one = f"/settings/money/rates/{ExchangeRate.objects.get().pk}/"
    assert 'value="0.92"' in client.get(one).content.decode()
    assert client.post(one, {"rate": "0.9"}).url == "/settings/money/USD/"
    assert client.post(f"{one}removal/").url == "/settings/money/"
    assert client.get("/settings/money/USD/").status_code == client.get(one).status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rate": "a lot"}, "This is not a rate."), ({"rate": "0"}, "This is not a rate."),
        ({"rate": "0.92 GBP"}, "This is not a rate."),
        ({"currency": "XYZ"}, "Select a valid choice."), ({"currency": "EUR"}, "Select a valid choice."),
        ({"from_on": "yesterday"}, "Enter a valid date."), ({"from_on": "0001-01-01"}, "Check the year."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(client, giulia, fields, words):
    said = {"currency": "USD", "from_on": "2026-01-01", "rate": "0.92", **fields}
    answer = client.post("/settings/money/rates/new/", said)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and "How many EUR one unit" in page
    assert not ExchangeRate.objects.exists()


def test_a_rate_of_a_day_to_come_is_shown_as_one_and_is_none_of_today(client, giulia):
    exchanging.set_rate("USD", from_on=date(2999, 1, 1), rate=Decimal(2))
    assert "none today" in client.get("/settings/money/").content.decode()
    assert "to come" in client.get("/settings/money/USD/").content.decode()


def test_nobody_but_an_administrator_says_what_money_is_worth(client):
    for role in set(Role) - {Role.ADMINISTRATOR}:
        client.force_login(make.make_user("Ugo", role))
        assert client.get("/settings/money/").status_code == 403
        assert client.post("/settings/money/rates/new/", {"currency": "USD"}).status_code == 403
