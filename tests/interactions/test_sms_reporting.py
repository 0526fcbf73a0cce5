"""The provider reports what became of a text message: whatever the order, nothing is lost and nothing counts twice."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import permutations

import pytest
from django.db import transaction

from crm.events.models import Event
from interactions import concluding
from interactions.concluding import Conclusion
from interactions.conversations import settling
from interactions.gateways.contract import Answer, Result
from interactions.models import Conversation, Interaction, Message
from tests import make
from tests.interactions import texting
from tests.interactions.texting import MIRAS, Phone, sent

SAID = (("sent", None), ("delivered", None), ("undelivered", 30005), ("sending", None))


@pytest.fixture
def mira(db):
    make.make_organisation()
    return make.make_mira(phone=MIRAS, language="it")


@pytest.fixture
def said(client, provider):
    """Return a function by which the provider says what became of a message."""

    def say(message, status, code=None, **more):
        answer = texting.report(client, provider, message, status, code, **more)
        assert answer.status_code == 200, answer.content
        message.refresh_from_db()
        return message

    return say


def told(kind):
    return list(Event.objects.filter(kind=kind).values_list("data", flat=True))


@pytest.mark.parametrize("status", ["in_doubt", "queued", "failed"])
def test_what_the_provider_reports_of_has_left_and_does_not_leave_again(said, mira, status):
    place = make.make_conversation(mira)
    for is_personal in (True, False):
        message = sent(mira, place if is_personal else None, status=status, sent_at=None, reason="?")
        said(message, "queued" if is_personal else "a new word", sid=f"SM{is_personal}")
        assert (message.status, message.message_ref, message.reason) == ("sent", f"SM{is_personal}", "")
        assert message.sent_at and message.interaction.message_ref == message.message_ref
    assert Interaction.objects.count() == 2


@pytest.mark.parametrize(("status", "code"), [("delivered", None), ("undelivered", 30008)])
def test_a_report_that_comes_before_we_wrote_down_that_it_left_is_not_lost(said, mira, status, code):
    message = sent(mira, make.make_conversation(mira), status="sending", worker="w", sent_at=None)
    said(message, status, code)
    assert (message.status, message.message_ref) == ("sending", "SM7")
    conclusion = Conclusion()
    conclusion.add(Result(message.pk, Answer.ACCEPTED, ref="SM7"))
    concluding.conclude(conclusion, "w", {message.pk: message}, size=1)
    message.refresh_from_db()
    assert (message.status, message.message_ref, bool(message.delivered_at)) == ("sent", "SM7", code is None)
    assert (bool(message.bounced_at), bool(message.reason)) == (code is not None, code is not None)


def test_a_worker_that_died_after_the_provider_took_it_leaves_no_doubt(said, mira):
    message = sent(mira, status="sending", worker="w", sent_at=None)
    said(message, "sent")
    concluding.doubt([message.pk], worker="w", reason="It died.")
    message.refresh_from_db()
    assert (message.status, message.message_ref) == ("sent", "SM7")


def _end(said, mira, order):
    with transaction.atomic():
        message = sent(mira, make.make_conversation(mira))
        for status, code in (*order, order[0]):
            said(message, status, code)
        end = (message.status, bool(message.delivered_at), message.bounced_at, message.reason)
        transaction.set_rollback(True)
    return end


@pytest.mark.parametrize("order", [SAID, SAID[::-1]])
def test_what_was_delivered_has_arrived_whatever_else_was_said(said, mira, order):
    assert _end(said, mira, order) == ("sent", True, None, "")


@pytest.mark.long
def test_the_end_is_the_same_in_whatever_order_reports_come(said, mira):
    assert set(map(partial(_end, said, mira), permutations(SAID))) == {("sent", True, None, "")}


def test_what_did_not_arrive_came_back_once_and_what_it_answered_waits_again(client, provider, said, mira, anna):
    question = Phone(client, provider).write("Quando arriva?")
    place = question.conversation
    message = sent(mira, place, author=anna, ago=timedelta(0))
    settling.settle(place, by=anna)
    for _twice in range(2):
        said(message, "undelivered", 30005)
    place.refresh_from_db()
    assert (place.status, place.waiting_since) == ("open", question.occurred_at)
    assert message.bounced_at and message.reason.startswith("30005 ")
    point = mira.contact_points.get(value=MIRAS)
    assert (list(point.unreached), point.bounced_at) == (["sms"], None)
    assert [fact["hard"] for fact in told("message.bounced")] == [True] and len(told("contact_point.bounced")) == 1
    said(message, "delivered")
    place.refresh_from_db()
    point.refresh_from_db()
    assert (place.waiting_since, message.bounced_at, message.reason, point.dead_on) == (None, None, "", {})


@pytest.mark.parametrize("code", [None, 30003, 30007])
def test_what_was_only_not_delivered_says_nothing_of_the_number(said, mira, code):
    message = said(sent(mira), "failed", code)
    assert message.bounced_at and message.reason and not mira.contact_points.get(value=MIRAS).dead_on
    assert [fact["hard"] for fact in told("message.bounced")] == [False] and not Conversation.objects.exists()


def test_who_told_the_provider_to_stop_has_told_us(said, mira):
    said(sent(mira), "failed", 21610)
    states = mira.consent_states.filter(channel="sms", is_given=False)
    assert "offers" in set(states.values_list("purpose", flat=True)) and len(told("consent.withdrawn")) == 1


def test_what_it_cost_is_noted_in_the_currency_of_the_bill(said, mira):
    message = said(sent(mira), "delivered", NumSegments="2", Price="-0.0150", PriceUnit="USD")
    assert (message.parts, message.part_cost, message.cost_currency) == (2, Decimal("0.00750"), "USD")
    for odd in ({"NumSegments": "0"}, {"Price": "free"}, {"NumSegments": "9" * 9, "Price": ""}, {"PriceUnit": ""}):
        said(message, "sent", **{"NumSegments": "1", "Price": "-9", "PriceUnit": "EUR", **odd})
    assert (message.parts, message.part_cost, message.cost_currency) == (2, Decimal("0.00750"), "USD")


def test_an_address_in_the_wrong_field_at_the_provider_loses_nothing(client, provider, mira):
    message = sent(mira)
    path = "/hooks/sms/incoming/"
    told = dict(MessageSid="SM7", SmsSid="SM7", MessageStatus="delivered", To=MIRAS, From=texting.OURS, Body=None)
    Message.objects.filter(pk=message.pk).update(message_ref="SM7")
    raw, headers = provider.form(texting.INCOMING, {name: value for name, value in told.items() if value})
    kind = headers.pop("Content-Type")
    assert client.post(path, raw, content_type=kind, headers=headers).status_code == 200
    message.refresh_from_db()
    assert message.delivered_at and not Interaction.objects.filter(direction="in").exists()
    url, raw, headers = provider.writes(MIRAS, "STOP", texting.INCOMING.replace("incoming", "report"))
    kind = headers.pop("Content-Type")
    assert client.post(url.removeprefix("http://localhost:8000"), raw, content_type=kind, headers=headers).content
    assert Interaction.objects.get(direction="in").outcome == "stopped"


def test_it_says_nothing_of_messages_that_are_none_of_ours_or_were_sent_anew(client, provider, said, mira):
    mail = Message.objects.get(pk=sent(mira, make.make_conversation(mira), channel="email").pk)
    said(mail, "delivered")
    assert mail.delivered_at is None
    message = sent(mira, message_ref="SM8")
    said(message, "undelivered", 30005, sid="SM7")
    said(message, "what?", sid="SM8")
    assert (message.bounced_at, message.message_ref) == (None, "SM8")
    unnamed = provider.form("http://localhost:8000/hooks/sms/report/", {"MessageSid": "SM8", "MessageStatus": "read"})
    body, headers = unnamed
    kind = headers.pop("Content-Type")
    assert client.post("/hooks/sms/report/", body, content_type=kind, headers=headers).status_code == 200
    message.refresh_from_db()
    assert message.delivered_at
    assert client.post("/hooks/sms/report/", body, content_type=kind).status_code == 401
