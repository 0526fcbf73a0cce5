"""A text message is written, counted, delivered, answered and stopped, as a colleague at the keyboard sees it."""

import re
import unicodedata
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from interactions import jobs
from interactions.channels.sms.gateway import parts
from interactions.models import Conversation, Interaction, Message
from staff.roles import Role
from tests import make
from tests.browser.looking import look
from tests.interactions.counted_texts import COUNTED
from tests.interactions.provider import Mood, Provider

pytestmark = pytest.mark.django_db(transaction=True)
MOBILE = "+393335550192"


@pytest.fixture
def provider(monkeypatch):
    running = Provider()
    for name, value in running.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(jobs, "_workers", {})  # another test's are connected to its own provider
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


class Wire:
    """The provider's hooks at the live server, and what it took."""

    def __init__(self, provider, live_server):
        self.provider, self.incoming = provider, f"{live_server.url}/hooks/sms/incoming/"

    def writes(self, words, number=MOBILE):
        assert self.provider.send(*self.provider.writes(number, words, self.incoming))[0] == 200

    def reports(self, *said):
        assert self.provider.send(*self.provider.reports(self.provider.took()[-1], *said))[0] in (200, 204)

    def texts(self):
        return [one.body for one in self.provider.took(MOBILE)]


@pytest.fixture
def wire(provider, settings, live_server, tmp_path):
    settings.PUBLIC_URL, settings.VAR = live_server.url, tmp_path
    return Wire(provider, live_server)


@pytest.mark.long
def test_sent_by_keyboard_delivered_answered_and_stopped(page, maria, wire, run_jobs):
    page.goto(maria.get_absolute_url())
    page.keyboard.press("Alt+3")
    expect(page.get_by_role("tab", name="SMS")).to_have_attribute("aria-selected", "true")
    page.keyboard.insert_text("La consegna è venerdì tra le 9 e le 12.")
    expect(page.locator("#compose [data-says]:visible")).to_have_text("121 characters left · 1 part · €0.042")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("It is on its way.")).to_be_visible()  # on the page that comes then
    run_jobs()
    assert wire.texts() == ["La consegna è venerdì tra le 9 e le 12."]
    place = Conversation.objects.get()
    page.goto(place.get_absolute_url())
    expect(page.locator(".delivery")).to_have_text("Sent")
    wire.reports("delivered")
    page.reload()
    expect(page.locator(".msg-foot")).to_contain_text(re.compile(r"Delivered \d\d:\d\d\s*1 part, €0.042"))

    wire.writes("Va bene. Il camion passa dal retro?")
    page.goto("/conversations/")
    expect(page.get_by_role("heading", name="La consegna è venerdì")).to_be_visible()
    expect(page.locator("#newest")).to_contain_text("Il camion passa dal retro?")
    expect(page.get_by_role("tab", name="SMS")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("l")
    page.keyboard.insert_text("Sì, suoni al retro.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Words")).to_have_value("")
    run_jobs()
    assert wire.texts()[1:] == ["Sì, suoni al retro."]
    assert set(Interaction.objects.values_list("conversation", flat=True)) == {place.pk}

    wire.writes("Stop.")
    page.goto(maria.get_absolute_url())
    expect(page.get_by_role("row", name="SMS Allowed Refused Refused")).to_be_visible()
    expect(page.locator("#timeline").get_by_text("Stop.", exact=True)).to_be_visible()
    look(page, "customer-stopped")
    page.goto(place.get_absolute_url())
    look(page, "conversation-stopped")


@pytest.mark.long
def test_what_a_provider_refuses_is_not_sent_and_goes_another_way(page, maria, wire, run_jobs):
    wire.provider.mood = Mood(refuse=(400, 21408))  # not to this country
    page.goto(maria.get_absolute_url())
    page.keyboard.press("Alt+3")
    page.keyboard.insert_text("Ci siete venerdì?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("It is on its way.")).to_be_visible()
    run_jobs()
    page.goto("/")
    expect(page.locator("#failed-h")).to_be_visible()
    expect(page.get_by_text("Ci siete venerdì?:")).to_be_visible()
    look(page, "today-sms-failed")
    page.get_by_role("link", name="Maria Giovanna").first.click()
    look(page, "conversation-sms-failed")
    wire.provider.mood = Mood()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It is on its way again: +39 333 555 0192")).to_be_visible()
    run_jobs()
    assert wire.texts() == ["Ci siete venerdì?"]


@pytest.mark.long
def test_a_number_that_nobody_has_is_registered_with_it(page, anna, wire):
    wire.writes("Buongiorno, fate anche cialde?", number="+393331112233")
    page.goto("/conversations/?whose=nobody")
    expect(page.locator("#convo-h + p")).to_have_text("+39 333 111 2233")
    look(page, "conversations-nobody-sms")
    page.get_by_label("Name, as they say it").fill("Ottavia dell’Orto")
    expect(page.get_by_text("Registered with +39 333 111 2233.")).to_be_visible()
    page.get_by_role("button", name="Create customer").click()
    expect(page.get_by_role("link", name="Ottavia dell’Orto").first).to_be_visible()
    assert [point.value for point in Conversation.objects.get().customer.contact_points.all()] == ["+393331112233"]


@pytest.mark.long
def test_what_is_written_is_counted_in_the_browser_as_on_the_server(page, maria):
    page.goto(maria.get_absolute_url())
    page.get_by_role("tab", name="SMS").click()
    counted = page.locator("#compose .composer-below:visible")
    for words, text, *_size in COUNTED:
        page.locator("#compose-words").evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')) }", text
        )
        size = parts.measure(unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip()))  # as it is sent
        shown = [counted.get_attribute(f"data-{name}") for name in ("parts", "units", "left")]
        assert shown == [str(size.parts), str(size.units), str(size.left)], words
    page.locator("#compose-words").fill("a" * 1531)
    expect(counted.locator("[data-dear]")).to_have_text("At most 10 parts are sent.")
    expect(counted.locator("[data-told]")).to_have_text("11 parts, €0.462. At most 10 parts are sent.")


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
