"""Words are on this device until the server has them, and nowhere once it has them: nothing is lost or sent twice."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from interactions.models import Call, Conversation, Interaction, Message
from staff.roles import Role
from tests import make
from tests.browser.scene import make_day
from tests.browser.test_console import ring
from tests.make import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Sí, Íñigo. Con las dos máquinas firmamos a 24 meses."
KEPT = "key => localStorage.getItem(`filo:draft:${document.body.dataset.user}:${key}`)"


@pytest.fixture
def anna(sign_in):
    anna = make_day()
    sign_in(anna)
    return anna


@pytest.fixture
def lease(anna):
    return Conversation.objects.get(subject__startswith="Lease")


def key_of(conversation):
    return f"conversation:{conversation.pk}"


def write(page, conversation, words=WORDS):
    page.goto(f"/conversations/{conversation.pk}/")
    page.keyboard.press("l")
    page.keyboard.insert_text(words)
    assert page.evaluate(KEPT, key_of(conversation)) == words


def sign_in_by_hand(page, user):
    page.get_by_label("E-mail", exact=True).fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_what_was_sent_or_noted_is_in_no_box_after_going_back_or_loading_again(page, lease):
    write(page, lease)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Grinding")).to_be_visible()
    expect(page.locator("#answer-words")).to_have_value("")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Lease terms")).to_be_visible()
    expect(page.locator("#answer-words")).to_have_value("")
    page.reload()
    expect(page.locator("#answer-words")).to_have_value("")
    assert page.evaluate(KEPT, key_of(lease)) is None
    assert Message.objects.count() == 1
    # A note stays on the same page, where its box is empty.
    page.get_by_role("tab", name="Note").click()
    page.keyboard.insert_text("Two machines: the margin stays.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("tab", name="E-mail")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#answer-words")).to_have_value("")
    assert page.evaluate(KEPT, key_of(lease)) is None
    assert Interaction.objects.filter(words="Two machines: the margin stays.").count() == 1


def test_a_draft_is_only_for_who_wrote_it(page, lease, sign_in):
    write(page, lease)
    sign_in(make.make_user("Berta", Role.ADMINISTRATOR))
    page.goto(f"/conversations/{lease.pk}/")
    expect(page.locator("#answer-words")).to_have_value("")
    sign_in(lease.owner)
    page.goto(f"/conversations/{lease.pk}/")
    expect(page.locator("#answer-words")).to_have_value(WORDS)


def test_two_tabs_have_one_draft_and_what_one_sent_the_other_does_not_send_again(page, context, lease):
    write(page, lease, "Half a thought")
    other = context.new_page()
    other.goto(f"/conversations/{lease.pk}/")
    expect(other.locator("#answer-words")).to_have_value("Half a thought")
    page.keyboard.type(", and the rest")
    expect(other.locator("#answer-words")).to_have_value("Half a thought, and the rest")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Grinding")).to_be_visible()
    expect(other.locator("#answer-words")).to_have_value("")
    other.close()
    assert Message.objects.get().body_text == "Half a thought, and the rest"


def test_who_was_signed_out_meanwhile_loses_no_word_and_comes_back_to_them(page, watch, anna, lease):
    watch.expect(401)
    write(page, lease)
    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    notice = page.locator("#notices")
    expect(notice.get_by_text("You are signed out. Nothing is saved or sent until you sign in.")).to_be_visible()
    expect(notice.get_by_text("What you wrote is kept on this device.")).to_be_visible()
    expect(page.locator("#answer-words")).to_have_value(WORDS)
    assert page.evaluate(KEPT, key_of(lease)) == WORDS
    assert not Message.objects.exists()
    notice.get_by_role("link", name="Sign in").click()
    sign_in_by_hand(page, anna)
    expect(page).to_have_url(re.compile(rf"/conversations/{lease.pk}/$"))
    expect(page.locator("#answer-words")).to_have_value(WORDS)
    page.locator("#answer-words").press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Grinding")).to_be_visible()
    assert Message.objects.get().body_text == WORDS


@pytest.mark.long
def test_a_page_older_than_a_sign_in_in_another_tab_keeps_the_words_and_says_what_to_do(
    page, context, watch, anna, lease
):
    watch.expect(403)
    write(page, lease)
    context.clear_cookies(name="sessionid")
    other = context.new_page()
    other.goto("/")
    sign_in_by_hand(other, anna)
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    other.close()
    page.keyboard.press("Control+Enter")
    notice = page.locator("#notices")
    expect(notice.get_by_text("You signed in again in another tab.")).to_be_visible()
    expect(page.locator("#answer-words")).to_have_value(WORDS)
    assert not Message.objects.exists()
    notice.get_by_role("link", name="Load it again").click()
    expect(notice).to_be_empty()
    expect(page.locator("#answer-words")).to_have_value(WORDS)
    page.locator("#answer-words").press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Grinding")).to_be_visible()
    assert Message.objects.get().body_text == WORDS


def test_the_console_of_who_was_signed_out_says_it_once_and_keeps_the_notes(page, watch, anna):
    watch.expect(401)
    ring()
    page.clock.install()
    page.goto("/console/")
    page.keyboard.press("F2")
    notes = page.get_by_label("Call notes")
    notes.fill("wants it")
    page.clock.run_for(500)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    Session.objects.all().delete()
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 401 else None)
    page.clock.run_for(1_100)
    expect(page.locator("#notices [data-over]")).to_have_count(1)
    notes.press_sequentially(" by Easter")
    page.clock.run_for(20_000)
    expect(page.get_by_text("Not saved yet: kept on this device and sent again")).to_be_visible()
    assert len(refused) == 1
    page.keyboard.press("Control+Enter")
    page.clock.run_for(1_000)
    expect(page.locator("#notices [data-over]")).to_have_count(1)
    expect(notes).to_have_value("wants it by Easter")
    page.locator("#notices").get_by_role("link", name="Sign in").click()
    sign_in_by_hand(page, anna)
    expect(notes).to_have_value("wants it by Easter")
    page.clock.run_for(4_000)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert Call.objects.get().notes == "wants it by Easter"


@pytest.mark.long
def test_a_part_that_is_cut_out_of_its_answer_is_refused_in_words_too(page, watch, sign_in):
    watch.expect(401)
    make.make_organisation()
    sign_in(make.make_user("Mara", Role.MARKETING))
    page.goto("/segments/new/")
    Session.objects.all().delete()
    page.get_by_role("button", name="Rule", exact=True).first.click()
    expect(page.locator("#notices").get_by_text("If you wrote something here, copy it first.")).to_be_visible()
