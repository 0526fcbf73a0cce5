"""A provider of text messages over real HTTP: what each of its answers says, and what nobody knows."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from interactions.channels.sms.gateway.answers import OutgoingText
from interactions.channels.sms.gateway.api import Client
from interactions.channels.sms.gateway.crew import Crew
from interactions.gateways.contract import Answer, Outcome
from interactions.gateways.errors import GatewayError, SignInRefused, Unreachable, Unreadable
from tests.interactions.provider import Mood, Provider

MIRA = "+393335550147"
NOW = datetime.now(UTC)


class Notebook:
    """The two lines of the crash journal."""

    def __init__(self):
        self.lines, self._lock = [], threading.Lock()

    def begun(self, number):
        with self._lock:
            self.lines.append(("begun", number))

    def accepted(self, number):
        with self._lock:
            self.lines.append(("accepted", number))


@pytest.fixture
def provider():
    running = Provider()
    yield running
    running.close()


@pytest.fixture
def client(provider):
    client = Client(provider.url, provider.account, provider.token, seconds=0.4)
    yield client
    client.close()


def send(client, number=1, to=MIRA, body="Ciao Mira, è pronto: 20 €"):
    book = Notebook()
    text = OutgoingText(number, "+390899951234", to, body, f"http://127.0.0.1/hooks/sms/report/?message={number}")
    result, _waits = client.send(text, book.begun, book.accepted)
    return result, [word for word, _number in book.lines]


def test_one_is_handed_over_and_comes_with_its_id(provider, client):
    result, lines = send(client)
    (taken,) = provider.taken
    assert (result.answer, result.ref, lines) == (Answer.ACCEPTED, taken.sid, ["begun", "accepted"])
    assert (taken.body, taken.to, taken.callback) == (
        "Ciao Mira, è pronto: 20 €", MIRA, "http://127.0.0.1/hooks/sms/report/?message=1",
    )  # fmt: skip
    send(client, 2)
    assert provider.lines == 1  # over the same connection


def test_over_tls_the_same_connection_is_kept_and_strangers_are_not_believed(tmp_path, monkeypatch):
    provider = Provider(certificate=_certificate(tmp_path))
    client = Client(provider.url, provider.account, provider.token)
    assert "certificate" in send(client)[0].reason and not provider.taken
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    client = Client(provider.url, provider.account, provider.token)
    client.connect()
    assert {send(client, number)[0].answer for number in range(5)} == {Answer.ACCEPTED}
    assert provider.lines == 1
    client.close()
    provider.close()


def _certificate(folder):
    """Write a key and a certificate that it has signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW - timedelta(days=1), NOW + timedelta(days=1))
    pem = made.add_extension(hosts, critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(secret + pem)
    return folder / "both.pem"


REFUSALS = {
    (400, 21211): (Answer.REFUSED, 400, Outcome.HARD),
    (400, 21614): (Answer.REFUSED, 400, Outcome.HARD),
    (403, 21635): (Answer.REFUSED, 403, Outcome.HARD),
    (400, 21610): (Answer.REFUSED, 400, Outcome.STOPPED),
    (403, 21408): (Answer.REFUSED, 403, Outcome.SOFT),  # of this country: the others go on
    (400, 21612): (Answer.REFUSED, 400, Outcome.SOFT),
    (400, 21617): (Answer.REFUSED, 400, Outcome.SOFT),
    (400, 21606): (Answer.POSTPONED, 400, None),  # of this sender: somebody may mend it
    (429, 20429): (Answer.POSTPONED, 429, None),
    (500, 20500): (Answer.POSTPONED, 500, None),
    (401, 20003): (Answer.POSTPONED, 0, None),  # of the account: no message is to blame
    (403, 20005): (Answer.POSTPONED, 0, None),
    (404, 20404): (Answer.POSTPONED, 0, None),
}


def test_every_refusal_means_something(provider, client):
    for refusal, expected in REFUSALS.items():
        provider.moods.append(Mood(refuse=refusal))
        result, lines = send(client)
        assert (result.answer, result.code, result.outcome) == expected, refusal
        assert result.status == str(refusal[1]) and result.reason and lines == ["begun"]
    assert not provider.taken and provider.lines == 1


def http(status, body=b"", headers=b""):
    return b"HTTP/1.1 %d So\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), headers) + body


ODD = {
    "somebody between us": (http(502, b"<html>Bad gateway"), Answer.UNKNOWN),
    "the same, telling that it is closed": (http(503, b"<html>"), Answer.POSTPONED),
    "a yes that is a page": (http(200, b"<html>Welcome"), Answer.UNKNOWN),
    "a yes to somebody else": (http(201, b'{"sid": "SM1", "to": "+351911111111"}'), Answer.UNKNOWN),
    "a yes without an id": (http(201, b'{"to": "%s"}' % MIRA.encode()), Answer.UNKNOWN),
    "an id that is none": (http(201, b'{"sid": {"a": 1}}'), Answer.UNKNOWN),
    "nested too deeply": (http(201, b"[" * 100_000), Answer.UNKNOWN),
    "an answer that is cut": (http(201, b'{"sid": "SM1"}')[:-4], Answer.UNKNOWN),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n", Answer.UNKNOWN),
    "too long": (http(201, b" " * 3_000_000 + b"{}"), Answer.UNKNOWN),
    "elsewhere": (http(301, b"", b"Location: http://127.0.0.1:9/\r\n"), Answer.POSTPONED),
    "a page that forbids": (http(400, b"<html>Firewall"), Answer.POSTPONED),
    "a number of an error that is written as a text": (http(400, b'{"code": "21614"}'), Answer.REFUSED),
    "it had it and would not": (
        http(201, json.dumps({"sid": "SM7", "to": MIRA, "status": "failed", "error_code": 21610}).encode()),
        Answer.REFUSED,
    ),
}


def test_what_is_not_the_providers_word_is_not_believed(provider, client):
    for words, (raw, answer) in ODD.items():
        provider.moods.append(Mood(raw=raw))
        result, lines = send(client)
        assert (result.answer, lines) == (answer, ["begun"]), words
        assert len(result.reason) <= 500
    assert send(client)[0].answer is Answer.ACCEPTED


def test_a_line_that_breaks_leaves_doubt_and_only_then(provider, client):
    for mood in (Mood(hang_up="before"), Mood(hang_up="after"), Mood(late=0.8), Mood(stall=0.8), Mood(drip=0.05)):
        provider.moods.append(mood)
        start = monotonic()
        result, lines = send(client)
        assert (result.answer, lines) == (Answer.UNKNOWN, ["begun"]), mood
        assert monotonic() - start < 0.75, mood
    assert send(client)[0].answer is Answer.ACCEPTED
    provider.close()
    client.close()
    result, lines = send(client)
    assert (result.answer, result.code, lines) == (Answer.POSTPONED, 0, [])


def test_a_second_answer_is_not_taken_for_the_next_one(provider, client):
    provider.mood = Mood(twice=True)
    results = [send(client, number, body=f"{number}")[0] for number in range(1, 30)]
    own = {one.body: one.sid for one in provider.took()}
    assert all(result.ref in ("", own.get(f"{result.number}")) for result in results)
    assert {result.answer for result in results if not result.ref} <= {Answer.UNKNOWN}


def listed(client, since=NOW - timedelta(minutes=1)):
    return client.listed(to=MIRA, sender="+390899951234", since=since)


def test_its_list_is_read_to_the_end_and_no_further(provider, client, monkeypatch):
    monkeypatch.setattr("interactions.channels.sms.gateway.api.PAGE_SIZE", 3)
    for number in range(8):
        provider.take(to=MIRA, sender="+390899951234", body=f"{number}")
    provider.take(to="+351911111111", sender="+390899951234", body="to somebody else")
    provider.writes(MIRA, "from her", "http://127.0.0.1/", to="+390899951234")
    provider.taken[3].at -= timedelta(days=3)
    for early in provider.taken[:3]:
        early.at -= timedelta(days=4)
    assert [one.body for one in listed(client)] == ["4", "5", "6", "7"]
    assert len(provider.asked) == 2  # of three pages
    assert [one.body for one in listed(client, since=NOW - timedelta(days=9))] == list("01234567")
    provider.pages_at = provider.url
    assert len(listed(client, since=NOW - timedelta(days=9))) == 8
    provider.pages_at = "https://elsewhere.example"
    with pytest.raises(Unreadable):
        listed(client, since=NOW - timedelta(days=9))
    provider.pages_at = ""
    monkeypatch.setattr("interactions.channels.sms.gateway.api.MOST_PAGES", 2)
    with pytest.raises(Unreadable):
        listed(client, since=NOW - timedelta(days=9))


def test_who_asks_how_we_stand_is_told(provider, client):
    assert client.account() == "active"
    with pytest.raises(SignInRefused):
        Client(provider.url, provider.account, "wrong").account()
    with pytest.raises(SignInRefused):
        Client(f"{provider.url}/api/laml/", provider.account, provider.token).account()
    assert provider.asked[-1] == f"GET /api/laml/2010-04-01/Accounts/{provider.account}.json"
    provider.close()
    client.close()
    with pytest.raises(Unreachable):
        client.account()
    with pytest.raises(GatewayError):
        Client("http://127.0.0.1..:80", "a", "b").connect()


def crew_sends(provider, client, numbers, hands=4):
    crew, book = Crew(client, hands), Notebook()
    texts = [OutgoingText(number, provider.numbers[0], f"+3933355{number:05}", "Ciao") for number in numbers]
    results = list(crew.send(texts, book.begun, book.accepted))
    crew.close()
    assert sorted(result.number for result in results) == sorted(numbers)
    return Counter((result.answer, result.code) for result in results), book.lines


def test_many_hands_send_each_once(provider, client):
    answers, lines = crew_sends(provider, client, range(200))
    assert answers == {(Answer.ACCEPTED, 201): 200} and len(lines) == 400
    assert set(provider.counts().values()) == {1} and len(provider.took()) == 200
    assert provider.lines <= 4


def test_they_stop_when_the_account_is_in_trouble_or_nobody_answers(provider, client):
    known, provider.token = provider.token, "another"
    answers, lines = crew_sends(provider, client, range(100))
    assert answers == {(Answer.POSTPONED, 0): 100} and len(lines) <= 8
    provider.token, provider.mood = known, Mood(late=1)
    answers, _lines = crew_sends(provider, client, range(100))
    assert answers[Answer.UNKNOWN, 0] <= 8 and answers[Answer.POSTPONED, 0] >= 92
    assert len(provider.took()) == answers[Answer.UNKNOWN, 0]


def test_they_slow_down_when_asked(provider, client, monkeypatch):
    provider.moods.extend([Mood(refuse=(429, 20429), retry_after=1)] * 3)
    start = monotonic()
    assert crew_sends(provider, client, range(20))[0] == {(Answer.ACCEPTED, 201): 20}
    assert 0.9 < monotonic() - start < 3
    monkeypatch.setattr("interactions.channels.sms.gateway.crew.PATIENCE_SECONDS", 0.5)
    provider.mood = Mood(refuse=(429, 20429), retry_after=30)
    assert crew_sends(provider, client, range(20))[0] == {(Answer.POSTPONED, 0): 20}


def test_what_a_hand_raises_is_told_when_nothing_is_on_its_way(provider, client):
    provider.mood = Mood(late=0.1)

    def full(number):
        if number == 3:
            raise OSError("No space left on device")

    crew, book = Crew(client, 4), Notebook()
    texts = [OutgoingText(number, provider.numbers[0], MIRA, f"{number}") for number in range(20)]
    with pytest.raises(OSError, match="No space"):
        list(crew.send(texts, full, book.accepted))
    assert len(book.lines) == len(provider.took()) == 3
    crew.close()
