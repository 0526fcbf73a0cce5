"""A text message comes in: whose it is, in which conversation, and what follows. Through the hook, signed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm.events.models import Event
from customers import consenting, contacting, searching, stopping
from customers.models import ConsentState, Customer, Opening
from interactions import moving, outcomes, thread
from interactions.channels.sms import addressing
from interactions.conversations import settling
from interactions.models import Conversation, Interaction, Message
from staff.roles import Role
from tests import make
from tests.interactions.texting import MIRAS, OURS, Phone, sent
from tests.permuting import rarely


@pytest.fixture
def phone(client, provider, db):
    return Phone(client, provider)


@pytest.fixture
def mira(db):
    return make.make_mira(phone=MIRAS, language="it")


def refused(customer):
    states = ConsentState.objects.filter(customer=customer, channel="sms", is_given=False)
    return set(states.values_list("purpose", flat=True))


def test_an_answer_goes_where_our_last_message_is_and_twice_is_once(phone, mira):
    clara, anna = make.make_clara(), make.make_anna()
    place = make.make_conversation(mira, owner=clara)
    make.make_conversation(mira, subject="Another open one")
    message = sent(mira, place, author=make.make_user("Ugo", Role.SALES))
    sent(mira, make.make_conversation(mira, "Older"), ago=timedelta(days=2))
    settling.settle(place, by=anna)
    first = phone.write("Sì, alle 9", sid="SM77")
    assert phone.write("Sì, alle 9", sid="SM77") == first and Interaction.objects.filter(channel="sms").count() == 3
    place.refresh_from_db()
    assert (first.conversation, first.customer, place.status) == (place, mira, "open")
    assert (place.their_words, place.their_channel, place.waiting_since) == ("Sì, alle 9", "sms", first.occurred_at)
    assert (first.from_address, first.to_address, first.message_ref) == (MIRAS, OURS, "SM77")
    fact = Event.objects.get(kind="interaction.received")
    assert (fact.data["how"], fact.data["message"], fact.data["channel"]) == ("last", message.pk, "sms")
    assert set(Opening.objects.values_list("user", "because")) == {(clara.pk, "sms"), (message.author_id, "sms")}
    moved = moving.move(message.interaction, to=None, by=anna)
    assert phone.write("O alle 10").conversation == moved


@pytest.mark.parametrize("status", ["in_doubt", "sending"])
def test_an_answer_proves_that_what_is_answered_has_left(phone, mira, status):
    place = make.make_conversation(mira)
    message = sent(mira, place, status=status, sent_at=None)
    answer = phone.write("Sì")
    message.refresh_from_db()
    assert answer.conversation == place and message.sent_at < answer.occurred_at
    assert message.status == ("sent" if status == "in_doubt" else "sending")


def test_an_answer_to_one_to_many_opens_a_conversation_that_begins_with_ours(phone, mira):
    make.make_conversation(mira, "An open one")
    message = sent(mira, origin="campaign", origin_id=7, body_text="Sconti, fino a domenica")
    answer = phone.write("Quali?")
    said = answer.conversation.interactions.order_by("occurred_at").values_list("direction", "words")
    assert list(said) == [("out", "Sconti, fino a domenica"), ("in", "Quali?")]
    assert answer.conversation.subject == "Quali?" and Conversation.objects.count() == 2
    assert phone.write("Anche i macinini?").conversation == answer.conversation
    fact = Event.objects.filter(kind="interaction.received").first()
    assert (fact.data["origin"], fact.data["origin_id"], fact.data["message"]) == ("campaign", 7, message.pk)


def test_else_it_goes_to_their_only_open_conversation_whatever_its_channel(phone, mira):
    place = make.make_conversation(mira, their_channel="email")
    old = make.make_conversation(mira, status="settled")
    others = {"ago": timedelta(days=15)}, {"account": "+390899950000"}, {"status": "failed"}, {"number": "+39333999"}
    for unlike in others:
        sent(mira, old, **unlike)
    assert phone.write("Allora?").conversation == place
    make.make_conversation(mira, "A second one")
    new = phone.write("È arrivato?\nNon lo trovo").conversation
    assert (new.subject, new.customer) == ("È arrivato?", mira)


@pytest.mark.parametrize(
    "written", ["3331112233", *rarely("393331112233", "+39 333 111 2233", "whatsapp:+393331112233")]
)
def test_who_wrote_is_known_and_their_stop_obeyed_however_the_provider_writes_numbers(phone, mira, written):
    make.make_organisation()
    place = make.make_conversation(mira)
    message = sent(mira, place)
    said = phone.write("STOP", sender=written, to="390899951234")
    assert (said.customer, said.conversation, said.from_address, said.to_address) == (mira, place, MIRAS, OURS)
    assert refused(mira) and message.account == OURS


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("+541123456789", "+5491123456789"),
        ("+351911915152", "351911915152"),
        pytest.param("+525512345678", "+5215512345678", marks=pytest.mark.long),
        pytest.param("+34610322050", "34610322050", marks=pytest.mark.long),
    ],
)
def test_a_line_that_is_written_in_two_ways_is_one_customer_and_one_stop(phone, ours, theirs):
    make.make_organisation()
    carla = make.make_customer("Carla", phone=ours)
    place = make.make_conversation(carla)
    sent(carla, place, number=ours)
    said = phone.write("STOP", sender=theirs)
    assert said.conversation == place and refused(carla)
    assert phone.write("UNSTOP", sender=theirs).customer == carla


def test_who_writes_from_a_number_that_took_nothing_can_be_answered_there(phone, mira):
    point = mira.contact_points.get(value=MIRAS)
    contacting.mark_dead(point, "sms", "30005 this number is unknown")
    contacting.mark_dead(point, "phone", "Nobody answers")
    place = phone.write("Eccomi").conversation
    point.refresh_from_db()
    assert addressing.answer(place).to.address == MIRAS and list(point.unreached) == ["phone"]
    ugo = make.make_customer("Ugo Rossi", phone="+390895550199")  # a landline, and it writes
    place = phone.write("Scrivo dal fisso", sender="+390895550199").conversation
    assert place.customer == ugo and addressing.answer(place).to.address == "+390895550199"


@pytest.mark.parametrize(
    "written", ["40404", "Meridiana", *rarely("12345678", "+266696687", "+1", "messenger:39333111223344")]
)
def test_a_stop_of_whom_nobody_can_answer_is_only_a_message(phone, written):
    said = phone.write("STOP", sender=written)
    assert (said.from_address, said.outcome, said.customer) == (written, "", None)


def test_a_number_that_nobody_has_is_nobodys_and_its_parts_stay_together(phone):
    first = phone.write("Buongiorno, vorrei")
    assert phone.write("un preventivo").conversation == first.conversation
    place = first.conversation
    assert (place.customer, first.customer, place.subject) == (None, None, "Buongiorno, vorrei")
    assert phone.write("Un altro", sender="+393334445566").conversation != place
    missed = make.make_conversation(None, "Missed call, +393336667788")
    called = {"channel": "phone", "kind": "call", "from_address": "+393336667788"}
    make.make_interaction(None, missed, **called)
    assert phone.write("Vi ho chiamati", sender="+393336667788").conversation == missed
    ours = sent(None, place)
    settling.settle(place, by=None)
    assert phone.write("Grazie").conversation == ours.conversation == place
    for sender in ("40404", "Vodafone"):
        place = phone.write("La tua bolletta", sender=sender).conversation
        assert phone.write("è pronta", sender=sender).conversation == place and place.customer is None
    phone.client.force_login(make.make_anna())
    form = {"name": "Vodafone"}
    phone.client.post(reverse("interactions:whose", args=[place.pk]), form)
    assert not Customer.objects.get(name="Vodafone").contact_points.exists()
    withheld = {phone.write("Chi sono?", sender="").conversation_id for _ in range(2)}
    assert len(withheld) == 2 and not Message.objects.filter(channel="sms").exclude(pk=ours.pk).exists()


def test_a_shared_number_is_whose_we_wrote_to_lately_else_nobodys(phone, mira, rui):
    mira.contact_points.filter(channel="phone").update(is_shared=True)
    make.make_contact_point(rui, MIRAS, channel="phone", is_shared=True)
    searching.store([mira.pk, rui.pk])
    nobodys = phone.write("Siamo aperti?").conversation
    phone.client.force_login(make.make_anna())
    page = phone.client.get(nobodys.get_absolute_url()).content.decode()
    assert page.count("It is theirs") == 2 and "Rui Teles" in page and "Mira Kovač" in page
    assert nobodys.customer is None and phone.write("Domani?").conversation == nobodys
    place = make.make_conversation(rui)
    sent(rui, place)
    assert phone.write("Va bene").conversation == place
    phone.write("STOP")
    assert refused(mira) == refused(rui) == set(stopping.REFUSED)


@pytest.mark.parametrize(
    ("written", "more", "read"),
    [
        ("a\x00b\udced\udca0\udcbd! \u202eמחר בתשע" + "è" * 1600, {}, "ab\ufffd! \u202eמחר בתשע" + "è" * 1600),
        ("", {}, "Nothing was written."),
        (
            "",
            {"NumMedia": "2", "MediaUrl0": "https://a.example/1", "MediaContentType0": "image/jpeg", "MediaUrl1": "x"},
            "[image/jpeg] https://a.example/1",
        ),
        ("Ecco", {"NumMedia": "1", "MediaUrl0": "http://a/2"}, "Ecco\n[file] http://a/2"),
    ],
)
def test_whatever_is_written_is_kept(phone, mira, written, more, read):
    said = phone.write(written, **more)
    assert (said.words, said.conversation.their_words) == (read, read[: thread.LONGEST_WORDS])
    assert len(said.conversation.subject) <= 90


def test_a_stop_is_obeyed_filed_and_waits_for_nobody(phone, mira):
    consenting.give(mira, "offers", "sms", mira.contact_points.get(channel="phone"), source="form")
    campaign = sent(mira, origin="campaign", origin_id=7)
    stop = phone.write("Stop!", sid="SM1")
    assert (stop.customer, stop.conversation, stop.words, stop.outcome) == (mira, None, "Stop!", outcomes.STOPPED)
    assert "offers" in refused(mira) and "service" not in refused(mira) and not Conversation.objects.exists()
    fact = Event.objects.get(kind="interaction.received")
    assert (fact.data["outcome"], fact.data["message"]) == (outcomes.STOPPED, campaign.pk)
    assert Event.objects.filter(kind="consent.withdrawn").count() == 1
    assert mira.consents.filter(is_given=False).first().proof == "SM1: Stop!"
    phone.write("Stop!", sid="SM1")
    assert Event.objects.filter(kind="consent.withdrawn").count() == 1
    phone.client.force_login(make.make_anna())
    page = phone.client.get(mira.get_absolute_url()).content.decode()
    assert "Stop!" in page and "Obeyed: no more offers" in page
    assert phone.write("start").outcome == outcomes.STARTED
    assert "offers" not in refused(mira) and not Conversation.objects.exists()
    assert phone.write("start").conversation.waiting_since, "it said nothing that we know: somebody reads it"


def test_a_stop_in_the_middle_of_a_matter_leaves_it_as_it_was(phone, mira, anna):
    place = make.make_conversation(mira)
    question = phone.write("Quando arriva?")
    assert phone.write("STOP").conversation == place
    place.refresh_from_db()
    assert (place.waiting_since, place.their_words) == (question.occurred_at, "STOP")
    settling.settle(place, by=anna)
    sent(mira, place)
    assert phone.write("stop").conversation == place
    place.refresh_from_db()
    assert place.status == "settled"


def test_a_stop_of_a_number_that_nobody_has_is_kept_for_who_gets_it_and_settled(phone):
    stop = phone.write("BASTA SMS")
    assert (stop.conversation.customer, stop.conversation.status) == (None, "settled")
    later = make.make_customer("Ana Lima")
    make.make_contact_point(later, MIRAS, channel="phone")
    assert stopping.withdraw_at(MIRAS, "sms", source="STOP") == [later.pk]


@pytest.mark.parametrize(("is_personal", "waits"), [(True, True), (False, False), (None, True)])
def test_a_word_that_means_something_else_too_is_obeyed_and_read_where_it_may_answer_us(
    phone, mira, is_personal, waits
):
    place = make.make_conversation(mira)
    if is_personal is not None:
        sent(mira, place if is_personal else None)
    word = phone.write("Annulla")
    assert "offers" in refused(mira)
    assert (
        (word.outcome == outcomes.STOPPED_TOO) == waits == bool(word.conversation and word.conversation.waiting_since)
    )


@pytest.mark.parametrize(("words", "more"), [("HELP", {"OptOutType": "HELP"}), ("Sì", {}), ("please stop by", {})])
def test_other_words_wait_as_all_do(phone, mira, words, more):
    said = phone.write(words, **more)
    assert said.conversation.waiting_since == said.occurred_at and not refused(mira) and not said.outcome


def test_what_the_provider_obeyed_is_obeyed(phone, mira):
    assert phone.write("Lasciatemi in pace", OptOutType="STOP").outcome == outcomes.STOPPED and refused(mira)


def test_who_did_not_sign_is_sent_away_and_so_is_all_while_nobody_set_it_up(phone, mira, monkeypatch):
    url, body, headers = phone.provider.writes(MIRAS, "Ciao", "https://elsewhere.example/hooks/sms/incoming/")
    kind = headers.pop("Content-Type")
    for given in (headers, {}):
        answer = phone.client.post("/hooks/sms/incoming/", body, content_type=kind, headers=given)
        assert (answer.status_code, answer.json()["code"]) == (401, "unsigned")
    assert phone.post("Ciao", sid="not an id").status_code == 422
    monkeypatch.setenv("CHANNEL_SMS_FROM", "a mistake, while it is changed")
    assert phone.post("STOP").status_code == 200 and refused(mira), "it is not said twice"
    monkeypatch.delenv("CHANNEL_SMS_TOKEN")
    assert phone.post("Ciao").status_code == 503
    assert Interaction.objects.get().words == "STOP"
