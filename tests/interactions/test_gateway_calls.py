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


WITHHELD = [
    *(None, "", " ", "-", "anonymous", "Anonimo", "No Caller ID", "Restricted", "Unavailable", "UNKNOWN", "private"),
    *("Numero privato", "unknown caller", "Out Of Area", "N/A", "P", "Número desconocido", "Inconnu", "unterdrückt"),
    *(
        "sip:anonymous@anonymous.invalid",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "anonymous@anonymous.invalid",
    ),
    *("<unknown>", "sip:restricted@10.0.0.1:5060;user=phone", "sip:c8oqz84zk7z@unknown.invalid", "sip:@pbx", "tel:"),
    *("+266696687", "266696687", "00266696687", "sip:+266696687@pbx", "+1266696687", "7378742833", "+17378742833"),
    *("2562533", "+8656696", "86282452253", "+464", "+10000000000", "0000000000", "0", "+0000", 266696687, 0),
]


@pytest.mark.parametrize("withheld", WITHHELD)
def test_a_withheld_number_is_empty(withheld):
    assert read(body(**{"from": withheld})).from_number == ""


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("sip:+390895550147@pbx.meridiana.example", "+390895550147"),
        ('"Mira Kovač" <sip:+390895550147@pbx;user=phone>', "+390895550147"),
        ('"Unknown" <sip:0895550147@10.0.0.1:5060>', "0895550147"),
        ("sips:%2B390895550147@pbx", "+390895550147"),
        ("tel:+39-089-555-0147;ext=12", "+39-089-555-0147"),
        ("tel:0895550147;phone-context=+39", "+390895550147"),
        ("+390895550147@pbx", "+390895550147"),
        (390895550147, "390895550147"),
        (390895550147.0, "390895550147"),
        ("49305550179", "49305550179"),
        ("+1 800 000 0001", "+1 800 000 0001"),
        ("464", "464"),
    ],
)
def test_a_number_is_read_in_any_clothes(sent, number):
    assert read(body(**{"from": sent})).from_number == number


@pytest.mark.parametrize(
    "sent", ["client:x", "Mira", "<script>alert(1)</script>", "39a089", "queue 3 @ pbx", "x" * 200]
)
def test_a_caller_who_is_no_number_stays_as_they_were_sent(sent):
    assert read(body(**{"from": sent})).from_number == sent


def test_what_cannot_be_read_counts_as_not_told_and_the_telephone_rings():
    ring = read(body(**{"from": "+39\r\n089", "to": {}, "agent": [1], "call": "x" * 900, "state": "Ringing"}))
    assert (ring.from_number, ring.to_number, ring.agent_email) == ("+39089", "", None)
    assert (ring.call_ref, ring.state) == ("x" * 900, State.RINGING)


@pytest.mark.parametrize("at", [1772357400, 1772357400.0, "1772357400", 1772357400000, "2026-03-01T09:30:00"])
def test_it_reads_seconds_since_1970_and_takes_a_time_without_an_offset_for_utc(at):
    assert read(body(at=at)).at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", [None, "", "yesterday", True, {}, 1e300, float("nan"), "0001-01-01T00:00:00+14:00"])
def test_without_a_time_that_can_be_read_it_is_now(at):
    before = datetime.now(UTC)
    assert before <= read(body(at=at)).at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"call": None}, '"call"'),
        ({"call": " "}, '"call"'),
        ({"call": True}, '"call"'),
        ({"call": {}}, '"call"'),
        ({"state": None}, '"state"'),
        ({"state": "busy"}, '"state"'),
        ({"state": ["ringing"]}, '"state"'),
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
