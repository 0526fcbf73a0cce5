"""Text messages both ways over HTTP: we send to the provider, and it calls our hooks; several at once too."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from customers import reach
from interactions import carriers, concluding, delivering, outbox
from interactions.channels.sms import links, receiving, reporting
from interactions.channels.sms.gateway.reading import DeliveryReport, IncomingText, Named
from interactions.concluding import Conclusion
from interactions.gateways.contract import Answer, Result
from interactions.models import Conversation, Interaction
from tests import make
from tests.interactions.texting import MIRAS, OURS, sent
from tests.racing import held

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def mira(live_server, settings):
    settings.PUBLIC_URL = live_server.url
    make.make_organisation()
    return make.make_mira(phone=MIRAS, language="it")


@pytest.fixture
def write(live_server, provider):
    """Return a function by which somebody writes to us, over the wire."""

    def write(words, sender=MIRAS, **more):
        status, body = provider.send(*provider.writes(sender, words, f"{live_server.url}/hooks/sms/incoming/", **more))
        assert (status, body) == (200, b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    return write


def test_a_message_leaves_arrives_is_answered_and_stopped(provider, write, mira, tmp_path):
    anna = make.make_anna()
    place = make.make_conversation(mira, owner=anna)
    message = outbox.queue(channel="sms", conversation=place, text="Domani alle 9?", by=anna)
    worker = delivering.Worker(carriers.of("sms", message.account), tmp_path / "journal")
    assert worker.deliver_batch() == 1
    worker.close()
    [taken] = provider.took(MIRAS)
    for status in ("delivered", "sent", "delivered"):
        assert provider.send(*provider.reports(taken, status))[0] == 200
    message.refresh_from_db()
    assert (message.status, message.message_ref) == ("sent", taken.sid) and message.delivered_at
    write("Sì, alle 9 👍")
    write("STOP")
    place.refresh_from_db()
    said = place.interactions.order_by("occurred_at").values_list("direction", "channel", "words")
    assert list(said) == [("out", "sms", "Domani alle 9?"), ("in", "sms", "Sì, alle 9 👍"), ("in", "sms", "STOP")]
    assert (
        place.waiting_since and reach.may_reach(mira, "sms", "offers") and not reach.may_reach(mira, "sms", "service")
    )


@pytest.mark.parametrize("is_known", [True, False])
def test_what_comes_at_once_and_twice_is_filed_once_in_one_conversation(write, mira, is_known):
    if is_known:
        message = sent(mira)
    sender = MIRAS if is_known else "+393339998877"
    texts = [(f"Parte {n}", f"SM{n}") for n in range(4)] * 2

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: write(one[0], sender=sender, sid=one[1]), texts))
    theirs = Interaction.objects.filter(channel="sms", direction="in")
    place = Conversation.objects.get()
    assert sorted(theirs.values_list("words", flat=True)) == [f"Parte {n}" for n in range(4)]
    assert set(theirs.values_list("conversation", flat=True)) == {place.pk} and place.interaction_count == 4 + is_known
    if is_known:
        assert place.interactions.order_by("occurred_at").first().message == message


def test_reports_at_once_while_we_write_down_that_it_left_end_as_they_would_alone(provider, mira):
    for number in range(10):
        place = make.make_conversation(mira, f"Matter {number}")
        message = sent(mira, place, status="sending", worker="w", sent_at=None)
        taken = provider.take(
            to=MIRAS, sender=OURS, body="Domani alle 9?", callback=links.report_url(message)
        )  # fmt: skip
        said = [provider.reports(taken, *report) for report in (("sent",), ("undelivered", 30003), ("delivered",))]
        conclusion = Conclusion()
        conclusion.add(Result(message.pk, Answer.ACCEPTED, ref=taken.sid))
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(provider.send, *one) for one in (*said, said[1])]
            concluding.conclude(conclusion, "w", {message.pk: message}, size=1)
        assert [answer.result()[0] for answer in answers] == [200] * 4
        message.refresh_from_db()
        assert (message.status, message.bounced_at, message.reason) == ("sent", None, "") and message.delivered_at


@pytest.mark.parametrize("status", ["delivered", "undelivered"])
def test_an_answer_that_comes_while_a_report_settles_a_doubt_is_filed(mira, status):
    place = make.make_conversation(mira)
    message = sent(mira, place, status="in_doubt", sent_at=None)
    with held(lambda: reporting.take(DeliveryReport("SM7", Named(message.pk, message.created_at), status))) as start:
        answer = start(lambda: receiving.receive(IncomingText("SM8", MIRAS, OURS, "Sì")))
    assert answer.result(10).conversation == place
    message.refresh_from_db()
    assert (message.status, message.message_ref) == ("sent", "SM7")
