"""The provider's API over HTTP: send a text message, ask for the list of those it has, ask whether it knows us.

The public form API of Twilio, which others speak too. An answer that did not come whole leaves the message in doubt:
there is no key by which the provider would know it again, so nobody sends it again by himself.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

from interactions.channels.sms.gateway.answers import OutgoingText, result_of
from interactions.channels.sms.gateway.numbers import are_same
from interactions.channels.sms.gateway.reading import REF
from interactions.channels.sms.gateway.wire import HttpAnswer, Wire, WireBroke, moment
from interactions.gateways.contract import Answer, Result, Tick
from interactions.gateways.errors import GatewayError, SignInRefused, Unreachable, Unreadable

VERSION = "/2010-04-01"
SECONDS = 15.0  # for one answer
ASKING_SECONDS = 5.0  # whoever asks how we stand does not wait for longer
PAGE_SIZE = 200
MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """One message of ours in the provider's own list."""

    ref: str
    to: str
    sender: str
    body: str
    at: datetime  # when it took it, by our clock
    row: dict[str, Any]


class Client:
    """One account and its kept connections; for several threads."""

    def __init__(self, url: str, account: str, token: str, *, seconds: float = 0) -> None:
        """seconds: for connecting, and for each answer as a whole; 0: SECONDS."""
        self._url, self._seconds = url.rstrip("/"), seconds or SECONDS
        parts = urlsplit(self._url)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", f"{parts.path}{VERSION}/Accounts/{account}"
        named = base64.b64encode(f"{account}:{token}".encode()).decode("ascii")
        self._headers = {"Authorization": f"Basic {named}", "Accept": "application/json", "User-Agent": "Filo"}
        self._idle: list[Wire] = []
        self._lock = Lock()

    def send(self, text: OutgoingText, begun: Tick, accepted: Tick) -> tuple[Result, int | None]:
        """Hand one message over; return what became of it, and for how many seconds we are asked to wait.

        begun runs before its first byte leaves, accepted right after the provider took it. POSTPONED with code 0: it
        is not the message's fault.
        """
        form = {"To": text.to, "From": text.sender, "Body": text.body}
        if text.callback:
            form["StatusCallback"] = text.callback
        try:
            line = self._open()
        except Unreachable as error:
            return Result(text.number, Answer.POSTPONED, reason=str(error)), None
        begun(text.number)
        headers = self._headers | {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            reply = line.exchange("POST", f"{self._path}/Messages.json", headers, urlencode(form).encode("ascii"))
        except WireBroke as error:
            return Result(text.number, Answer.UNKNOWN, reason=str(error)), None
        result = result_of(text, reply)
        if result.ref and result.ref == line.last_ref:
            result = Result(text.number, Answer.UNKNOWN, reply.status, reason="The answer is one to an older message.")
        if result.answer is Answer.ACCEPTED:
            accepted(text.number)
        line.last_ref = result.ref
        self._put_back(line, is_sound=result.answer is not Answer.UNKNOWN)
        return result, reply.retry_after

    def connect(self) -> None:
        """Hold a connection ready. Raises Unreachable."""
        self._put_back(self._open())

    def listed(self, *, to: str, sender: str, since: datetime) -> list[Listed]:
        """Return what the provider has taken for a number from one sender since a moment, oldest first.

        Raises GatewayError when the list cannot be had, or not all of it.
        """
        query = urlencode({"To": to, "From": sender, "PageSize": PAGE_SIZE})
        path, found = f"{self._path}/Messages.json?{query}", []
        for _page in range(MOST_PAGES):
            reply = self._get(path)
            said = _object(reply)
            rows = said.get("messages")
            if not isinstance(rows, list):
                raise Unreadable("The provider's list is none.")
            seen = [one for row in rows if (one := _listed(row, reply.ahead))]
            some = [one for one in seen if are_same(one.to, to) and are_same(one.sender, sender)]
            found += [one for one in some if one.at >= since]
            path = str(said.get("next_page_uri") or "").removeprefix(self._origin)  # some write it whole
            if not path or (some and some[-1].at < since):  # newest first
                return found[::-1]
            if not path.startswith(f"{self._path}/Messages.json?"):
                raise Unreadable("The provider's list goes on elsewhere.")
        raise Unreadable("The provider's list is too long.")

    def account(self) -> str:
        """Return how our account stands, "active" if all is well. Raises SignInRefused, Unreachable, Unreadable."""
        return str(_object(self._get(f"{self._path}.json")).get("status") or "active")

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def _get(self, path: str) -> HttpAnswer:
        line = self._open()
        try:
            reply = line.exchange("GET", path, self._headers)
        except WireBroke as error:
            raise Unreachable(str(error)) from error
        self._put_back(line)
        if reply.status in (401, 403, 404):
            raise SignInRefused(f"The provider's server answered {reply.status}: it does not know this account.")
        if reply.status != 200:
            raise GatewayError(f"The provider's server answered {reply.status}.")
        return reply

    def _open(self) -> Wire:
        with self._lock:
            line = self._idle.pop() if self._idle else Wire(self._url, self._seconds)
        line.open()
        return line

    def _put_back(self, line: Wire, *, is_sound: bool = True) -> None:
        if not is_sound:
            line.close()
            return
        with self._lock:
            self._idle.append(line)


def _object(reply: HttpAnswer) -> dict[str, Any]:
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The provider's server does not answer in JSON: is this its address?") from error
    if not isinstance(said, dict):
        raise Unreadable("The provider's server does not answer as its API does: is this its address?")
    return said


def _listed(row: object, ahead: timedelta) -> Listed | None:
    """Return one row of the list; None of what came to us, and of what is none. ahead: their clock is, of ours.

    A row whose moment cannot be read was now, so that it is looked at.
    """
    if not isinstance(row, dict) or str(row.get("direction", "")).startswith("inbound"):
        return None
    ref, to, sender, body = (row.get(name) for name in ("sid", "to", "from", "body"))
    if not isinstance(ref, str) or not REF.fullmatch(ref):
        return None
    at = moment(str(row.get("date_created")))
    return Listed(ref, str(to or ""), str(sender or ""), str(body or ""), at - ahead if at else datetime.now(UTC), row)
