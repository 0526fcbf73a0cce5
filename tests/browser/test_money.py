"""Settings → Money by keyboard, wide and on a phone; and what a customer's page says of several currencies."""

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from sales import exchanging, jobs, recording
from sales.recording import Line
from staff.roles import Role
from tests.browser.looking import look, phone
from tests.make import make_customer, make_organisation, make_team, make_user

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 1, 5)


@pytest.fixture
def cafe(sign_in):
    make_organisation()
    sign_in(make_user("Giulia Sartori", Role.ADMINISTRATOR, make_team()))
    return make_customer("Café Saudade", kind="company")


def buy(customer, *amounts):
    lines = [Line(DAY, cents, code, customer_id=customer.pk, product="Decaf, 1 kg") for cents, code in amounts]
    recording.record_many(lines, source="test")


@pytest.mark.long
def test_a_rate_is_given_by_keyboard_where_a_purchase_waits_for_one(page, cafe, watch):
    watch.expect(422)
    page.goto("/settings/money/")
    expect(page.get_by_text("No exchange rates yet")).to_be_visible()
    look(page, "money-empty")
    buy(cafe, (12_500, "EUR"), (1_000_000, "JPY"), (99_99, "USD"))
    page.goto("/settings/money/")
    look(page, "money-unrated")
    page.get_by_role("link", name="Give a rate for USD").press("Enter")
    rate = page.get_by_label("Rate", exact=True)
    rate.fill("a lot")
    rate.press("Enter")
    expect(page.get_by_text("This is not a rate.")).to_be_visible()
    look(page, "money-wrong")
    rate.fill("0,92")
    rate.press("Enter")
    expect(page.get_by_text("1 USD = €0.92, 1 EUR = US$1.087").first).to_be_visible()
    look(page, "money-currency")
    jobs.recount()
    page.goto("/settings/money/")
    expect(page.get_by_role("link", name="Give a rate for USD")).to_have_count(0)
    look(page, "money-rates")


@pytest.mark.long
def test_a_customer_who_pays_in_three_currencies_is_told_in_one(page, cafe):
    exchanging.set_rate("USD", from_on=DAY, rate=Decimal("0.92"))
    buy(cafe, (12_500, "EUR"), (-2_500, "EUR"), (1_000_000, "JPY"), (99_99, "USD"))
    phone(page)
    page.goto(f"/customers/{cafe.pk}/")
    panel = page.get_by_role("region", name="Purchases")
    expect(panel).to_contain_text("€192")
    expect(panel).to_contain_text("and JP¥1,000,000 without a rate")
    look(page, "customer-currencies")
