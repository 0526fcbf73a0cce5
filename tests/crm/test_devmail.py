"""The development mailbox over real SMTP and real IMAP: what leaves is caught, what is answered arrives."""

import os
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage

import pytest
from imap_tools import MailBoxUnencrypted

from crm.devmail import boxes
from crm.engines import children
from crm.engines.postgres import free_port
from crm.running.processes import mailbox
from tests.make import make_anna, make_organisation

PASSWORD = "a:b c"


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    """Both servers on a box of their own; yields (folder of var/, SMTP port, IMAP port)."""
    var = tmp_path_factory.mktemp("dev mail")
    box = var / "mail"
    box.mkdir()
    smtp, imap = free_port(), free_port()
    env = {**os.environ, "DEVMAIL_PASSWORD": PASSWORD, "MAIL_DOMAIN": "meridiana.example"}
    running = [children.spawn(each.command, env=env, output=subprocess.DEVNULL) for each in mailbox(box, smtp, imap)]
    _wait(smtp, imap)
    yield var, smtp, imap
    for child in running:
        children.kill_group(child)


@pytest.fixture
def mail(ports, settings):
    settings.VAR, settings.EMAIL_HOST, settings.EMAIL_PORT = ports[0], "127.0.0.1", ports[1]
    for name in (boxes.OURS, boxes.THEIRS):
        boxes.open_box(ports[0] / "mail", name).clear()
    return ports[0] / "mail"


@pytest.fixture
def anna(client, db):
    make_organisation()
    anna = make_anna()
    client.force_login(anna)
    return anna


def test_what_we_send_is_caught_and_what_outsiders_write_to_us_is_ours_to_poll(mail, ports):
    send(ports, "ciao@meridiana.example", "mira@example.com", "Per te")
    send(ports, "mira@example.com", "ciao@meridiana.example", "A domanda")
    send(ports, "ciao@meridiana.example", "anna@meridiana.example", "Your password")

    caught = list(boxes.letters(mail, boxes.THEIRS, boxes.keys(mail, boxes.THEIRS)))
    assert {each.subject for each in caught} == {"Per te", "Your password"}
    with MailBoxUnencrypted("127.0.0.1", ports[2]).login("filo", PASSWORD) as inbox:
        arrived = list(inbox.fetch(mark_seen=False))
    assert [(each.subject, each.from_) for each in arrived] == [("A domanda", "mira@example.com")]


def test_an_address_that_bounces_is_refused_for_good(mail, ports):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(ports, "ciao@meridiana.example", "bounce@example.com", "Per te")
    assert refused.value.recipients["bounce@example.com"][0] == 550


def test_an_answer_goes_to_the_reply_address_with_its_references(client, anna, mail, ports):
    send(ports, "ciao@meridiana.example", "mira@example.com", "Per te", "reply+abc234@meridiana.example")
    (key,) = boxes.keys(mail, boxes.THEIRS)
    message_id = str(boxes.read(mail, boxes.THEIRS, key)["Message-ID"])

    page = client.get(f"/devmail/{key}/").content.decode()
    assert "mira@example.com" in page and "reply+abc234@meridiana.example" in page
    answered = client.post(f"/devmail/{key}/answer/", {"words": "Sì, volentieri!", "quoted": "1"})

    assert answered.status_code == 302
    (arrived,) = boxes.keys(mail, boxes.OURS)
    reply = boxes.read(mail, boxes.OURS, arrived)
    assert (reply["To"], reply["From"]) == ("reply+abc234@meridiana.example", "mira@example.com")
    assert reply["In-Reply-To"] == message_id and message_id in reply["References"]
    text = reply.get_body(("plain",)).get_content()
    assert text.startswith("Sì, volentieri!") and "> Buongiorno" in text


def test_a_poll_is_answered_only_when_something_new_was_caught(client, anna, mail, ports):
    htmx = {"HX-Request": "true"}
    send(ports, "ciao@meridiana.example", "mira@example.com", "Per te")
    (key,) = boxes.keys(mail, boxes.THEIRS)
    assert client.get("/devmail/", {"version": f"1-{key}"}, headers=htmx).status_code == 204
    changed = client.get("/devmail/", {"version": "0-"}, headers=htmx)
    assert changed.status_code == 200 and b"Per te" in changed.content and b"<html" not in changed.content


def test_search_and_emptying(client, anna, mail, ports):
    send(ports, "ciao@meridiana.example", "mira@example.com", "Per te")
    send(ports, "ciao@meridiana.example", "bruno@example.com", "Fattura")
    found = client.get("/devmail/", {"q": "BRUNO"}).content.decode()
    assert "Fattura" in found and "Per te" not in found
    client.post("/devmail/emptying/")
    assert boxes.keys(mail, boxes.THEIRS) == []


def test_a_mail_cannot_run_anything_in_its_frame(client, anna, mail, ports):
    message = letter("ciao@meridiana.example", "mira@example.com", "Per te")
    message.add_alternative("<p>Ciao</p><script>alert(1)</script>", subtype="html")
    with smtplib.SMTP("127.0.0.1", ports[1]) as server:
        server.send_message(message)
    (key,) = boxes.keys(mail, boxes.THEIRS)
    shown = client.get(f"/devmail/{key}/html/")
    assert b"<p>Ciao</p>" in shown.content
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy


@pytest.mark.parametrize("key", ["..", "a*", "%2e%2e%2fpymap-etc-shadow", "nothing"])
def test_a_key_that_is_none_finds_nothing(client, anna, mail, key):
    assert client.get(f"/devmail/{key}/").status_code == 404


def letter(sender, to, subject, reply_to=None):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{time.time_ns()}@meridiana.example>"
    if reply_to:
        message["Reply-To"] = reply_to
    message.set_content("Buongiorno,\ncome va?\n")
    return message


def send(ports, sender, to, subject, reply_to=None):
    with smtplib.SMTP("127.0.0.1", ports[1]) as server:
        server.send_message(letter(sender, to, subject, reply_to))


def _wait(smtp, imap, patience=60):
    deadline = time.monotonic() + patience
    while True:
        try:
            smtplib.SMTP("127.0.0.1", smtp).quit()
            MailBoxUnencrypted("127.0.0.1", imap).client.shutdown()
            return
        except OSError:
            assert time.monotonic() < deadline, f"{sys.executable}: the mailbox does not start"
            time.sleep(0.1)


def test_a_reader_s_way_out_is_a_link_if_it_leads_to_us(mail, client, anna, settings):
    for address in (f"{settings.PUBLIC_URL}/p/token/unsubscribe/", "https://elsewhere.example/p/"):
        boxes.open_box(mail, boxes.THEIRS).clear()
        sent = EmailMessage()
        sent["To"], sent["Subject"], sent["List-Unsubscribe"] = "mira@example.com", "Per te", f"<{address}>"
        sent.set_content("Ciao")
        key = boxes.open_box(mail, boxes.THEIRS).add(sent.as_bytes())
        page = client.get(f"/devmail/{key}/").content.decode()
        assert (f'href="{address}"' in page) == address.startswith(settings.PUBLIC_URL)
