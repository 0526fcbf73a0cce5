"""Workers claim what is due when they can send it, and not before."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from interactions import claiming, delivering, outbox
from interactions.channels.mail.gateway.sending import Sender
from interactions.claiming import Lane, Queue
from interactions.models import Message
from tests import make


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
        worker = delivering.Worker(tmp_path, Sender("127.0.0.1", listener.getsockname()[1], timeout=5))
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
        (Lane("email", "", Queue.PERSONAL), 1),
        (Lane("email", "", Queue.MASS), 3),
        (Lane("fax", "", Queue.PERSONAL), 1),
        (Lane("sms", "+39081", Queue.MASS), 2),
    ]
    assert claiming.claim("w", 9, channel="sms") == [] == claiming.claim("w", 9, channel="sms", account="+39082")
    claimed = claiming.claim("w", 9, channel="sms", account="+39081")
    assert {(message.channel, message.account) for message in claimed} == {("sms", "+39081")} and len(claimed) == 2
    assert [one.is_marketing for one in claiming.claim("w", 4, channel="email")] == [False, True, True, True]
    assert len(claiming.claim("w", 9, channel="email", queue=Queue.MASS)) == 2
    assert [lane for lane, _ in claiming.due(1)] == [Lane("fax", "", Queue.PERSONAL)]
