"""Today, promises and the customer page in the browser."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import expect

from customers import searching
from customers.models import Customer
from interactions import outbox
from interactions.models import Conversation, Interaction, Message, Task
from tests import make
from tests.browser.looking import look
from tests.browser.scene import make_day
from tests.browser.test_conversations import Keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(sign_in):
    anna = make_day()
    sign_in(anna)
    return anna


def test_today_says_whom_to_pick_up_first(page, anna):
    page.goto("/")
    expect(page.get_by_text("Pick up this one first")).to_be_visible()
    look(page, "today")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Lease terms for the rooftop bar")).to_be_visible()


def test_a_new_promise_is_made_by_keyboard_alone(page, anna):
    mira = Customer.objects.get(name__startswith="Maria Giovanna")
    searching.store([mira.pk])
    page.goto("/promises/")
    page.keyboard.press("n")
    expect(page.get_by_label("What do we promise?")).to_be_focused()
    page.keyboard.insert_text("Send the price list")
    page.keyboard.press("Tab")
    page.keyboard.type("castelnuovo")
    expect(page.get_by_role("radio", name="Maria Giovanna")).to_be_checked()  # the only one that was found
    look(page, "new-promise")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Promised: Send the price list")).to_be_visible()
    assert Task.objects.get(what="Send the price list").customer == mira


def test_a_promise_is_ticked_and_taken_back_on_the_next_page_too(page, anna):
    page.goto("/promises/")
    task = Task.objects.get(what__startswith="Send the revised")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("Kept: Send the revised lease terms")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_label("Kept: Send the revised lease terms")).not_to_be_checked()
    expect(page.get_by_label("Kept: Send the revised lease terms")).to_be_focused()  # again, after the undo
    task.refresh_from_db()
    assert task.is_open
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Kept: Send the revised lease terms")).to_be_visible()
    page.goto("/conversations/")
    with page.expect_navigation():  # the page comes again
        page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    task.refresh_from_db()
    assert task.is_open


def test_a_promise_moves_with_three_keys_and_a_word(page, anna):
    page.goto("/promises/")
    look(page, "promises")
    keys = Keys(page)
    keys.press("d")
    expect(page.locator("#f-why")).to_be_focused()
    page.keyboard.type("stock")
    keys.press("Enter")
    expect(page.get_by_text("moved once: “stock”")).to_be_visible()
    expect(page.get_by_text(re.compile("^Moved to .*: Send the revised lease terms"))).to_be_visible()
    assert keys.count <= 3
    assert Task.objects.get(what__startswith="Send the revised").moves.get().why == "stock"


@pytest.mark.long
def test_after_a_move_the_row_that_takes_its_place_has_the_focus(page, anna):
    page.goto("/promises/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second, third = page.get_by_role("checkbox").nth(1), page.get_by_role("checkbox").nth(2)
    name = third.get_attribute("aria-label")
    expect(second).to_be_focused()
    page.keyboard.press("d")
    expect(page.locator("#f-why")).to_be_focused()
    page.get_by_label("Day", exact=True).fill((localdate() + timedelta(days=60)).isoformat())
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^Moved to "))).to_be_visible()
    expect(page.get_by_label(name)).to_be_focused()
    page.get_by_role("link", name="My team’s").click()
    expect(page).to_have_url(re.compile("whose=team"))
    expect(page.locator("[data-rows] :focus")).to_have_count(0)  # another list begins anew


@pytest.mark.long
def test_on_today_a_row_keeps_its_place_when_it_gets_the_focus(page, anna):
    page.goto("/")
    row = page.locator("section[aria-labelledby=promises-h] li").first
    before = [row.bounding_box(), row.locator(".sla").bounding_box()]
    page.keyboard.press("j")
    expect(row.get_by_role("button", name="Move to another day")).to_be_visible()
    assert [row.bounding_box(), row.locator(".sla").bounding_box()] == before
    look(page, "today-focus")


@pytest.mark.long
def test_a_promise_is_offered_to_a_colleague(page, anna):
    page.goto("/promises/")
    page.keyboard.press("j")
    page.keyboard.press("h")
    page.get_by_label("To whom").select_option(label="Davide Ferrante")
    look(page, "promises-hand")
    page.get_by_role("button", name="Offer it").click()
    expect(page.get_by_text("offered to Davide Ferrante", exact=True)).to_be_visible()


def test_the_customer_page_shows_where_we_left_off_and_logs_by_keyboard(page, anna):
    maria = Customer.objects.get(name__startswith="Maria")
    page.goto(maria.get_absolute_url())
    expect(page.get_by_role("heading", name="Where you left off")).to_be_visible()
    look(page, "customer")
    keys = Keys(page)
    keys.press("l")
    page.keyboard.insert_text("She prefers Fridays")
    keys.press("Control+Enter")
    expect(page.locator("#timeline").get_by_text("She prefers Fridays")).to_be_visible()
    assert keys.count == 2
    assert Interaction.objects.filter(words="She prefers Fridays", kind="note").exists()


@pytest.mark.long
def test_the_timeline_grows_and_narrows_in_place(page, anna):
    maria = Customer.objects.get(name__startswith="Maria")
    page.goto(maria.get_absolute_url())
    before = page.locator("#timeline .event").count()
    page.get_by_role("link", name="Show earlier").click()
    expect(page.locator("#timeline .event").nth(before)).to_be_visible()
    page.locator("#timeline").get_by_role("link", name="Promises").click()
    expect(page.locator("#timeline").get_by_text("fattura").first).to_be_hidden()
    expect(page.locator("#timeline").get_by_text("Send two 250 g bags")).to_be_visible()


@pytest.mark.long
def test_e_writes_and_who_refuses_is_not_written_to(page, anna):
    maria = Customer.objects.get(name__startswith="Maria")
    page.goto(maria.get_absolute_url())
    page.keyboard.press("e")
    expect(page.locator("#compose-words")).to_be_focused()
    expect(page.locator("#compose-subject-email")).to_be_visible()


@pytest.mark.long
def test_a_customer_nobody_spoke_to(page, anna):
    page.goto(make.make_customer("Ottavia dell’Orto", keeper=anna, team=anna.team).get_absolute_url())
    expect(page.get_by_role("heading", name="No conversation yet")).to_be_visible()
    look(page, "customer-empty")


@pytest.mark.long
def test_a_company_whose_people_we_spoke_with(page, anna):
    page.goto(Customer.objects.get(name="Hotel Zubiaurre").get_absolute_url())
    expect(page.get_by_text("We spoke with its people.")).to_be_visible()
    expect(page.get_by_role("link", name="Íñigo Etxeberria waits for an answer")).to_be_visible()
    look(page, "customer-company")


def test_what_was_not_sent_is_written_anew_from_today(page, anna):
    mine = Conversation.objects.filter(owner=anna, customer__isnull=False).order_by("id").first()
    failed = outbox.queue(channel="email", conversation=mine, text="Here is the offer.", subject="The offer", by=anna)
    Message.objects.filter(pk=failed.pk).update(status="failed", reason="554 5.7.1 Blocked by policy")
    page.goto("/")
    look(page, "not-sent")
    page.get_by_role("link", name=re.compile("Blocked by policy")).click()
    look(page, "conversation-not-sent")
    page.get_by_role("link", name="Write it anew").click()
    expect(page.get_by_label("Words")).to_have_value("Here is the offer.")
    page.get_by_label("Words").fill("Here is the offer, without the file.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Blocked by policy")).not_to_be_visible()
    assert Message.objects.filter(status="queued", body_text="Here is the offer, without the file.").exists()
