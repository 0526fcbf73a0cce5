"""The call hook's body: what telephone systems send, and what they get told when it is wrong."""

import json
from datetime import UTC, datetime

import pytest

from interactions.gateways.calls.contract import Ring, State
from interactions.gateways.calls.reading import read
from interactions.gateways.errors import Unreadable

GOOD = {
    "call": "c-1",
    "state": "ringing",
    "from": "+39 333 555 0147",
    "to": "+39049555",
    "agent": None,
    "at": "2026-03-01T10:30:00+01:00",
}


def body(**changes):
    return json.dumps(GOOD | changes).encode()


def test_it_reads_a_ring():
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert read(body()) == Ring("c-1", State.RINGING, "+39 333 555 0147", "+39049555", None, at)


def test_it_reads_the_agent_and_a_zulu_time_and_a_number_as_id():
    ring = read(body(call=77, agent="Anna@Filo.example", at="2026-03-01T10:30:00Z", state="ended"))
    assert (ring.call_ref, ring.agent_email, ring.state, ring.at.hour) == ("77", "anna@filo.example", State.ENDED, 10)


@pytest.mark.parametrize("withheld", [None, ""])
def test_a_withheld_number_is_empty(withheld):
    assert read(body(**{"from": withheld})).from_number == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"call": None}, '"call"'),
        ({"call": " "}, '"call"'),
        ({"call": True}, '"call"'),
        ({"call": "x" * 201}, '"call"'),
        ({"state": "busy"}, '"state"'),
        ({"state": ["ringing"]}, '"state"'),
        ({"from": 39333}, '"from"'),
        ({"from": "+39\r\nx"}, '"from"'),
        ({"agent": {}}, '"agent"'),
        ({"at": "2026-03-01T10:30:00"}, '"at"'),
        ({"at": "yesterday"}, '"at"'),
        ({"at": None}, '"at"'),
        ({"at": "0001-01-01T00:00:00+14:00"}, '"at"'),
    ],
)
def test_it_says_which_field_is_wrong(changes, words):
    with pytest.raises(Unreadable, match=words) as refusal:
        read(body(**changes))
    assert refusal.value.permanent


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff", b"[" * 60_000, b" " * 70_000])
def test_it_refuses_what_is_no_object(raw):
    with pytest.raises(Unreadable, match="body"):
        read(raw)
