"""A newsletter and a segment, made in the browser: few clicks, and each screen looked at."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from campaigns import audience, drafting, jobs
from campaigns.models import Campaign
from customers import consenting, searching
from customers.models import Customer
from insights import refreshing, segments
from insights.models import Segment
from interactions.models import Message
from staff.roles import Role
from tests import make
from tests.browser.looking import look

pytestmark = pytest.mark.django_db(transaction=True)
MOST_CLICKS = 8  # for a one-language newsletter, besides the text


@pytest.fixture
def mara(sign_in):
    make.make_organisation()
    mara = make.make_user("Mara", Role.MARKETING)
    for number in range(12):
        language = ["it", "es", "pt"][number % 3]
        one = make.make_customer(
            f"Clara Núñez {number}", email=f"c{number}@example.com", language=language, city="Amalfi"
        )
        if number % 4:
            consenting.give(one, "offers", "email", source="test")
    segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    refreshing.refresh()
    sign_in(mara)
    return mara


class Clicks:
    """Counts what the hand does with the mouse."""

    def __init__(self):
        self.count = 0

    def on(self, target):
        self.count += 1
        target.click()


@pytest.mark.long
def test_a_newsletter_takes_few_clicks(page, mara, run_jobs):
    clicks = Clicks()
    page.goto("/campaigns/")
    clicks.on(page.get_by_role("link", name="Write a first draft"))
    page.get_by_label("Name").fill("Spring tasting")
    page.get_by_label("To whom").select_option(label="Everybody")
    clicks.count += 2  # open the list, choose
    clicks.on(page.get_by_role("button", name="Begin to write"))
    clicks.on(page.locator("#subject"))
    page.keyboard.type("Ciao {{ first_name }}")
    clicks.on(page.locator("#body"))
    page.keyboard.type("Caro {{ first_name | default: 'amico' }},\n\nè primavera e il caffè nuovo è arrivato.")
    expect(page.locator("#preview")).to_contain_text("è primavera")
    look(page, "campaign")
    clicks.on(page.get_by_role("button", name="Launch"))
    clicks.on(page.get_by_role("button", name="Send to 9 people"))
    page.wait_for_url("**/results/")
    run_jobs()
    expect(page.locator("#progress")).to_contain_text("0 of 9 sent")
    assert Message.objects.filter(status="queued").count() == 9
    assert clicks.count <= MOST_CLICKS
    look(page, "results")


@pytest.mark.long
def test_a_late_campaign_asks_and_goes_out_when_somebody_says_so(page, mara):
    campaign = drafting.create(name="For the morning", by=mara, segment=Segment.objects.get())
    drafting.write(campaign, "it", subject="Buongiorno", body="Caro amico,")
    drafting.plan(campaign, now() + timedelta(hours=1))
    Campaign.objects.update(planned_at=now() - timedelta(hours=14))
    jobs.drive()
    page.goto("/")
    page.get_by_role("link", name="For the morning").click()
    asks = page.locator("#stopped")
    expect(asks).to_contain_text("sends nothing that is so late without asking")
    look(page, "late-campaign")
    asks.get_by_role("link", name="Give it another time").click()
    expect(page.get_by_label("Start by itself at")).to_be_in_viewport()
    asks.get_by_role("button", name="Cancel it").click()
    page.get_by_role("button", name="Do not cancel").click()
    asks.get_by_role("button", name="Send now").click()
    page.get_by_role("button", name="Send to 9 people").click()
    page.wait_for_url("**/results/")
    campaign.refresh_from_db()
    assert (campaign.status, campaign.stopped_because) == ("freezing", "")


@pytest.mark.long
def test_launching_waits_for_the_last_words_to_be_saved(page, mara):
    """Leaving the field saves it, and the answer draws the question anew that was opened meanwhile."""
    page.goto("/campaigns/new/")
    page.get_by_label("Name").fill("Spring tasting")
    page.get_by_label("To whom").select_option(label="Everybody")
    page.get_by_role("button", name="Begin to write").click()
    page.locator("#subject").fill("Ciao")
    page.locator("#body").fill("È primavera.")
    expect(page.locator("#preview")).to_contain_text("È primavera.")
    page.locator("#body").press("End")
    page.keyboard.type(" Davvero.")
    with page.expect_response("**/draft/"):
        page.get_by_role("button", name="Launch").click()
    expect(page.locator("#preview")).to_contain_text("Davvero.")
    page.get_by_role("button", name="Send to 9 people").click(timeout=3_000)
    page.wait_for_url("**/results/")


@pytest.mark.long
def test_a_field_waits_for_its_default_and_cancelling_asks_first(page, mara):
    searching.store(Customer.objects.values_list("pk", flat=True))
    page.goto("/campaigns/new/")
    page.get_by_label("Name").fill("Spring tasting")
    page.get_by_label("To whom").select_option(label="Everybody")
    page.get_by_role("button", name="Begin to write").click()
    page.locator("#subject").fill("Ciao")
    page.locator("#body").fill("Per ")
    page.get_by_role("button", name="First name").click()
    expect(page.locator("#review-part")).to_contain_text("instead of “…”: First name")
    page.keyboard.type("amica")  # the dots are selected: it takes their place
    expect(page.locator("#body")).to_have_value("Per {{ first_name | default: 'amica' }}")
    page.get_by_role("searchbox", name="Somebody by name").fill("Clara Núñez 0")
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_contain_text("Will not get it: never asked")
    page.get_by_role("button", name="Launch").click()
    page.get_by_role("button", name="Send to 9 people").click()
    page.get_by_role("button", name="Cancel what has not left").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("0 messages have left")
    expect(page.get_by_role("button", name="Do not cancel")).to_be_focused()
    audience.freeze(Campaign.objects.get(name="Spring tasting"))
    expect(page.locator("#excluded")).not_to_contain_text("Still being worked out")
    expect(page.locator("#deeds")).to_contain_text("Sending")
    expect(page.get_by_role("button", name="Do not cancel")).to_be_focused()  # nothing closed the question
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.locator("#progress")).to_contain_text("Cancelled")


@pytest.mark.long
def test_a_segment_counts_as_it_is_built(page, mara):
    page.goto("/segments/new/")
    page.get_by_role("textbox", name="Name").fill("Italians in Amalfi")
    page.get_by_role("button", name="Rule", exact=True).first.click()
    page.locator("#field-0").select_option("city")
    page.locator("input#value-0").fill("amalfi")
    page.locator("input#value-0").blur()
    expect(page.locator("#segment-result output")).to_have_text("12")
    page.get_by_role("button", name="Rule", exact=True).first.click()
    page.locator("#field-1").select_option("language")
    page.get_by_role("checkbox", name="Italian").check()
    expect(page.locator("#segment-result output")).to_have_text("4")
    look(page, "segment")
    page.get_by_role("button", name="Save segment").click()
    page.wait_for_url("**/segments/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Italians in Amalfi")
    page.goto("/segments/")
    look(page, "segments")
    page.goto("/campaigns/")
    look(page, "campaigns")


@pytest.mark.long
def test_quick_hands_lose_no_rule_to_a_slow_server(page, mara):
    page.goto("/segments/new/")
    wire = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
    page.get_by_role("button", name="Rule", exact=True).first.click()
    page.locator("#field-0").select_option("city")
    page.locator("input#value-0").fill("amalfi")
    wire.send("Network.emulateNetworkConditions", slow)
    page.locator("#is-0").select_option("begins")
    page.wait_for_timeout(300)  # its request is on the way
    page.get_by_role("button", name="Rule", exact=True).first.click()
    expect(page.locator("#field-1")).to_be_visible()
    expect(page.locator("#is-0")).to_have_value("begins")
    page.locator("#field-1").select_option("city")
    page.wait_for_timeout(600)  # the answer comes back before the next choice is sent
    page.locator("#field-1").select_option("offers_email")
    expect(page.locator("#segment-rules")).to_contain_text("town begins with “amalfi” and offers by e-mail are allowed")


@pytest.mark.long
def test_a_list_of_values_gives_way_and_the_focus_stays(page, mara):
    page.goto("/segments/new/")
    page.get_by_role("button", name="Rule", exact=True).click()
    values = page.locator("#values-0")
    expect(values).to_have_attribute("open", "")
    expect(page.locator("#add-rule-")).to_be_focused()
    page.get_by_role("heading", level=1).click()
    expect(values).not_to_have_attribute("open", "")
    values.locator("summary").press("Enter")
    page.keyboard.press("Escape")
    expect(values).not_to_have_attribute("open", "")
    expect(values.locator("summary")).to_be_focused()
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.get_by_role("group", name="A group of rules")).to_have_count(2)


@pytest.fixture
def texts(monkeypatch):
    """Text messages are set up: a draft asks nobody."""
    said = {"URL": "http://127.0.0.1:9", "ACCOUNT": "AC1", "TOKEN": "t", "FROM": "+390899951234"}
    for name, value in {**said, "PART_COST": "0.042 EUR"}.items():
        monkeypatch.setenv(f"CHANNEL_SMS_{name}", value)


def test_a_draft_becomes_a_text_message_and_its_preview_shows_how_it_leaves(page, mara, texts):
    for number, one in enumerate(Customer.objects.all()):
        make.make_contact_point(one, f"+3933311122{number:02}", channel="phone")
        consenting.give(one, "offers", "sms", source="test")
    campaign = drafting.create(name="Spring", by=mara, segment=Segment.objects.get())
    drafting.write(campaign, "it", subject="Ciao", body="Caro **{{ first_name | default: 'amico' }}**, è primavera.")
    page.goto(f"/campaigns/{campaign.pk}/")
    expect(page.locator("#subject")).to_be_visible()
    page.get_by_label("Channel").select_option(label="SMS")
    expect(page.locator("#subject")).to_have_count(0)
    expect(page.locator("#preview")).to_contain_text("rispondi STOP")  # in the language of the words
    expect(page.locator("#review-part")).to_contain_text("24 parts at €0.042")
    page.locator("#body").fill(
        "Caro {{ first_name | default: 'amico' }}, è “primavera” già. "
        "https://meridiana.example/notturno/primavera-1234567890 " + "Il caffè nuovo è qui. " * 5
    )
    with page.expect_response("**/draft/"):
        page.locator("#body").blur()
    expect(page.locator("#review-part")).to_contain_text("12 messages are dearer")
    expect(page.locator("#preview")).to_contain_text("primavera-1234567890")
    assert page.locator("#preview .mail").evaluate("one => one.scrollWidth <= one.clientWidth"), "a link is cut off"
    look(page, "campaign-sms")
