"""Hooks: a telephone system and a mail server speak to us, signed."""

import json
import os
import re
import subprocess
from datetime import timedelta
from html import escape, unescape
from time import time

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.timezone import now
from standardwebhooks.webhooks import Webhook

from crm.events.models import Setback
from interactions import recognising
from interactions.models import Call, Interaction, Task
from staff.roles import Role
from tests import make
from tests.permuting import rarely

URL = "/hooks/calls/"
BODY = {
    "call": "77",
    "state": "ringing",
    "from": "+390895550147",
    "to": "+390895550100",
    "agent": None,
    "at": "2026-03-01T09:30:00+01:00",
}


@pytest.fixture
def mira(db):
    return make.make_mira(language="it")


def post(client, settings, body=None, url=URL, ref="msg_1", at=None, **changed):
    body = body if isinstance(body, str) else json.dumps({**BODY, **(body or {})})
    moment = at or now()
    signature = Webhook(settings.HOOK_SECRET).sign(ref, moment, body)
    headers = {"webhook-id": ref, "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}
    return client.post(url, body, content_type="application/json", headers={**headers, **changed})


def test_a_signed_ring_makes_it_ring(client, settings, mira):
    answer = post(client, settings)
    assert answer.status_code == 200 and answer.json() == {"call": "77", "status": "ringing"}
    assert Call.objects.get().customer == mira


def test_a_repeated_id_counts_once(client, settings, mira):
    post(client, settings)
    answer = post(client, settings, {"state": "ended"})
    assert answer.json() == {"repeated": True} and Call.objects.get().status == "ringing"


def test_what_we_cannot_take_is_shown_to_somebody_and_may_come_again(client, settings, mira):
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE interactions_call ADD CONSTRAINT bad CHECK (number <> '+390895550147')")
    assert post(client, settings).status_code == 500
    (setback,) = Setback.objects.all()
    assert (setback.deed, setback.key) == ("hook", "calls msg_1") and "IntegrityError" in setback.trouble
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE interactions_call DROP CONSTRAINT bad")
    assert post(client, settings).json()["status"] == "ringing", "it counts as new"


def test_unsigned_old_or_changed_is_refused(client, settings, db):
    old = now() - timedelta(minutes=6)
    assert client.post(URL, "{}", content_type="application/json").status_code == 401
    assert post(client, settings, at=old).status_code == 401
    assert post(client, settings, **{"webhook-timestamp": str(int(time()) - 10)}).status_code == 401
    assert not Call.objects.exists()


def test_what_cannot_be_read_is_told_and_may_be_sent_again(client, settings, db):
    answer = post(client, settings, {"state": "dancing"})
    assert answer.status_code == 422 and "ringing" in answer.json()["detail"]
    assert post(client, settings).status_code == 200


def test_a_raw_mail_comes_in_by_its_hook(client, settings, mira):
    raw = "From: mira@example.com\r\nTo: x@meridiana.example\r\nMessage-ID: <a@b.example>\r\n\r\nHello\r\n"
    answer = post(client, settings, raw, url="/hooks/mail/")
    assert Interaction.objects.get(pk=answer.json()["interaction"]).customer == mira


def test_without_a_secret_hooks_are_off(client, settings, db):
    secret = settings.HOOK_SECRET
    settings.HOOK_SECRET = ""
    assert client.post(URL, "{}", content_type="application/json").status_code == 503
    settings.HOOK_SECRET = secret
    assert post(client, settings).status_code == 200


@pytest.mark.parametrize("caller", ["<script>alert(1)</script>", *rarely("Mira", "39a089", "client:x")])
def test_a_caller_that_is_no_number_rings_and_is_shown_as_sent(client, settings, db, caller):
    client.force_login(make.make_anna(state="available"))
    assert post(client, settings, {"from": caller}).json()["status"] == "ringing"
    assert Call.objects.get().number == caller
    page = client.get(reverse("interactions:console")).content.decode()
    assert escape(caller) in page and "<script>alert" not in page


@pytest.mark.parametrize("caller", ['"Mira" <sip:+390895550147@pbx>', 390895550147, *rarely("sip:+390895550147@pbx")])
def test_a_known_caller_is_recognised_in_any_clothes(client, settings, mira, caller):
    post(client, settings, {"from": caller})
    assert Call.objects.get().customer == mira


def test_a_number_from_abroad_without_its_plus_is_recognised(client, settings, mira):
    make.make_contact_point(mira, "+49305550179", channel="phone")
    post(client, settings, {"from": "49305550179"})
    assert (Call.objects.get().number, Call.objects.get().customer) == ("+49305550179", mira)


@pytest.mark.parametrize("number", ["+266696687", *rarely("7378742833", "0000000000", "+10000000000")])
def test_a_stand_in_number_is_nobodys_also_after_it_was_registered(client, settings, mira, number):
    make.make_contact_point(mira, number, channel="phone")
    client.force_login(make.make_anna(state="available"))
    post(client, settings, {"from": number})
    assert (Call.objects.get().number, Call.objects.get().customer) == ("", None)
    page = client.get(reverse("interactions:console")).content.decode()
    assert "number withheld" in page and "Kovač" not in page
    post(client, settings, {"state": "ended", "from": number}, ref="msg_2")
    assert Task.objects.get().what == "Call back" and Task.objects.get().customer is None
    assert recognising.recognise(number, "phone").kind == "unknown"


def test_nobody_is_promised_to_be_called_back_where_no_call_goes(client, settings, mira):
    post(client, settings, {"from": "client:x"})
    post(client, settings, {"state": "ended"}, ref="msg_2")
    assert (Task.objects.get().what, Call.objects.get().conversation.subject) == ("Call back", "Missed call, client:x")


def test_ids_longer_than_there_is_room_for_are_told_apart(client, settings, mira):
    for n, ref in enumerate(["x" * 130, "x" * 131, "x" * 130]):
        assert post(client, settings, {"call": ref, "at": 1772357400}, ref=f"msg_{n}").status_code == 200
    assert Call.objects.count() == 2


@pytest.mark.parametrize("raw", ["garbage", *rarely("\x01\x02: \x03 not a mail", ": \n\n")])
def test_bytes_that_are_no_mail_make_nothing(client, settings, db, raw):
    answer = post(client, settings, raw, url="/hooks/mail/")
    assert answer.status_code == 422 and answer.json()["type"] == "urn:filo:problem:unreadable"
    assert not Interaction.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_line_that_the_demo_shows_makes_it_ring(client, settings, live_server):
    channels = reverse("interactions:channels")
    client.force_login(make.make_user("Giulia", Role.ADMINISTRATOR))
    assert settings.HOOK_SECRET not in client.get(channels).content.decode()
    settings.FILO_MODE, settings.PUBLIC_URL = "demo", live_server.url
    page = client.get(channels).content.decode()
    script = unescape(re.search(r'id="hook-line"[^>]*>(.*?)</pre>', page, re.S)[1])
    environment = {**os.environ, "no_proxy": "*"}
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert json.loads(said.stdout)["status"] == "ringing", said
    assert Call.objects.get().number == "+390895550147"


def test_too_large_a_body_is_said_to_be_too_large(client, settings, db):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = post(client, settings, {"to": "1" * 2_000})
    assert answer.status_code == 413 and answer.json()["type"] == "urn:filo:problem:too_large"
