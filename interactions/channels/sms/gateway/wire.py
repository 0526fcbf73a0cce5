"""One kept connection to the provider's server: a request goes out, one bounded answer comes back, in bounded time.

Nothing is repeated here, and no redirect is followed: the request holds our password, and may have been obeyed.
"""

import io
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from math import ceil
from socket import socket
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

from interactions.gateways.errors import GatewayError, Unreachable

MOST_BYTES = 2_000_000  # of an answer: a page of the provider's list has some 100,000
FAR_OFF = timedelta(days=2)  # no clock is so wrong: it is nonsense
IDLE_SECONDS = 10  # a connection that rested for longer may be half closed: it is made anew


class WireBroke(GatewayError):
    """The request has begun to leave, and no whole answer came: nobody knows whether it was obeyed."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """retry_after: seconds that the server wants us to wait; None: it does not say. ahead: its clock is, of ours."""

    status: int
    body: bytes
    retry_after: int | None = None
    ahead: timedelta = timedelta()


class Wire:
    """A connection. Not for two threads at once. seconds: for connecting, and for each answer as a whole."""

    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url)
        self.where, self._seconds, self._used_at = parts.netloc, seconds, 0.0
        self.last_ref = ""  # of the message that the last answer was about
        host = parts.hostname or ""
        self._http: HTTPConnection = (
            HTTPSConnection(host, parts.port, timeout=seconds, context=ssl.create_default_context())
            if parts.scheme == "https"
            else HTTPConnection(host, parts.port, timeout=seconds)
        )
        self._http.auto_open = 0  # it would connect again in the middle of a request

    def open(self) -> None:
        """Connect, unless it is and can be used. Raises Unreachable."""
        if self._is_fresh():
            return
        self.close()
        try:
            self._http.connect()
        except (OSError, ValueError) as error:  # ValueError: a name that is none
            self.close()
            raise Unreachable(f"{self.where}: {error}") from error
        self._used_at = monotonic()

    def close(self) -> None:
        self._http.close()

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        """Send one request over the open connection and return its answer. Raises WireBroke."""
        end = monotonic() + self._seconds
        self._http.response_class = cast(type[HTTPResponse], partial(_response, end=end))
        try:
            self._http.sock.settimeout(self._seconds)
            self._http.request(method, path, body or None, dict(headers))
            answer = self._http.getresponse()
            text = answer.read(MOST_BYTES)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise WireBroke(f"{self.where}: {str(error) or type(error).__name__}") from error
        if not answer.isclosed():  # there is more of it
            self.close()
        self._used_at = monotonic()
        theirs, ours = moment(answer.headers.get("Date", "")), datetime.now(UTC)
        waits = _seconds(answer.headers.get("Retry-After", ""), theirs or ours)
        ahead = theirs - ours if theirs else timedelta()
        return HttpAnswer(answer.status, text, waits, ahead if abs(ahead) < FAR_OFF else timedelta())

    def _is_fresh(self) -> bool:
        """Nothing may lie in a connection before we ask: neither its end nor an answer too many."""
        line = self._http.sock
        if line is None or monotonic() - self._used_at > IDLE_SECONDS:
            return False
        line.settimeout(0)
        try:
            line.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):  # what belongs to TLS alone is taken in by that
            return True
        except OSError:
            return False
        return False


def moment(written: str) -> datetime | None:
    """Return the moment that a header or a list names; None of what is none."""
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _seconds(written: str, now: datetime) -> int | None:
    """Return how long to wait: Retry-After has seconds, or a moment."""
    said = written.strip()
    if re.fullmatch(r"[0-9]{1,5}(\.[0-9]*)?", said, re.ASCII):
        return ceil(float(said))
    until = moment(said)
    return max(0, ceil((until - now).total_seconds())) if until else None


class _InTime(io.RawIOBase):
    """What comes in over a socket, until a moment: a server that drips does not hold us for longer."""

    def __init__(self, line: socket, end: float) -> None:
        self._line, self._end = line, end
        self._raw = line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("no whole answer in time")
        self._line.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _response(line: socket, *arguments, end: float, **options) -> HTTPResponse:
    response = HTTPResponse(line, *arguments, **options)
    response.fp.close()
    response.fp = io.BufferedReader(_InTime(line, end))
    return response
