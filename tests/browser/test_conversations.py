"""Answering by keyboard: few keys, and the next one opens by itself."""

import re

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from interactions.models import Conversation, Mailbox, Message, Task, Unfiled
from staff.roles import Role
from tests import make
from tests.browser.looking import look
from tests.browser.scene import make_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(sign_in):
    anna = make_day()
    sign_in(anna)
    return anna


class Keys:
    """Counts what the hand presses; text does not count."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, key):
        self.count += 1
        self.page.keyboard.press(key)


def test_the_oldest_waiting_mail_is_answered_with_three_keys_and_the_next_opens(page, anna):
    page.goto("/conversations/")
    expect(page.get_by_role("heading", name="Lease terms for the rooftop bar")).to_be_visible()
    look(page, "conversations")
    keys = Keys(page)
    keys.press("l")
    page.keyboard.insert_text("Sí, Íñigo. Con las dos máquinas firmamos a 24 meses.")
    keys.press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Grinding")).to_be_visible()
    assert keys.count <= 3
    message = Message.objects.get()
    assert (message.to_address, message.status) == ("inigo@zubiaurre.example", "queued")
    expect(page.locator("#answer-words")).to_have_value("")


@pytest.mark.long
def test_a_conversation_opens_at_its_newest_words(page, anna):
    conversation = Conversation.objects.get(subject__startswith="Lease")
    page.goto(f"/conversations/{conversation.pk}/#newest")
    expect(page.get_by_text("plano_bar_azotea.pdf")).to_be_in_viewport()
    page.get_by_text("Show it as it was sent").click()
    frame = page.frame_locator("iframe.mail-frame")
    expect(frame.get_by_text("24 meses")).to_be_visible()
    page.reload()
    look(page, "conversation")


def test_a_slash_promises_and_the_draft_is_kept(page, anna):
    page.goto("/conversations/")
    page.keyboard.press("l")
    page.keyboard.insert_text("Half a thought ")
    page.keyboard.press("/")
    expect(page.locator("#answer-promise-what")).to_be_focused()
    page.keyboard.insert_text("Send the clause")
    page.reload()
    expect(page.locator("#answer-words")).to_have_value("Half a thought ")
    page.keyboard.press("l")
    page.keyboard.press("/")
    page.keyboard.insert_text("Send the clause")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="Grinding")).to_be_visible()
    assert Task.objects.filter(what="Send the clause").exists()


@pytest.mark.long
def test_settled_with_one_key_and_taken_back_with_another(page, anna):
    page.goto("/conversations/")
    page.keyboard.press("s")
    expect(page.get_by_text("Settled: Lease terms")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Settle", exact=False).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/conversations/\d+/"))
    assert Conversation.objects.get(subject__startswith="Lease").is_open


def test_nobodys_words_get_a_customer(page, anna):
    page.goto("/conversations/?whose=nobody")
    expect(page.get_by_role("heading", name="Cialde")).to_be_visible()
    look(page, "conversations-nobody")
    page.get_by_label("Name, number, e-mail or company").fill("ceição")
    page.get_by_label("Name, as they say it").fill("Ottavia dell’Orto")
    page.get_by_role("button", name="Create customer").click()
    expect(page.get_by_role("link", name="Ottavia dell’Orto").first).to_be_visible()
    assert Conversation.objects.get(subject="Cialde").customer.name == "Ottavia dell’Orto"


@pytest.mark.long
def test_channels_and_messages_in_doubt_for_those_who_may(page, sign_in):
    ada = make.make_user("Ada", Role.ADMINISTRATOR)
    make.make_organisation()
    Mailbox.objects.create(address="ciao@meridiana.example", polled_at=now())
    Mailbox.objects.create(address="leasing@meridiana.example", trouble="The server refused the password.")
    Unfiled.objects.create(
        name="1-7-3", begun_at=now(), set_aside_at=now(), is_kept=True, sender="Mira <mira@example.com>",
        subject="A mail that nothing could read to its end", why="It was begun twice, and both times its reader died.",
    )  # fmt: skip
    Message.objects.create(
        channel="email", to_address="mira@example.com",
        subject="Your samples", purpose="service", status="in_doubt", due_at=now(),
        created_at=now(), reason="The worker died while the server was taking it.", message_ref="<1@x>",
    )  # fmt: skip
    sign_in(ada)
    page.goto("/settings/channels/")
    look(page, "channels")
    page.get_by_role("link", name="Look at them").click()
    look(page, "doubt")
    page.get_by_role("button", name="It arrived").click()
    expect(page.get_by_text("Nothing is in doubt")).to_be_visible()


@pytest.mark.long
def test_e_writes_a_mail_in_a_conversation_too(page, anna):
    page.goto("/conversations/")
    page.get_by_role("tab", name="Note").click()
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("e")
    expect(page.get_by_role("tab", name="E-mail")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Words")).to_be_focused()


@pytest.mark.long
def test_an_answer_that_did_not_leave_says_so_and_keeps_its_words(page, anna, watch):
    page.goto("/conversations/")
    page.route(re.compile("/words/|/healthz"), lambda route: route.abort())
    page.keyboard.press("l")
    page.keyboard.insert_text("Sí, con gusto.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notices").get_by_text("It was not sent: send it again when it answers.")).to_be_visible()
    expect(page.locator("#notices").get_by_text("What you wrote is kept on this device.")).to_be_visible()
    look(page, "conversation-away")
    expect(page.get_by_label("Words")).to_have_value("Sí, con gusto.")
    watch.complaints.clear()  # the aborted requests
