"""A provider of text messages that misbehaves as real ones do: Twilio's public form API, over HTTP, in threads.

It keeps what it took, so that a test can count what was lost and what was doubled, and calls our hooks signed.

    provider = Provider(); provider.url, provider.account, provider.token, provider.numbers[0]
    provider.moods.append(Mood(refuse=(400, 21614)))     for the next message; provider.mood = Mood(…) for all of them
    provider.habits["+393331112233"] = Mood(…)            for all messages to this number
    provider.temper = lambda form: Mood(…)                for each of the others
    provider.taken, provider.took(to)                     what it took, oldest first
    provider.form(url, fields) → (body, headers)          a signed hook, for Django's test client
    provider.reports(message, "delivered")                the same of a message's own report: (url, body, headers)
    provider.writes("+39…", "Ciao", url)                  the same of a message from a customer
    provider.send(url, body, headers)                     over the wire
"""

import base64
import hmac
import ssl
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from itertools import count
from urllib.parse import urlencode, urlsplit

from tests.interactions.provider_http import WORDS, Handler


@dataclass(frozen=True)
class Mood:
    """How it answers one message. refuse: (HTTP status, error number). raw: the whole answer, byte for byte.

    stall: seconds before it does anything; late: seconds after it took it. hang_up: "before" or "after" it took it.
    twice: it answers twice. doubles: it takes it twice. drip: seconds between two bytes of its answer.
    """

    refuse: tuple[int, int] | None = None
    retry_after: int | str | None = None
    stall: float = 0
    late: float = 0
    hang_up: str = ""
    twice: bool = False
    doubles: bool = False
    raw: bytes = b""
    drip: float = 0
    unlisted: bool = False  # it took it, and its list does not show it


@dataclass
class Taken:
    """One message that it took, or that somebody wrote to us."""

    sid: str
    to: str
    sender: str
    body: str
    callback: str = ""
    direction: str = "outbound-api"
    status: str = "queued"
    code: int | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    is_listed: bool = True

    def shown(self, account: str) -> dict:
        at = format_datetime(self.at)
        return {
            "account_sid": account, "api_version": "2010-04-01", "body": self.body,
            "date_created": at, "date_sent": None if self.status == "queued" else at, "date_updated": at,
            "direction": self.direction, "error_code": self.code,
            "error_message": WORDS.get(self.code or 0), "from": self.sender, "messaging_service_sid": None,
            "num_media": "0", "num_segments": "1", "price": None, "price_unit": "USD", "sid": self.sid,
            "status": self.status, "to": self.to, "uri": f"/2010-04-01/Accounts/{account}/Messages/{self.sid}.json",
            "subresource_uris": {},
        }  # fmt: skip


class Provider:
    """Starts at once; `close` ends it."""

    def __init__(self, *, numbers=("+390899951234",), port=0, certificate=None):
        """certificate: the file of a key and its certificate; then it speaks TLS."""
        self.account, self.token, self.numbers = "AC" + "5" * 32, "5a5a5a5a5a5a5a5a", list(numbers)
        self.taken: list[Taken] = []
        self.asked: list[str] = []  # every request, "POST /2010-04-01/…"
        self.moods: deque[Mood] = deque()
        self.habits: dict[str, Mood] = {}
        self.mood = Mood()
        self.temper: Callable[[dict[str, str]], Mood] | None = None
        self.lock = threading.Lock()
        self.lines = 0  # connections that were opened
        self.ahead = timedelta()  # its clock is, of ours
        self.page = b""  # a page of its list, byte for byte
        self.pages_at = ""  # what stands before the address of the next page of its list
        self._sids = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (Handler,), {"provider": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """What the environment says of it, so that we send over it."""
        said = {"URL": self.url, "ACCOUNT": self.account, "TOKEN": self.token, "FROM": ",".join(self.numbers)}
        return {f"CHANNEL_SMS_{name}": value for name, value in {**said, "PART_COST": "0.042 EUR"}.items()}

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def new_sid(self, prefix="SM") -> str:
        return f"{prefix}{next(self._sids):032x}"

    def take(self, **values) -> Taken:
        with self.lock:
            self.taken.append(Taken(self.new_sid(), at=self.now(), **values))
            return self.taken[-1]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def took(self, to: str = "") -> list[Taken]:
        ours = [one for one in self.taken if one.direction != "inbound"]
        return [one for one in ours if not to or one.to == to]

    def counts(self) -> Counter:
        """How often each (to, body) was taken."""
        return Counter((one.to, one.body) for one in self.took())

    def forget(self, message: Taken) -> None:
        with self.lock:
            self.taken.remove(message)

    def mood_for(self, form: dict[str, str]) -> Mood:
        with self.lock:
            if self.moods:
                return self.moods.popleft()
            if (to := form.get("To", "")) in self.habits:
                return self.habits[to]
            return self.temper(form) if self.temper else self.mood

    # Our hooks

    def form(self, url: str, fields) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a signed hook. fields: a dict, or pairs where a name comes twice."""
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        headers["X-Twilio-Signature"] = self.signature(url, pairs)
        return urlencode(pairs, errors="surrogateescape").encode(), headers

    def signature(self, url: str, pairs) -> str:
        signed = url + "".join(name + value for name, value in sorted(pairs))
        mac = hmac.new(self.token.encode(), signed.encode("utf-8", "surrogateescape"), "sha1")
        return base64.b64encode(mac.digest()).decode()

    def reports(self, message: Taken, status: str, code: int | None = None, **more):
        """Return (url, body, headers) of what it says of a message. It knows it then itself."""
        message.status, message.code = status, code
        fields = {
            "SmsSid": message.sid, "SmsStatus": status, "MessageStatus": status, "To": message.to,
            "MessageSid": message.sid, "AccountSid": self.account, "From": message.sender, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if code:
            fields["ErrorCode"] = str(code)
        return message.callback, *self.form(message.callback, fields | more)

    def writes(self, sender: str, body: str, url: str, *, to: str = "", sid: str = "", **more):
        """Return (url, body, headers) of a message that somebody wrote to a number of ours."""
        sid, to = sid or self.new_sid(), to or self.numbers[0]
        with self.lock:
            self.taken.append(Taken(sid, to, sender, body, direction="inbound", status="received"))
        fields = {
            "ToCountry": "IT", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
            "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": body, "FromCountry": "IT",
            "To": to, "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": self.account, "From": sender,
            "ApiVersion": "2010-04-01",
        }  # fmt: skip
        return url, *self.form(url, fields | more)

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Call a hook over the wire; return its status and body."""
        parts = urlsplit(url)
        line = HTTPConnection(parts.hostname, parts.port, timeout=20)
        try:
            line.request("POST", f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()
