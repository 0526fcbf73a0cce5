"""Envelopes → an SMTP server, over one kept connection, one answer for each.

Where the server offers PIPELINING the next envelope travels with the present mail's last byte, so a mail costs one
round trip. Each answer is exact: only when the line breaks after a mail's first byte and before the server's word is
it unknown, and then nobody sends it again by himself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from interactions.channels.mail.gateway.contract import Envelope
from interactions.channels.mail.gateway.smtp import Line, LineLost, Reply
from interactions.channels.mail.gateway.verdicts import judge
from interactions.gateways.contract import Answer, Result, Tick
from interactions.gateways.errors import GatewayError

CLOSING = 421  # the server says goodbye


def nothing(number: int) -> None:
    """The hook of those who keep no journal."""


@dataclass
class Sender:
    """One mail server of ours and the connection to it. Not for two threads at once.

    security: "ssl", "starttls" or "none". timeout: seconds without a byte from the server. username "": no sign-in.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    security: str = "none"
    timeout: float = 60
    hello: str = ""  # our name in EHLO; "": what the machine calls itself
    _line: Line | None = field(default=None, init=False, repr=False)

    def send(
        self, envelopes: Iterable[Envelope], *, before_data: Tick = nothing, after_accept: Tick = nothing
    ) -> Iterator[Result]:
        """Yield one result for each envelope, in order.

        before_data(number) runs before a mail's first byte leaves, after_accept(number) right after the server took
        it: the two lines of the crash journal. Raises Unreachable or SignInRefused when there is no connection to
        begin with; when it is lost later, what is left comes back as POSTPONED.
        """
        was_kept = self._line is not None
        self.connect()
        batch = _Batch(self, before_data, after_accept, has_worked=was_kept)
        try:
            yield from batch.run(iter(envelopes))
        finally:
            if not batch.is_clean:
                self.close()

    def connect(self) -> Line:
        """Return the connection, made anew when there is none. Raises Unreachable or SignInRefused."""
        if self._line is None:
            self._line = Line.open(self)
        return self._line

    def close(self) -> None:
        """Hang up; the next `send` connects again."""
        if self._line is not None:
            self._line.close()
            self._line = None


class _Batch:
    """One run over envelopes: which is on its way, and what to do when the line breaks."""

    def __init__(self, sender: Sender, before_data: Tick, after_accept: Tick, *, has_worked: bool) -> None:
        self._sender = sender
        self._before_data = before_data
        self._after_accept = after_accept
        self._has_worked = has_worked  # a connection that did some work may break once without meaning harm
        self._given_up = ""  # why nothing more is tried
        self.is_clean = False  # no transaction is open on the connection

    def run(self, envelopes: Iterator[Envelope]) -> Iterator[Result]:
        present = next(envelopes, None)
        announced = False  # MAIL, RCPT, DATA have been sent already, with the mail before
        while present is not None:
            following = next(envelopes, None)
            result, announced = self._one(present, announced, following)
            yield result
            present = following
        self.is_clean = True

    def _one(self, envelope: Envelope, announced: bool, following: Envelope | None) -> tuple[Result, bool]:
        if self._given_up:
            return Result(envelope.number, Answer.POSTPONED, reason=self._given_up), False
        try:
            refusal = self._announce(envelope, announced)
        except LineLost as lost:
            return self._lost_before_data(envelope, lost), False
        if refusal:
            return _result(envelope, refusal), False
        self._before_data(envelope.number)
        try:
            announced = self._hand_over(envelope, following)
            reply = self._sender.connect().read_reply()
        except LineLost as lost:
            return self._lost_in_data(envelope, lost), False
        if reply.code != 250:
            return self._not_taken(envelope, reply, announced)
        self._after_accept(envelope.number)
        self._has_worked = True
        return _result(envelope, reply), announced

    def _announce(self, envelope: Envelope, announced: bool) -> Reply | None:
        """Say whom the mail is from and for; return the refusal, or None when the server waits for the mail."""
        line = self._sender.connect()
        try:
            refusal = line.read_announcement() if announced else line.announce(envelope)
        except UnicodeError as error:
            return Reply(553, "5.6.7", str(error))
        if refusal and refusal.code == CLOSING:
            raise LineLost(refusal.text)
        return refusal

    def _hand_over(self, envelope: Envelope, following: Envelope | None) -> bool:
        """Send the mail; return whether the next envelope went with it."""
        line = self._sender.connect()
        early = line.early_announcement(following) if following else b""
        line.write_mail(envelope.data, early)
        return bool(early)

    def _not_taken(self, envelope: Envelope, reply: Reply, announced: bool) -> tuple[Result, bool]:
        if reply.code != CLOSING:
            return _result(envelope, reply), announced
        self._hang_up(reply.text)  # what was announced early is announced again on the next connection
        return _result(envelope, reply), False

    def _lost_in_data(self, envelope: Envelope, lost: LineLost) -> Result:
        self._hang_up(str(lost))
        return Result(envelope.number, Answer.UNKNOWN, reason=str(lost))

    def _lost_before_data(self, envelope: Envelope, lost: LineLost) -> Result:
        """Servers hang up after some number of mails: try this one again if the connection has done some work."""
        may_try_again = self._has_worked
        self._hang_up(str(lost))
        if may_try_again and not self._given_up:
            return self._one(envelope, False, None)[0]
        self._given_up = str(lost)
        return Result(envelope.number, Answer.POSTPONED, CLOSING, reason=str(lost))  # tried: the others were not

    def _hang_up(self, why: str) -> None:
        """Connect anew for what is left; give up when that fails, or when this connection took nothing at all."""
        self._sender.close()
        if not self._has_worked:
            self._given_up = why
            return
        self._has_worked = False
        try:
            self._sender.connect()
        except GatewayError as error:
            self._given_up = str(error)


def _result(envelope: Envelope, reply: Reply) -> Result:
    if reply.code == 250:
        return Result(
            envelope.number, Answer.ACCEPTED, reply.code, reply.status, reply.text, ref=envelope.message_ref
        )  # fmt: skip
    answer = Answer.REFUSED if reply.code >= 500 else Answer.POSTPONED
    verdict = judge(reply.text, status=reply.status, code=reply.code)
    return Result(envelope.number, answer, reply.code, reply.status, reply.text, verdict.outcome)
