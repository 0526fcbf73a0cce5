"""Sending through a real SMTP server, one that pipelines and one that does not: one exact answer for each mail."""

import datetime
import socket
import ssl
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from interactions.channels.mail.gateway.contract import Envelope
from interactions.channels.mail.gateway.sending import Sender
from interactions.gateways.contract import Answer, Outcome
from interactions.gateways.errors import GatewayError, SignInRefused, Unreachable


class Postman:
    """What a mail server does with us, decided by whom a mail is for."""

    def __init__(self, *, pipelines, mails_per_connection=1000):
        self.pipelines = pipelines
        self.mails_per_connection = mails_per_connection
        self.received = []
        self.connections = 0
        self.options = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        session.mails = 0
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelines else responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if session.mails >= self.mails_per_connection:
            return "421 4.7.0 Enough for one connection"
        session.mails += 1
        self.options.append(options)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        answers = {
            "gone": "550 5.1.1 <gone@cafe.example>: User unknown",
            "full": "552 5.2.2 Mailbox full",
            "later": "451 4.7.1 Greylisted, try again later",
        }
        if name in answers:
            return answers[name]
        if name == "hangup":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "spam":
            return "554 5.7.1 Looks like spam"
        self.received.append((envelope.rcpt_tos[0], envelope.content))
        if name == "vanish":
            server.transport.abort()
        return "250 2.0.0 Taken"

    def names(self):
        return [address.split("@")[0] for address, _ in self.received]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def open_server():
    """Return a function that starts a real server on a free port of this machine."""
    opened = []

    def start(handler, **settings):
        port = free_port()
        controller = Controller(handler, hostname="127.0.0.1", port=port, **settings)
        controller.start()
        opened.append(controller)
        return port

    yield start
    for controller in opened:
        controller.stop()


@pytest.fixture(params=[True, False], ids=["pipelining", "step by step"])
def postman(request):
    return Postman(pipelines=request.param)


@pytest.fixture
def sender(open_server, postman):
    sender = Sender("127.0.0.1", open_server(postman), timeout=5, hello="filo.example")
    yield sender
    sender.close()


def to(*names, data=b"Subject: x\r\n\r\nCiao\r\n"):
    return [
        Envelope(number, "bounce@filo.example", f"{name}@cafe.example", data) for number, name in enumerate(names, 1)
    ]


def answers(results):
    return [result.answer.value for result in results]


def test_it_delivers_every_byte_over_one_connection(sender, postman):
    data = b"Subject: x\r\n\r\n.\r\n..\r\n.dot\r\n\r\nend without a line end"
    results = list(sender.send(to("mira", "anna", "boris", data=data)))
    assert answers(results) == ["accepted"] * 3
    assert [result.number for result in results] == [1, 2, 3]
    assert [content for _, content in postman.received] == [data + b"\r\n"] * 3
    assert list(sender.send(to("clara"))) and postman.connections == 1


def test_each_refusal_is_told_apart_and_stops_nobody_else(sender, postman):
    results = list(sender.send(to("mira", "gone", "full", "anna", "later", "spam", "boris")))
    assert answers(results) == ["accepted", "refused", "refused", "accepted", "postponed", "refused", "accepted"]
    assert postman.names() == ["mira", "anna", "boris"]
    gone, full, later, spam = results[1], results[2], results[4], results[5]
    assert (gone.code, gone.status, gone.outcome, gone.permanent) == (550, "5.1.1", Outcome.HARD, True)
    assert (full.outcome, full.permanent) == (Outcome.SOFT, True)
    assert (later.outcome, later.permanent) == (Outcome.SOFT, False)
    assert (spam.outcome, spam.reason) == (Outcome.SOFT, "Looks like spam")


def test_a_first_and_a_last_refusal_leave_the_connection_usable(sender, postman):
    assert answers(sender.send(to("gone", "gone", "mira", "gone"))) == ["refused", "refused", "accepted", "refused"]
    assert answers(sender.send(to("anna"))) == ["accepted"]
    assert postman.names() == ["mira", "anna"]
    assert postman.connections == 1


def test_the_journal_hears_before_the_first_byte_and_right_after_the_answer(sender, postman):
    heard = []
    numbers = to("mira", "gone", "anna", "vanish")
    results = sender.send(
        numbers,
        before_data=lambda number: heard.append(("I", number, len(postman.received))),
        after_accept=lambda number: heard.append(("S", number, len(postman.received))),
    )
    assert answers(results) == ["accepted", "refused", "accepted", "unknown"]
    assert [entry[:2] for entry in heard] == [("I", 1), ("S", 1), ("I", 3), ("S", 3), ("I", 4)]
    assert [entry[2] for entry in heard] == [0, 1, 1, 2, 2]


def test_a_line_that_breaks_after_the_mail_leaves_only_that_one_in_doubt(sender, postman):
    results = list(sender.send(to("mira", "vanish", "anna", "boris")))
    assert answers(results) == ["accepted", "unknown", "accepted", "accepted"]
    assert postman.names() == ["mira", "vanish", "anna", "boris"]
    assert postman.connections == 2


def test_a_server_that_only_ever_hangs_up_gets_one_mail_and_not_the_batch(sender, postman):
    results = list(sender.send(to("vanish", "vanish", "vanish", "mira")))
    assert answers(results) == ["unknown", "postponed", "postponed", "postponed"]
    assert postman.names() == ["vanish"]


def test_a_line_that_breaks_before_the_mail_is_no_doubt_at_all(sender, postman):
    results = list(sender.send(to("mira", "hangup", "anna")))
    assert answers(results) == ["accepted", "postponed", "postponed"]
    assert [result.code for result in results] == [250, 421, 0], "one was tried, the other was not"


@pytest.mark.parametrize("pipelines", [True, False])
def test_a_server_with_a_limit_for_each_connection_gets_them_all(open_server, pipelines):
    postman = Postman(pipelines=pipelines, mails_per_connection=2)
    sender = Sender("127.0.0.1", open_server(postman), timeout=5)
    assert answers(sender.send(to(*["mira"] * 7))) == ["accepted"] * 7
    assert len(postman.received) == 7
    assert postman.connections == 4
    sender.close()


def test_a_kept_connection_that_the_server_closed_meanwhile_costs_nothing(sender, postman, open_server):
    assert answers(sender.send(to("mira"))) == ["accepted"]
    sender.connect()._socket.shutdown(2)  # as after five idle minutes
    assert answers(sender.send(to("anna", "boris"))) == ["accepted", "accepted"]
    assert postman.names() == ["mira", "anna", "boris"]


def test_stopping_in_the_middle_leaves_no_half_mail(sender, postman):
    results = sender.send(to("mira", "anna", "boris"))
    assert next(results).answer is Answer.ACCEPTED
    results.close()
    assert postman.names() == ["mira"]
    assert answers(sender.send(to("clara"))) == ["accepted"]
    assert postman.names() == ["mira", "clara"]


def test_smtputf8_and_8bitmime_are_asked_for_only_when_needed(open_server):
    postman = Postman(pipelines=True)
    sender = Sender("127.0.0.1", open_server(postman, enable_SMTPUTF8=True), timeout=5)
    ascii_, other = to("mira")[0], Envelope(2, "b@filo.example", "mirà@cafè.example", b"Subject: x\r\n\r\n\xc3\xa8\r\n")
    assert answers(sender.send([ascii_, other])) == ["accepted", "accepted"]
    assert not {"SMTPUTF8", "BODY=8BITMIME"} & set(postman.options[0])
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(postman.options[1])
    assert postman.received[1][0] == "mirà@xn--caf-8la.example"
    sender.close()


def test_an_address_that_this_server_cannot_take_is_refused_and_the_others_go(open_server):
    postman = Postman(pipelines=True)
    sender = Sender("127.0.0.1", open_server(postman, enable_SMTPUTF8=False), timeout=5)
    broken = Envelope(3, "b@filo.example", "a@b.example>\r\nRCPT TO:<c@d.example", b"x\r\n")
    other = Envelope(2, "b@filo.example", "mirà@cafe.example", b"x\r\n")
    results = list(sender.send([*to("mira"), other, broken, *to("anna")]))
    assert answers(results) == ["accepted", "refused", "refused", "accepted"]
    assert postman.names() == ["mira", "anna"]
    sender.close()


def test_nobody_there_is_said_at_once():
    with pytest.raises(Unreachable) as error:
        list(Sender("127.0.0.1", free_port(), timeout=1).send(to("mira")))
    assert not error.value.permanent


class Doorman:
    def __call__(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"filo", b"secret"), handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1, signed by itself; returns (key file, certificate file)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    plain = serialization.NoEncryption()
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    (folder / "cert").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "key", folder / "cert"


@pytest.fixture
def secure_server(open_server, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    postman = Postman(pipelines=True)
    port = open_server(postman, tls_context=context, require_starttls=True, authenticator=Doorman(), auth_required=True)
    return postman, port


def test_it_encrypts_and_signs_in(secure_server, certificate, monkeypatch):
    postman, port = secure_server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    sender = Sender("127.0.0.1", port, username="filo", password="secret", security="starttls", timeout=5)
    assert answers(sender.send(to("mira", "anna"))) == ["accepted", "accepted"]
    sender.close()


def test_a_wrong_password_is_for_a_person_to_mend(secure_server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    sender = Sender("127.0.0.1", secure_server[1], username="filo", password="guess", security="starttls", timeout=5)
    with pytest.raises(SignInRefused) as error:
        list(sender.send(to("mira")))
    assert error.value.permanent
    assert "guess" not in repr(sender) + str(error.value)


def test_a_certificate_of_nobody_is_not_trusted(secure_server):
    with pytest.raises(Unreachable, match="certificate") as error:
        list(Sender("127.0.0.1", secure_server[1], security="starttls", timeout=5).send(to("mira")))
    assert error.value.permanent


def test_it_does_not_sign_in_over_an_open_line_that_was_to_be_encrypted(sender, postman):
    sender.security = "starttls"
    with pytest.raises(GatewayError, match="STARTTLS"):
        list(sender.send(to("mira")))
    assert postman.received == []
