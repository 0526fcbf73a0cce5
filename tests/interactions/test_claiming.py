"""Workers claim what is due when they can send it, and not before."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from interactions import delivering, outbox
from interactions.channels.mail.gateway.sending import Sender
from interactions.models import Message
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_claimed_before_the_server_answers(tmp_path):
    """A server that takes a connection and says nothing: meanwhile the mail waits, in nobody's hand."""
    mira = make.make_mira()
    make.make_organisation()
    message = outbox.queue(conversation=make.make_conversation(mira), text="It ships today.", by=make.make_anna())
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
