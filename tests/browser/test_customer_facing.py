"""What customers open from a mail: their preferences and the unsubscribe page, in each language, on a phone first."""

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from customers import consenting, reach
from interactions import links
from interactions.models import Message
from tests import make
from tests.browser.looking import assert_fits, look, phone
from tests.permuting import rarely

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = ("it", "pt", "es", "en")


def address(customer, path=""):
    return f"/p/{links.make(links.Link(customer.pk, None, None))}/{path}"


@pytest.fixture(autouse=True)
def organisation(transactional_db):
    return make.make_organisation()


def make_reader(language):
    return make.make_customer(
        "Maria Giovanna Castelnuovo-Tedesco",
        email=f"mg@{language}.locanda.example",
        phone=f"+39089555014{LANGUAGES.index(language)}",
        language=language,
    )


def look_at(page, name, language):
    """In one language all that is looked at; in the others whether their words fit a phone."""
    if language == "it":
        look(page, f"{name}-{language}")
    phone(page)
    assert_fits(page)


@pytest.mark.parametrize("languages", [LANGUAGES[:2], *rarely(LANGUAGES[2:])])
def test_a_customer_chooses_in_their_language(page, languages):
    for language in languages:
        mira = make_reader(language)
        page.goto(address(mira))
        assert page.locator("html").get_attribute("lang") == language
        look_at(page, "portal", language)
        page.locator("input[value='offers.email']").check()
        page.locator("form").first.locator("button[type=submit]").click()
        expect(page.get_by_role("status").first).to_be_visible()
        expect(page.locator("input[value='offers.email']")).to_be_checked()
        assert reach.may_reach(mira, "email", "offers") is None


@pytest.mark.parametrize("languages", [LANGUAGES[:1], *rarely(LANGUAGES[1:])])
def test_one_press_unsubscribes(page, languages):
    for language in languages:
        mira = make_reader(language)
        page.goto(address(mira, "unsubscribe/"))
        look_at(page, "unsubscribe", language)
        page.locator("button[type=submit]").click()
        expect(page.get_by_role("link")).to_have_count(1)
        assert reach.may_reach(mira, "email", "offers") == "refused"
        look_at(page, "unsubscribed", language)


@pytest.mark.long
def test_what_a_thumb_presses_is_large(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(make_reader("it")))
    for target in page.locator("label, button").all():
        assert target.bounding_box()["height"] >= 44, target.inner_text()


@pytest.mark.parametrize("languages", [LANGUAGES[:1], *rarely(LANGUAGES[1:])])
def test_a_short_link_in_a_text_message_leads_to_one_press(page, languages):
    for language in languages:
        mira = make_reader(language)
        for channel in ("sms", "email"):
            consenting.give(mira, "offers", channel, source="shop")
        message = Message.objects.create(
            customer=mira, channel="sms", purpose="offers", to_address=mira.contact_points.get(channel="phone").value,
            due_at=now(), created_at=now(),
        )  # fmt: skip
        page.goto(f"/s/{links.make_short(message)}")
        look_at(page, "portal-from-sms", language)
        assert page.locator("fieldset input").first.get_attribute("value") == "service.sms"
        page.locator("form").first.locator("button").click()
        expect(page.get_by_role("link")).to_have_count(1)
        refused = mira.consent_states.filter(is_given=False).values_list("channel", "purpose")
        assert list(refused) == [("sms", "offers")]
