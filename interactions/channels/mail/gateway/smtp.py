"""One SMTP connection. smtplib opens it (greeting, STARTTLS, sign-in); from then on we write and read ourselves."""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Protocol

from interactions.channels.mail.gateway.contract import Envelope
from interactions.channels.mail.gateway.headers import checked
from interactions.gateways.errors import GatewayError, SignInRefused, Unreachable, Unreadable

ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b[ -]?")
REPLY_LINES = 100
REASON_LENGTH = 500


class Server(Protocol):
    """What `Line.open` must know; `sending.Sender` has it."""

    host: str
    port: int
    username: str
    password: str
    security: str
    timeout: float
    hello: str


class LineLost(Exception):
    """The connection broke, went silent, or what came was not SMTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """code: three digits; status: enhanced, "" when not given; text: without both, at most 500 characters."""

    code: int
    status: str
    text: str


class Line:
    """A signed-in connection without an open transaction, or with the one that `announce` began."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        assert smtp.sock is not None and smtp.file is not None  # opened by `open`
        self._socket: socket.socket = smtp.sock
        self._file = smtp.file
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipelines = smtp.has_extn("pipelining")
        self._takes_utf8 = smtp.has_extn("smtputf8")
        self._takes_8bit = smtp.has_extn("8bitmime")
        self._takes_size = smtp.has_extn("size")
        self._is_dirty = False  # a transaction was refused half-way: RSET before the next

    @classmethod
    def open(cls, server: Server) -> "Line":
        """Connect, encrypt, sign in. Raises Unreachable (permanent when the certificate is wrong) or SignInRefused."""
        try:
            smtp = _greeted(server)
            if server.username:
                smtp.login(server.username, server.password)
        except smtplib.SMTPAuthenticationError as error:
            raise SignInRefused(f"{server.host} does not take our name and password: {error}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise SignInRefused(f"{server.host}: {error}") from error
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"{server.host} shows a certificate that we cannot trust: {error}", permanent=True
            ) from error
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise Unreachable(f"{server.host}:{server.port} does not answer as a mail server: {error}") from error
        return cls(smtp)

    def announce(self, envelope: Envelope) -> Reply | None:
        """Send MAIL, RCPT and DATA; return the first refusal, or None when the server waits for the mail.

        Raises UnicodeError when the server cannot take such an address or such bytes, LineLost.
        """
        commands = self._commands(envelope)
        if self._is_dirty:
            self._write(b"RSET\r\n")
            self.read_reply()
            self._is_dirty = False
        if self._pipelines:
            self._write(b"".join(commands))
            return self.read_announcement()
        for command, expected in zip(commands, (250, 250, 354), strict=True):
            self._write(command)
            reply = self.read_reply()
            if reply.code != expected and not (expected == 250 and reply.code in (251, 252)):
                self._is_dirty = True
                return reply
        return None

    def early_announcement(self, envelope: Envelope) -> bytes:
        """Return MAIL, RCPT and DATA to be sent with the mail before, or nothing where that cannot be done."""
        if not self._pipelines:
            return b""
        try:
            return b"".join(self._commands(envelope))
        except UnicodeError:
            return b""

    def read_announcement(self) -> Reply | None:
        """Read the three answers to a pipelined announcement; return the first refusal, or None."""
        mail, rcpt, data = self.read_reply(), self.read_reply(), self.read_reply()
        refused = [reply for reply in (mail, rcpt) if reply.code not in (250, 251, 252)]
        if not refused and data.code == 354:
            return None
        if data.code == 354:  # it waits for a mail that nobody may get: RFC 2920 3.1 says to send none
            self._write(b".\r\n")
            self.read_reply()
        self._is_dirty = True
        return refused[0] if refused else data

    def write_mail(self, data: bytes, following: bytes) -> None:
        """Send a mail and its end, then what may follow it in the same breath."""
        stuffed = data.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        self._write(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n") + following)

    def read_reply(self) -> Reply:
        """Return the server's next answer. Raises LineLost."""
        texts = []
        for _ in range(REPLY_LINES):
            try:
                line = self._file.readline(2000)
            except (OSError, ValueError) as error:
                raise LineLost(f"No answer: {error}") from error
            if not line.endswith(b"\n") or not line[:3].isdigit():
                raise LineLost(f"Not an answer: {line[:80]!r}" if line else "The server hung up.")
            texts.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return _reply(int(line[:3]), texts)
        raise LineLost("An answer without end.")

    def close(self) -> None:
        """Say goodbye without waiting for an answer."""
        try:
            self._socket.settimeout(1)
            self._socket.sendall(b"QUIT\r\n")
        except OSError:
            pass  # it is gone already
        self._smtp.close()

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise LineLost(f"The line broke: {error}") from error

    def _commands(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        try:
            sender, to = envelope.return_path and checked(envelope.return_path), checked(envelope.to)
        except Unreadable as error:
            raise UnicodeError(str(error)) from error
        options = f" SIZE={len(envelope.data)}" if self._takes_size else ""
        if not envelope.data.isascii():
            options += " BODY=8BITMIME" if self._takes_8bit else ""
        if not (sender.isascii() and to.isascii()):
            if not self._takes_utf8:
                raise UnicodeError("The server does not offer SMTPUTF8.")
            options += " SMTPUTF8"
        return f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{to}>\r\n".encode(), b"DATA\r\n"


def _greeted(server: Server) -> smtplib.SMTP:
    name = server.hello or None
    smtp: smtplib.SMTP
    if server.security == "ssl":
        context = ssl.create_default_context()
        smtp = smtplib.SMTP_SSL(server.host, server.port, name, timeout=server.timeout, context=context)
    elif server.security in ("starttls", "none"):
        smtp = smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)
    else:
        raise GatewayError(f'security must be "ssl", "starttls" or "none", not {server.security!r}.', permanent=True)
    smtp.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
    return smtp


def _reply(code: int, texts: list[str]) -> Reply:
    found = ENHANCED.match(texts[0])
    if found:
        texts = [text.removeprefix(found[0]) for text in texts]
    return Reply(code, found[1] if found else "", " ".join(texts)[:REASON_LENGTH])
