"""A provider that takes the connection and says nothing holds up its own messages, and no other channel's."""

import signal
import socket
import time

import pytest
from django.db import connection

from crm import queues
from crm.engines import children
from crm.running import processes
from crm.running.runner import ROOT
from interactions import outbox
from interactions.models import Message
from tests import make
from tests.databases import environment
from tests.interactions.provider import Mood

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 30  # the start of a worker on a busy machine
AT_ONCE_SECONDS = 10  # far less than any provider is waited for


@pytest.fixture
def silence():
    """A port at which somebody listens, takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def mail(server, settings):
    return settings.EMAIL_PORT


@pytest.mark.parametrize(("stalled", "other"), [("email", "sms"), ("sms", "email")])
def test_answers_over_the_other_channel_leave_at_once(
    stalled, other, silence, mail, provider, anna, run_jobs, tmp_path, monkeypatch
):
    make.make_organisation()
    mira = make.make_customer("Mira Kovač", email="mira@example.com", phone="+39 333 111 2233")
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{silence if stalled == 'email' else mail}")
    monkeypatch.setenv("FILO_VAR", str(tmp_path))
    provider.mood = Mood(stall=60 if stalled == "sms" else 0)
    with (tmp_path / "personal.log").open("wb") as log:
        command = processes.personal().command
        worker = children.spawn(command, env=environment(connection.settings_dict), output=log, cwd=ROOT)
    try:
        hanging = [say(mira, anna, stalled, run_jobs) for _ in range(5)]
        first = say(mira, anna, other, run_jobs)
        wait_for(first, PATIENCE_SECONDS)
        for _ in range(3):
            wait_for(say(mira, anna, other, run_jobs), AT_ONCE_SECONDS)
        assert {Message.objects.get(pk=one.pk).status for one in hanging} <= {"queued", "sending"}
    finally:
        children.stop_group(worker, signal.SIGTERM, patience_seconds=1)


def say(customer, by, channel, run_jobs):
    """Queue an answer, and wake who sends it as the quick worker would."""
    message = outbox.queue(
        channel=channel, conversation=make.make_conversation(customer), text="It ships today.", by=by
    )
    run_jobs(queues.QUICK, queues.ORDINARY)
    return message


def wait_for(message, seconds):
    end = time.monotonic() + seconds
    while Message.objects.get(pk=message.pk).status != "sent":
        assert time.monotonic() < end, Message.objects.get(pk=message.pk).reason
        time.sleep(0.05)
