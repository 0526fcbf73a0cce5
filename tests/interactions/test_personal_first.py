"""A campaign of twenty thousand does not delay an answer, however slow the mail server is with it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from crm import locks, queues
from interactions import delivering, jobs
from interactions.channels.mail.carrier import MailCarrier
from interactions.claiming import Readers
from interactions.models import Message
from tests.interactions.postman import campaign, mails, personal
from tests.interactions.sink import Sink
from tests.interactions.test_gateway_sending import free_port

AHEAD = (queues.QUICK, queues.PERSONAL, "deliver.email.personal")  # queues that nothing to many stands in
pytestmark = pytest.mark.django_db(transaction=True)


class SlowWithMany(Sink):
    """A mail server that says nothing to a mail to many until it is told to go on."""

    def __init__(self, folder):
        super().__init__(folder)
        self.is_asked, self.may_go_on = threading.Event(), threading.Event()

    async def handle_DATA(self, server, session, envelope):
        if b"List-Unsubscribe" in envelope.content:
            self.is_asked.set()
            await asyncio.to_thread(self.may_go_on.wait, 20)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def slow(tmp_path, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.VAR = "127.0.0.1", free_port(), tmp_path
    handler = SlowWithMany(tmp_path)
    controller = Controller(handler, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    yield handler
    handler.may_go_on.set()
    jobs._workers.clear()
    controller.stop()


def a_mass_batch(folder):
    worker = delivering.Worker(MailCarrier(), folder / "journal")
    try:
        return worker.deliver_batch(readers=Readers.MASS)
    finally:
        worker.close()
        connection.close()


def test_an_answer_leaves_while_a_slow_server_has_a_campaign_in_its_mouth(slow, anna, tmp_path, run_jobs):
    campaign("Ada", "Ugo", "Bea")
    jobs.deliver_due.delay()
    run_jobs(*AHEAD)  # it wakes the other worker, again and again
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(a_mass_batch, tmp_path)  # what the other worker is at
        assert slow.is_asked.wait(10)
        message = personal(anna)
        done = run_jobs(*AHEAD)
        message.refresh_from_db()
        assert message.status == "sent" and done.count("interactions.jobs.deliver") == 1
        assert not hanging.done() and len(mails(tmp_path)) == 1
        slow.may_go_on.set()
        assert hanging.result() == 3


def test_the_clock_wakes_each_lane_for_itself_and_none_that_nobody_carries(anna, broker):
    ada, _ugo = campaign("Ada", "Ugo")
    personal(anna)
    Message.objects.filter(pk=ada.pk).update(channel="sms")
    broker.flushdb()  # the wake-up of the answer itself was lost
    jobs.deliver_due()
    assert {name: n for name in queues.every() if (n := broker.llen(name))} == {
        "deliver.email.personal": 1, "deliver.email.mass": 1,
    }  # fmt: skip


def test_who_comes_while_enough_are_at_it_goes_away_and_is_seen_to_at_the_end(slow, anna, broker, monkeypatch):
    monkeypatch.setitem(jobs.SIZES, Readers.PERSONAL, 1)
    messages = [personal(anna), personal(anna, "ugo@example.com")]
    broker.flushdb()
    with locks.one_of("deliver", "email  personal", jobs.AT_ONCE[Readers.PERSONAL]):
        jobs.deliver("email")
    assert {Message.objects.get(pk=one.pk).status for one in messages} == {"queued"}
    for waiting in (1, 0):
        broker.flushdb()
        jobs.deliver("email")
        assert broker.llen("deliver.email.personal") == waiting
