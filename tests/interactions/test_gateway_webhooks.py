"""Hooks: an integrator who signs with the field's own library gets in, everybody else is told why not."""

import base64
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from interactions.gateways import webhooks
from interactions.gateways.errors import GatewayError, Unsigned

SECRET = "whsec_" + base64.b64encode(b"a secret that nobody else knows!").decode()
OTHER = "whsec_" + base64.b64encode(b"the secret of somebody else, no?").decode()
BODY = b'{"call": "77", "state": "ringing", "from": "+393335550147"}'
NOW = 1_780_000_000


def signed_by_outsider(secret=SECRET, body=BODY, at=NOW, hook_id="msg_1"):
    signature = Webhook(secret).sign(hook_id, datetime.fromtimestamp(at, UTC), body.decode())
    return {"webhook-id": hook_id, "webhook-timestamp": str(at), "webhook-signature": signature}


def verify(headers, body=BODY, secrets=(SECRET,), now=NOW):
    return webhooks.verify(body, headers, secrets=secrets, now=now)


def test_it_lets_in_what_the_standard_library_signed():
    assert verify(signed_by_outsider()) == "msg_1"


def test_the_standard_library_lets_in_what_we_sign():
    now = int(time.time())
    headers = {
        "webhook-id": "msg_2",
        "webhook-timestamp": str(now),
        "webhook-signature": webhooks.sign(BODY, hook_id="msg_2", timestamp=now, secret=SECRET),
    }
    assert Webhook(SECRET).verify(BODY, headers)["call"] == "77"


def test_the_case_of_header_names_does_not_matter():
    assert verify({name.title(): value for name, value in signed_by_outsider().items()}) == "msg_1"


def test_one_of_several_signatures_is_enough_while_a_secret_is_being_changed():
    headers = signed_by_outsider()
    headers["webhook-signature"] = (
        signed_by_outsider(OTHER)["webhook-signature"] + " v1a,x " + headers["webhook-signature"]
    )
    assert verify(headers) == "msg_1"
    assert verify(signed_by_outsider(OTHER), secrets=(SECRET, OTHER)) == "msg_1"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_it_takes_a_hook_of_five_minutes_either_way(seconds):
    assert verify(signed_by_outsider(), now=NOW + seconds) == "msg_1"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_it_refuses_an_older_or_a_later_one(seconds):
    with pytest.raises(Unsigned, match="five minutes"):
        verify(signed_by_outsider(), now=NOW + seconds)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"webhook-signature": ""}, "webhook-signature"),
        ({"webhook-signature": "v1,AAAA"}, "wrong secret"),
        ({"webhook-signature": "v1,é"}, "wrong secret"),
        ({"webhook-id": ""}, "webhook-id"),
        ({"webhook-id": "msg_2"}, "wrong secret"),
        ({"webhook-id": "é"}, "webhook-id"),
        ({"webhook-timestamp": "soon"}, "webhook-timestamp"),
        ({"webhook-timestamp": str(NOW + 1)}, "wrong secret"),
        ({"webhook-timestamp": "9" * 400}, "webhook-timestamp"),
    ],
)
def test_it_refuses_anything_changed_and_says_what(change, words):
    with pytest.raises(Unsigned, match=words) as refusal:
        verify(signed_by_outsider() | change)
    assert refusal.value.permanent


def test_it_refuses_another_body_and_another_secret():
    with pytest.raises(Unsigned):
        verify(signed_by_outsider(), body=BODY + b" ")
    with pytest.raises(Unsigned):
        verify(signed_by_outsider(OTHER))


@pytest.mark.parametrize("secret", ["whsec_", "not base64!"])
def test_an_unusable_secret_of_ours_lets_nobody_in(secret):
    with pytest.raises(GatewayError, match="secret"):
        verify(signed_by_outsider(), secrets=(secret,))
