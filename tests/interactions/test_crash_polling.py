"""kill -9 in the middle of filing: the mail that does it stops no other."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from interactions.channels.mail import setting_aside
from interactions.models import Unfiled
from tests import make
from tests.interactions.imap import MAILS, words

ROOT = Path(__file__).resolve().parents[2]
POLL = """import sys, django; django.setup()
from interactions.channels.mail import polling; print(polling.poll(int(sys.argv[1])))"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_of_filing_twice_and_the_third_poll_moves_on(serve, settings, tmp_path):
    """The mail blocks its reader where it is filed, until the reader is killed: real processes, real kills."""
    box = serve()
    make.make_organisation()
    with connection.cursor() as cursor:
        cursor.execute("""CREATE FUNCTION wait_for_its_death() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$""")
        cursor.execute("""CREATE TRIGGER deadly BEFORE INSERT ON interactions_interaction
            FOR EACH ROW WHEN (NEW.words = 'Hello 3') EXECUTE FUNCTION wait_for_its_death()""")
    try:
        for _ in range(2):
            reader = _reader(box, settings, tmp_path)
            asleep = _backend_that_files(reader)
            os.kill(reader.pid, signal.SIGKILL)
            reader.wait()
            with connection.cursor() as cursor:  # what the server does by itself when it next speaks to the dead one
                cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [asleep])
        assert words() == ["Hello 1", "Hello 2"], "the second poll read one by one"
        reader = _reader(box, settings, tmp_path)
        assert reader.communicate(timeout=60)[0].strip() == "2"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION wait_for_its_death CASCADE")
    assert words() == ["Hello 1", "Hello 2", "Hello 4", "Hello 5"]
    row = Unfiled.objects.get()
    assert row.uid == 3 and row.set_aside_at and setting_aside.path_of(row.name).read_bytes() == MAILS[3]


def _reader(box, settings, tmp_path):
    where = connection.settings_dict
    address = f"{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = {**os.environ, "DATABASE_URL": f"postgres://{address}", "DJANGO_SETTINGS_MODULE": "crm.settings"}
    environment |= {"IMAP_URL": settings.IMAP_URL, "FILO_VAR": str(tmp_path)}
    command = [sys.executable, "-c", POLL, str(box.pk)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE)


def _backend_that_files(reader):
    """Wait until the reader's own session sleeps in the trigger; return its number."""
    with connection.cursor() as cursor:
        while reader.poll() is None:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
            )
            if found := cursor.fetchone():
                return found[0]
            cursor.execute("SELECT pg_sleep(0.05)")
    raise AssertionError("It did not even come to the mail.")
