"""The customers room in a browser: by keyboard, on a phone, in the dark."""

import pytest
from playwright.sync_api import expect

from customers import consenting, searching
from customers.models import ConsentState
from tests import make
from tests.browser.looking import look

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mira(sign_in):
    make.make_organisation()
    anna = make.make_anna()
    mira = make.make_mira(pronoun="she", language="it", city="Ravello", keeper=anna)
    bo = make.make_customer("Bo Berg", city="Malmö", country="SE")
    consenting.give(bo, "offers", "email", source="test")
    searching.store([mira.pk, bo.pk])
    sign_in(anna)
    return mira


def test_half_a_number_finds_her_in_the_palette_within_eight_keys(page, mira):
    page.goto("/customers/")
    page.keyboard.press("/")
    page.keyboard.type("0147")
    expect(page.get_by_role("option", name="Mira Kovač")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Mira Kovač")).to_be_visible()


@pytest.mark.long
def test_the_palette_offers_what_it_did_not_find_as_a_new_customer(page, mira):
    page.goto("/customers/")
    page.keyboard.press("/")
    page.keyboard.type("zoe@new.example")
    expect(page.get_by_role("option", name="New customer with “zoe@new.example”")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_have_value("zoe@new.example")


def test_the_list_is_walked_filtered_and_searched_by_keyboard(page, mira):
    page.goto("/customers/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Mira Kovač")).to_be_visible()
    page.goto("/customers/")
    page.keyboard.press("f")
    expect(page.get_by_label("Kept by")).to_be_focused()
    page.get_by_label("Country").select_option("SE")
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_text("Country is Sweden")).to_be_visible()
    expect(page.get_by_role("link", name="Mira Kovač")).to_have_count(0)
    page.keyboard.press("f")
    expect(page.locator("#filter-country")).to_have_value("SE")  # a sentence of its own now, with its way out
    look(page, "customers-filters")
    page.get_by_role("link", name="Remove this rule: Country is").click()
    expect(page.get_by_text("Country is Sweden")).to_have_count(0)
    page.get_by_label("Name, e-mail, phone, town").fill("mira")
    expect(page.get_by_role("link", name="Bo Berg")).to_have_count(0)
    expect(page.get_by_role("link", name="Mira Kovač")).to_be_visible()


def test_a_refusal_shows_at_once_and_a_yes_when_it_is_written_down(page, mira):
    page.goto(f"/customers/{mira.pk}/")
    cell = page.locator("#consent-email-offers")
    cell.click()
    page.get_by_role("button", name="They allow it").click()
    expect(cell.get_by_role("img", name="Allowed")).to_be_visible()
    cell.click()
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/consents/" in answer.url):
        page.get_by_role("button", name="They refuse").click()
        expect(cell.get_by_role("img", name="Refused")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_be_visible()
    assert not ConsentState.objects.get(customer=mira, purpose="offers", channel="email").is_given


def test_an_address_is_added_beside_the_others(page, mira):
    page.goto(f"/customers/{mira.pk}/")
    page.get_by_role("link", name="Add an address or a number").first.click()
    page.get_by_label("Address or number").fill("mira@work.example")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#contact-points").get_by_text("mira@work.example")).to_be_visible()


@pytest.mark.long
def test_every_page_fits_a_phone_and_pleases_axe_in_light_and_dark(page, mira):
    for path in ("/customers/", "/customers/{}/", "/customers/{}/change/", "/customers/new/"):
        page.goto(path.format(mira.pk))
        look(page, path.format("one").strip("/").replace("/", "-"))
