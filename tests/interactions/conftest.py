"""Anna, at whom calls ring, Mira, who calls, Rui, whom it may concern instead; a mailbox of ours.

Files that need others have their own.
"""

import pytest
from django.db import connection

from interactions import delivering
from interactions.channels.mail.carrier import MailCarrier
from interactions.models import Mailbox
from tests import make
from tests.interactions import sink
from tests.interactions.imap import MAILS, Rotten
from tests.interactions.provider import Provider
from tests.interactions.switchboard import ring


@pytest.fixture
def anna(db):
    return make.make_anna(state="available")


@pytest.fixture
def mira(db):
    return make.make_mira(language="it")


@pytest.fixture
def rui(db):
    return make.make_customer("Rui Teles")


@pytest.fixture
def missed(anna, mira):
    """A call that nobody took: its conversation, its promise, its interaction."""
    ring(agent=anna)
    return ring("ended")


@pytest.fixture
def server(tmp_path, settings):
    controller = sink.start(tmp_path)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield tmp_path
    controller.stop()


@pytest.fixture
def worker(server, tmp_path):
    worker = delivering.Worker(MailCarrier(), tmp_path / "journal")
    yield worker
    worker.close()


@pytest.fixture
def provider(monkeypatch):
    """A provider of text messages, over whom we send from its first number."""
    running = Provider()
    for name, value in running.settings.items():
        monkeypatch.setenv(name, value)
    yield running
    running.close()


@pytest.fixture
def serve(settings, tmp_path):
    """Return a function that puts mails into a mailbox of ours and returns it, read by nobody yet."""
    servers = []

    def start(mails=MAILS, spoilt=()):
        servers.append(Rotten(mails, spoilt))
        settings.VAR, settings.IMAP_URL = tmp_path, f"imap://m:p@127.0.0.1:{servers[-1].port}"
        return Mailbox.objects.create(address="ciao@meridiana.example")

    yield start
    for one in servers:
        one.close()


@pytest.fixture
def fail_at(db):
    """Return a function that makes the database refuse some words with an error, and one that lets them through."""

    def fail(words, state="raise_exception"):
        with connection.cursor() as cursor:
            cursor.execute(f"""CREATE OR REPLACE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE {state}; END $$""")
            cursor.execute(f"""CREATE OR REPLACE TRIGGER fails BEFORE INSERT ON interactions_interaction
                FOR EACH ROW WHEN (NEW.words = '{words}') EXECUTE FUNCTION pg_temp.fail()""")

    return fail
