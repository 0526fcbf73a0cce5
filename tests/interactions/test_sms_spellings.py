"""What a provider writes in its own way: clocks that are wrong, how long to wait, whose number it is."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from interactions.channels.sms.gateway.answers import OutgoingText
from interactions.channels.sms.gateway.api import Client
from interactions.gateways.contract import Answer
from tests.interactions.provider import Mood, Provider

OURS, MIRA = "+390899951234", "+393335550147"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def provider():
    running = Provider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def client(provider):
    client = Client(provider.url, provider.account, provider.token)
    yield client
    client.close()


def send(client, to=MIRA):
    return client.send(OutgoingText(1, OURS, to, "Ciao"), lambda number: None, lambda number: None)


@pytest.mark.parametrize("ahead", [-20 * MINUTE, 20 * MINUTE])
def test_a_clock_that_is_wrong_hides_nothing_of_its_list(provider, client, ahead):
    provider.ahead = ahead
    provider.taken.clear()
    send(client)
    provider.taken[0].at -= 4 * MINUTE
    now = datetime.now(UTC)
    assert not client.listed(to=MIRA, sender=OURS, since=now - 3 * MINUTE)
    (one,) = client.listed(to=MIRA, sender=OURS, since=now - 5 * MINUTE)
    assert abs(now - 4 * MINUTE - one.at) < MINUTE


def test_how_long_to_wait_is_read_as_seconds_or_as_a_moment_by_its_own_clock(provider, client):
    provider.ahead = timedelta(hours=-3)
    said = {"7": 7, "0.3": 1, " 12 ": 12, "soon": None, "-3": None, "9" * 9: None, "7 s": None}
    until = format_datetime(provider.now() + MINUTE, usegmt=True)
    for written, seconds in (said | {until: 60}).items():
        provider.moods.append(Mood(refuse=(429, 20429), retry_after=written))
        waits = send(client)[1]
        assert waits == seconds or (written == until and 55 < waits < 65), written


def test_a_number_that_it_writes_in_another_way_is_that_number(provider, client):
    provider.ahead = timedelta()
    for ours, theirs in ((MIRA, MIRA[1:]), ("+5215512345678", "+525512345678"), ("+541123456789", "+5491123456789")):
        provider.taken.clear()
        whole = json.dumps({"sid": provider.new_sid(), "to": theirs, "status": "queued"}).encode()
        provider.moods.append(
            Mood(raw=b"HTTP/1.1 201 So\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(whole), whole))
        )
        assert send(client, to=ours)[0].answer is Answer.ACCEPTED
        provider.take(to=theirs, sender=OURS[1:], body="x")
        assert len(client.listed(to=ours, sender=OURS, since=datetime.now(UTC) - MINUTE)) == 1
