"""Our mailboxes are read over real IMAP: each mail once, and one that cannot be filed blocks nobody."""

import mailbox

import pytest
from django.db import OperationalError, connection

from crm import health
from crm.health import OFF, SOON, STOPPED, WELL
from interactions.channels.mail import checks, jobs, polling
from interactions.gateways.errors import GatewayError
from interactions.models import Interaction, Mailbox
from tests import make
from tests.interactions.test_gateway_fetching import Server

pytestmark = pytest.mark.django_db


def mail(number, subject="Ciao"):
    return (
        f"From: mira@example.com\r\nTo: ciao@meridiana.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@example.com>\r\n\r\nHello {number}\r\n"
    ).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("imap"))
    yield server
    server.stop()


@pytest.fixture
def name(server, tmp_path):
    """Of a mailbox that no other test has."""
    server.open_box(tmp_path.name)
    return tmp_path.name


@pytest.fixture
def box(server, name, settings, tmp_path):
    settings.VAR = tmp_path
    settings.IMAP_URL = f"imap://{name}:caff%C3%A8@127.0.0.1:{server.port}"
    make.make_mira()
    return Mailbox.objects.create(address="ciao@meridiana.example", team=make.make_team())


@pytest.fixture
def put(server, name):
    def put(*raws):
        box = mailbox.Maildir(server.folder / name)
        for raw in raws:
            box.add(raw)

    return put


def test_the_mailbox_of_the_settings_is_read_without_setting_it_up(server, name, settings, put, tmp_path):
    settings.VAR, settings.IMAP_URL = tmp_path, f"imap://{name}:caff%C3%A8@127.0.0.1:{server.port}"
    polling.open_first()
    assert not Mailbox.objects.exists()  # whose would it be?
    make.make_organisation()
    for _again in range(2):
        polling.open_first()
    put(mail(1))
    assert Mailbox.objects.get().address == "ciao@meridiana.example"
    assert polling.poll(Mailbox.objects.get().pk) == 1


def test_each_mail_is_filed_once_and_the_cursor_moves(box, put):
    put(mail(1), mail(2))
    assert polling.poll(box.pk) == 2
    box.refresh_from_db()
    assert box.last_uid and box.uid_validity and box.polled_at and not box.trouble
    put(mail(3))
    assert polling.poll(box.pk) == 1 and polling.poll(box.pk) == 0
    assert Interaction.objects.count() == 3
    conversation = Interaction.objects.first().conversation
    assert conversation.mailbox == box and conversation.team == box.team


def test_a_mailbox_begun_anew_files_nothing_twice(box, put):
    put(mail(1), mail(2))
    polling.poll(box.pk)
    Mailbox.objects.update(uid_validity=1)
    polling.poll(box.pk)
    assert Interaction.objects.count() == 2


def test_a_mail_that_cannot_be_filed_is_kept_aside_and_blocks_nobody(box, put, settings):
    with connection.cursor() as cursor:  # a fault of ours, such as nobody foresaw
        cursor.execute("ALTER TABLE interactions_interaction ADD CONSTRAINT c CHECK (subject <> 'Spoilt')")
    put(mail(1), mail(2, "Spoilt"), mail(3))
    assert polling.poll(box.pk) == 2
    assert {row.words for row in Interaction.objects.all()} == {"Hello 1", "Hello 3"}
    (kept,) = (settings.VAR / "unfiled").glob("*.eml")
    assert kept.read_bytes().replace(b"\r\n", b"\n") == mail(2, "Spoilt").replace(b"\r\n", b"\n")
    assert checks.mailboxes().state == SOON


def test_a_wrong_password_is_noted_and_told(box, settings):
    assert checks.mailboxes().state == WELL
    settings.IMAP_URL = settings.IMAP_URL.replace("caff%C3%A8", "wrong")
    with pytest.raises(GatewayError):
        polling.poll(box.pk)
    assert checks.mailboxes().state == STOPPED
    jobs.poll_mailbox(box.pk)  # a warning, no traceback: the next tick tries again
    settings.IMAP_URL = "nonsense"
    with pytest.raises(GatewayError, match="IMAP_URL"):
        polling.poll(box.pk)


def test_without_a_mail_server_health_says_so(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    said = health.of("email").look()
    assert said.state == STOPPED and "127.0.0.1:9" in said.words


def test_trouble_of_the_database_leaves_the_mail_where_it_is(box, put, settings):
    put(mail(1), mail(2))
    with connection.cursor() as cursor:  # what PostgreSQL says when two wait for each other
        cursor.execute("""CREATE FUNCTION pg_temp.stuck() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE deadlock_detected; END $$""")
        cursor.execute("""CREATE TRIGGER stuck BEFORE INSERT ON interactions_interaction
            FOR EACH ROW WHEN (NEW.words = 'Hello 2') EXECUTE FUNCTION pg_temp.stuck()""")
    with pytest.raises(OperationalError):
        polling.poll(box.pk)
    assert not (settings.VAR / "unfiled").exists()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER stuck ON interactions_interaction")
    assert polling.poll(box.pk) == 2


def test_no_mailbox_is_said_to_be_read_when_there_is_none(db):
    assert checks.mailboxes().state == OFF
