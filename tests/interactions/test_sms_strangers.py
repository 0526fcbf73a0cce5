"""What strangers send, or a provider that is not itself: it costs little, breaks nothing, and is not believed."""

import json
from datetime import timedelta
from time import process_time

import pytest
from django.utils.timezone import now

from customers import consenting, contacting, reach, stopping
from customers.identity import normalise
from interactions import carriers, concluding, delivering, recovering
from interactions.channels.sms import links, stop_words, wrapping
from interactions.channels.sms.gateway.answers import OutgoingText
from interactions.channels.sms.gateway.api import Client
from interactions.channels.sms.gateway.crew import Crew
from interactions.concluding import Conclusion
from interactions.gateways.contract import Answer, Result
from interactions.models import Message, Wording
from tests import make
from tests.interactions import texting
from tests.interactions.provider import Mood
from tests.interactions.texting import MIRAS, OURS, sent


def test_a_long_text_of_whatever_signs_takes_a_moment():
    heap = "\u0300\u0316"  # accents that are sorted: each before the other
    texts = (
        "a" + "\n" * 9_900 + "b",
        "a\nb:" + "\n" * 9_900,
        "\n>" * 5_000,
        "a" + heap * 5_000,
        "stop" + " \n" * 5_000,
    )
    before = process_time()
    assert [stop_words.read(text) for text in texts] == [None] * 4 + [stop_words.Word.STOP]
    assert wrapping.parts_of("a" + heap * 50_000).count == 1 and wrapping.parts_of("e\u0300").dear == ""
    names = ["a" + one * 50_000 for one in (heap, "\uff9e\u0334", "\u0f73\u0334")]
    assert [len(normalise.words(name)) for name in names] == [30, 31, 46] and normalise.fold(names[0]) == "a"
    assert process_time() - before < 1.5


@pytest.fixture
def mira(db):
    make.make_organisation()
    return make.make_mira(phone=MIRAS, language="it")


def answer(status, said):
    body = json.dumps(said).encode()
    return Mood(raw=b"HTTP/1.1 %d So\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


def test_whatever_stands_in_an_answer_can_be_written_down(provider, mira):
    """A NUL or half a character in the words of one answer would keep the whole batch from being concluded."""
    odd, client, conclusion = "no\x00t\ud800\nso", Client(provider.url, provider.account, provider.token), Conclusion()
    failed = {"sid": "SM5", "to": MIRAS, "status": "failed", "error_message": odd}
    moods = [
        answer(400, {"code": 21999, "message": odd}),
        answer(201, failed),
        answer(500, {"code": 1, "message": odd}),
    ]
    moods.append(Mood(raw=b"HTTP/1.1 \x00 So\r\n\r\n"))
    messages = [sent(mira, make.make_conversation(mira), status="sending", worker="w") for _ in moods]
    for message, mood in zip(messages, moods, strict=True):
        provider.moods.append(mood)
        conclusion.add(client.send(OutgoingText(message.pk, OURS, MIRAS, "Ciao"), lambda _: None, lambda _: None)[0])
        client.close()
    concluding.conclude(conclusion, "w", {message.pk: message for message in messages}, size=4)
    rows = [Message.objects.get(pk=message.pk) for message in messages]
    assert [row.status for row in rows] == ["failed", "failed", "queued", "in_doubt"]
    assert all("no t so" in row.reason for row in rows[:3]), [row.reason for row in rows]


def test_a_list_with_dates_that_are_none_is_read(provider):
    client = Client(provider.url, provider.account, provider.token)
    for date in (b"Mon, 99999999999999999999 Jan 2024 00:00:00 +0000", b"Fri, 01 Jan 0100 00:00:00 +0000"):
        row = b'{"sid": "SM1", "to": "%s", "from": "%s", "body": "x", "date_created": "31 Dec 9999 23:00:00 +0000"}'
        body = b'{"messages": [%s]}' % (row % (MIRAS.encode(), OURS.encode()))
        provider.page = b"HTTP/1.1 200 So\r\nConnection: close\r\nDate: %s\r\nContent-Length: %d\r\n\r\n%s" % (
            date,
            len(body),
            body,
        )
        assert len(client.listed(to=MIRAS, sender=OURS, since=now())) == 1
    client.close()


def test_what_is_reported_of_another_message_that_had_its_number_says_nothing_of_it(client, provider, mira):
    """A restored backup gives the numbers of what was written since once more: this one would never leave."""
    place, at = make.make_conversation(mira), now()
    lost = sent(mira, place, status="queued")
    Message.objects.filter(pk=lost.pk).update(created_at=at - timedelta(hours=5))
    waiting = Message.objects.get(pk=lost.pk)
    assert texting.report(client, provider, lost, "delivered").status_code == 200
    waiting.refresh_from_db()
    assert (waiting.status, waiting.message_ref, waiting.delivered_at) == ("queued", "", None)
    texting.report(client, provider, waiting, "delivered")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.message_ref) == ("sent", "SM7") and waiting.delivered_at
    assert links.report_url(lost) != links.report_url(waiting)


def test_what_was_taken_back_and_had_left_all_the_same_is_in_the_history(client, provider, mira):
    place = make.make_conversation(mira)
    message = sent(mira, place, status="cancelled", sent_at=None)
    texting.report(client, provider, message, "sent")
    message.refresh_from_db()
    assert (message.status, message.interaction.conversation) == ("sent", place)


def test_a_provider_whose_clock_is_behind_has_what_it_has(provider, mira, monkeypatch):
    """What stands in its list before we wrote it, word for word, may be it: nobody is sent it twice by a machine."""
    message = sent(mira, make.make_conversation(mira), ago=timedelta(minutes=30), status="in_doubt", sent_at=None)
    Message.objects.filter(pk=message.pk).update(lease_until=now())
    taken = provider.take(to=MIRAS, sender=OURS, body=message.body_text)
    taken.at = message.created_at - timedelta(minutes=9)
    recovering.ask()
    message.refresh_from_db()
    assert message.status == "in_doubt"


def test_a_stop_holds_for_what_is_not_yet_in_a_workers_hand_and_that_is_not_much(provider, mira, tmp_path):
    """A text message takes a tenth of a second: with five hundred in hand a STOP is late by a minute."""
    consenting.give(mira, "offers", "sms", source="form")
    at, wording = now(), Wording.objects.create(language="it", subject="", body="Ciao")
    more = {"purpose": "offers", "is_marketing": True, "wording": wording, "due_at": at, "created_at": at}
    point = mira.contact_points.get(value=MIRAS)
    one = {"channel": "sms", "account": OURS, "to_address": MIRAS, "customer": mira, "contact_point": point}
    Message.objects.bulk_create(Message(**one, **more) for _ in range(105))
    worker = delivering.Worker(carriers.of("sms", OURS), tmp_path / "journal")
    assert worker.deliver_batch() == 100 == len(provider.took())
    stopping.withdraw_at(MIRAS, "sms", source="STOP")
    worker.deliver_batch()
    worker.close()
    assert len(provider.took()) == 100 and Message.objects.filter(status="refused").count() == 5


def test_a_provider_that_calls_two_messages_by_one_name_loses_none(client, provider, mira):
    """Some count what comes in apart from what goes out; others begin anew."""
    conclusion = Conclusion()
    messages = [sent(mira, make.make_conversation(mira), status="sending", worker="w", sent_at=None) for _ in range(2)]
    for message in messages:
        conclusion.add(Result(message.pk, Answer.ACCEPTED, ref="77"))
    concluding.conclude(conclusion, "w", {message.pk: message for message in messages}, size=2)
    messages += [sent(mira, make.make_conversation(mira), status=one, sent_at=None) for one in ("in_doubt", "queued")]
    for message in messages:
        assert texting.report(client, provider, message, "delivered", sid="77").status_code == 200
    rows = Message.objects.filter(status="sent", interaction__isnull=False, delivered_at__isnull=False, reason="")
    assert sorted(rows.values_list("message_ref", flat=True)) == ["", "", "", "77"]
    phone = texting.Phone(client, provider)
    answer = phone.write("Sì", sid="77")
    assert (answer.words, phone.write("Sì", sid="77")) == ("Sì", answer)


def test_a_provider_that_stalls_for_long_leaves_few_in_doubt(provider):
    """Of a campaign each batch would leave as many as there are connections, every half a minute."""
    crew = Crew(Client(provider.url, provider.account, provider.token, seconds=0.15), 4)
    texts = [OutgoingText(number, OURS, MIRAS, f"{number}") for number in range(9)]
    counts = []
    for stall in (1, 1, 0):
        provider.mood = Mood(stall=stall)
        results = list(crew.send(texts, lambda _: None, lambda _: None))
        counts.append([sum(one.answer is answer for one in results) for answer in (Answer.UNKNOWN, Answer.ACCEPTED)])
    crew.close()
    assert counts[1:] == [[1, 0], [0, 9]] and counts[0][0] in range(4, 8), counts


def test_a_report_that_is_posted_once_more_undoes_nothing_that_was_said_since(client, provider, mira):
    """Its signature holds for ever, and what it says of that message; but not of the number."""
    consenting.give(mira, "offers", "sms", source="form", at=now() - timedelta(days=1))
    message, anna = sent(mira, make.make_conversation(mira)), make.make_anna()
    point = mira.contact_points.get(value=MIRAS)
    for _twice in range(2):
        for code in (30005, 21610):
            texting.report(client, provider, message, "undelivered", code)
        point.refresh_from_db()
        reasons = reach.may_reach(mira, "sms", "service"), reach.may_reach(mira, "sms", "offers")
        if _twice == 0:
            assert reasons == ("bounced", "refused")
            contacting.verify(point, by=anna)
            consenting.give(mira, "offers", "sms", point, source="form")
    assert reasons == (None, None)


def test_a_provider_that_stalls_is_not_asked_about_each_of_hundreds(provider, mira):
    provider.page = b"nothing that is HTTP\r\n"
    numbers = [f"+3933311122{number}" for number in range(10, 50)]
    rows = [sent(mira, make.make_conversation(mira), number=one, status="in_doubt", sent_at=None) for one in numbers]
    carrier = carriers.of("sms", OURS)
    assert carrier.ask_about(rows) == {} and len(provider.asked) <= 2 * carrier.ours.hands


def test_a_provider_that_asks_us_to_wait_for_no_time_at_all_is_not_asked_without_end(provider, monkeypatch):
    monkeypatch.setattr("interactions.channels.sms.gateway.crew.PATIENCE_SECONDS", 0.3)
    provider.mood = Mood(refuse=(429, 20429), retry_after=0)
    crew = Crew(Client(provider.url, provider.account, provider.token), 2)
    results = list(crew.send([OutgoingText(1, OURS, MIRAS, "Ciao")], lambda _: None, lambda _: None))
    crew.close()
    assert [one.answer for one in results] == [Answer.POSTPONED] and len(provider.asked) == 1
