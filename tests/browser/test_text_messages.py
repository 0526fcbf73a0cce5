"""A text message is written, counted, delivered, answered and stopped, as a colleague at the keyboard sees it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from interactions.channels.sms.gateway import parts
from interactions.models import Message
from staff.roles import Role
from tests import make
from tests.browser.looking import look
from tests.interactions.counted_texts import COUNTED
from tests.interactions.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)
MOBILE = "+393335550192"


@pytest.fixture
def provider(monkeypatch):
    running = Provider()
    for name, value in running.settings.items():
        monkeypatch.setenv(name, value)
    yield running
    running.close()


@pytest.fixture
def anna(sign_in):
    make.make_organisation()
    anna = make.make_user("Chiara Moretti", "sales", make.make_team())
    sign_in(anna)
    return anna


@pytest.fixture
def maria(anna, provider):
    return make.make_customer(
        "Maria Giovanna Castelnuovo-Tedesco", email="mg@locanda.example", phone=MOBILE, language="it", pronoun="she",
        keeper=anna, team=anna.team,
    )  # fmt: skip


def said(customer, conversation, words, *, hours, message=None, **fields):
    """Return what was said so long ago; message: what became of one of ours."""
    at = now() - timedelta(hours=hours)
    row = make.make_interaction(customer, conversation, channel="sms", words=words, occurred_at=at, **fields)
    if message is not None:
        message = {"status": "sent", "body_text": words, "to_address": MOBILE, "purpose": "service", **message}
        Message.objects.create(
            channel="sms", customer=customer, conversation=conversation, interaction=row, due_at=at, created_at=at,
            sent_at=at, **message,
        )  # fmt: skip
    return row


@pytest.fixture
def thread(maria, anna):
    """Two text messages of ours, one that arrived and one that did not, and one of hers that waits."""
    at = now() - timedelta(hours=1)
    place = make.make_conversation(
        maria, "Delivery on Friday", owner=anna, team=anna.team, waiting_since=at, their_at=at, their_channel="sms",
        their_words="Venerdì va bene, ma prima delle 11. Il camion passa dal retro?", interaction_count=3,
        opened_at=now() - timedelta(hours=30),
    )  # fmt: skip
    cost = {"parts": 2, "part_cost": Decimal("0.042"), "cost_currency": "EUR"}
    ours = {"direction": "out", "author": anna, "to_address": MOBILE}
    arrived = {**cost, "delivered_at": now() - timedelta(hours=29)}
    said(maria, place, "La consegna è venerdì tra le 9 e le 12: va bene?", hours=29, message=arrived, **ours)
    lost = {**cost, "parts": 1, "bounced_at": now(), "reason": "The phone was off for two days."}
    said(maria, place, "Ci siete venerdì?", hours=26, message=lost, **ours)
    said(maria, place, place.their_words, hours=1, from_address=MOBILE)
    return place


@pytest.mark.long
def test_what_is_written_is_counted_in_the_browser_as_on_the_server(page, maria):
    page.goto(maria.get_absolute_url())
    page.get_by_role("tab", name="SMS").click()
    counted = page.locator("#compose .composer-below:visible")
    for words, text, *_size in COUNTED:
        page.locator("#compose-words").evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')) }", text
        )
        size = parts.measure(text.replace("\r\n", "\n").strip())  # as it is sent
        shown = [counted.get_attribute(f"data-{name}") for name in ("parts", "units", "left")]
        assert shown == [str(size.parts), str(size.units), str(size.left)], words


@pytest.mark.long
def test_a_conversation_of_text_messages(page, thread):
    page.goto(thread.get_absolute_url())
    expect(page.get_by_role("tab", name="SMS")).to_have_attribute("aria-selected", "true")
    look(page, "conversation-sms")
    page.get_by_label("Words").fill("Sì, il camion passa dal retro: suoni “Consegne” e l’aspetti… fino a 10 minuti – ç")
    look(page, "conversation-sms-writing")
    page.goto(thread.customer.get_absolute_url())
    page.get_by_role("tab", name="Elsewhere").click()
    look(page, "customer-elsewhere")
    page.get_by_role("tab", name="SMS").click()
    look(page, "customer-sms")
    rui = make.make_customer("Rui Teles", phone="+390895550147", keeper=thread.owner)
    page.goto(rui.get_absolute_url())
    page.get_by_role("tab", name="SMS").click()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    look(page, "customer-no-sms")
    page.get_by_role("button", name="Call instead").click()
    expect(page.get_by_role("tab", name="Call")).to_have_attribute("aria-selected", "true")


@pytest.mark.long
def test_the_page_of_the_channels(page, provider, sign_in, monkeypatch):
    sign_in(make.make_user("Ada", Role.ADMINISTRATOR))
    make.make_organisation()
    page.goto("/settings/channels/")
    expect(page.get_by_text("Well", exact=True)).to_have_count(1)  # no mail server listens
    assert provider.token not in page.content()
    look(page, "channels-sms")
    monkeypatch.setenv("CHANNEL_SMS_FROM", "Meridiana")
    provider.token = "changed"  # by somebody else, at the provider
    page.reload()
    expect(page.get_by_text("does not know this account")).to_be_visible()
    look(page, "channels-sms-trouble")
    for name in provider.settings:
        monkeypatch.delenv(name)
    page.reload()
    expect(page.get_by_text("Off: nothing is sent")).to_be_visible()
    look(page, "channels-sms-off")
