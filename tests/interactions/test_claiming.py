"""Workers claim what is due when they can send it, and not before."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from crm import locks
from crm.health import SOON, WELL
from interactions import checks, claiming, delivering, jobs, outbox
from interactions.channels.mail.carrier import MailCarrier
from interactions.channels.mail.gateway.sending import Sender
from interactions.claiming import Lane, Readers
from interactions.models import Message
from tests import make
from tests.interactions import pigeon


@pytest.mark.django_db(transaction=True)
def test_nothing_is_claimed_before_the_server_answers(tmp_path):
    """A server that takes a connection and says nothing: meanwhile the mail waits, in nobody's hand."""
    mira = make.make_mira()
    make.make_organisation()
    message = outbox.queue(
        channel="email", conversation=make.make_conversation(mira), text="It ships today.", by=make.make_anna()
    )
    seen = []

    def look():
        caller, _ = listener.accept()
        seen.append(Message.objects.get(pk=message.pk).status)
        caller.close()
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        worker = delivering.Worker(
            MailCarrier(server=Sender("127.0.0.1", listener.getsockname()[1], timeout=5)), tmp_path
        )
        worker.deliver_batch()
        worker.close()
        looking.result()
    message.refresh_from_db()
    assert seen == ["queued"] and (message.status, message.attempts) == ("queued", 0)


@pytest.mark.django_db
def test_each_lane_is_claimed_for_itself_and_counted_no_further_than_asked():
    """By channel, by the account of ours, and what is one to many apart."""
    at, lanes = (
        now(),
        [("email", "", False, 1), ("email", "", True, 5), ("sms", "+39081", True, 2), ("fax", "", False, 1)],
    )
    rows = [(channel, account, many) for channel, account, many, count in lanes for _ in range(count)]
    common = {"to_address": "x", "purpose": "service", "created_at": at}
    waiting = [Message(channel=c, account=a, is_marketing=m, due_at=at, **common) for c, a, m in rows]
    later = Message(channel="visit", due_at=at + timedelta(minutes=1), **common)
    Message.objects.bulk_create([*waiting, later])
    assert list(claiming.due(3)) == [
        (Lane("email", "", Readers.PERSONAL), 1),
        (Lane("email", "", Readers.MASS), 3),
        (Lane("fax", "", Readers.PERSONAL), 1),
        (Lane("sms", "+39081", Readers.MASS), 2),
    ]
    assert claiming.claim("w", 9, channel="sms") == [] == claiming.claim("w", 9, channel="sms", account="+39082")
    claimed = claiming.claim("w", 9, channel="sms", account="+39081")
    assert {(message.channel, message.account) for message in claimed} == {("sms", "+39081")} and len(claimed) == 2
    assert [one.is_marketing for one in claiming.claim("w", 4, channel="email")] == [False, True, True, True]
    assert len(claiming.claim("w", 9, channel="email", readers=Readers.MASS)) == 2
    assert [lane for lane, _ in claiming.due(1)] == [Lane("fax", "", Readers.PERSONAL)]


@pytest.mark.django_db
def test_what_nobody_carries_waits_and_health_says_how_many_where_and_what_to_do(
    broker, django_capture_on_commit_callbacks
):
    at = now()
    common = {"to_address": "x", "purpose": "service", "due_at": at, "created_at": at}
    some = {"post": 3, "fax": 120}  # the second is not in the list any more
    Message.objects.bulk_create(Message(channel=one, **common) for one, count in some.items() for _ in range(count))
    for channel in some:
        jobs.deliver(channel)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.deliver_soon(Message.objects.filter(channel="fax").latest("pk").pk)
    jobs.deliver_due()
    assert not broker.keys("deliver.*"), "no job waits where nobody serves"
    assert set(Message.objects.values_list("status", "attempts")) == {("queued", 0)}
    found = checks.outbox()
    assert found.state == SOON and "fax: 100+ messages wait. Post: 3 messages wait." in found.words
    assert "Set it up" in found.advice
    Message.objects.filter(channel="fax").delete()
    with pigeon.flying():
        assert checks.outbox().state == WELL
        Message.objects.filter(pk=Message.objects.latest("pk").pk).update(account="a number that was ours")
        jobs.deliver("post", "a number that was ours")
        assert "Post: 1 message waits." in checks.outbox().words
        Message.objects.exclude(account="").delete()
        Message.objects.update(due_at=at - timedelta(hours=1))
        assert checks.outbox().state == SOON and "Post: a message that was due" in checks.outbox().words
        Message.objects.update(due_at=at + timedelta(hours=1), attempts=2, reason="Not one of your doves")
        assert checks.outbox().state == WELL, "a server may say later once or twice"
        Message.objects.update(attempts=3)
        assert checks.outbox().words == "Post: the server puts off what we send: Not one of your doves"


@pytest.mark.django_db
def test_one_batch_of_a_channel_at_a_time_and_whoever_cannot_be_written_fails_alone(broker):
    at = now()
    common = {"channel": "post", "to_address": "x", "purpose": "service", "due_at": at, "created_at": at}
    Message.objects.bulk_create(Message(**common, body_text=text) for text in ("1", "2", "", "3", "4", "5"))
    with pigeon.flying() as provider, locks.one_of("deliver", "email  personal", 1):  # mails hang at their server
        jobs.deliver("post")
        assert len(provider.taken) == 3 and broker.llen("deliver.post.personal") == 1, "four at once, then the rest"
        jobs.deliver("post")
        jobs._workers.popitem()[1].close()
    found = [(one.status, one.message_ref) for one in Message.objects.order_by("pk")]
    assert found[2] == ("failed", "") and [status for status, _ in found].count("sent") == 5
    assert {ref for _, ref in found} == {"", *provider.taken.values()}
    assert "no words" in Message.objects.get(status="failed").reason
