"""Signatures of the provider's hooks: X-Twilio-Signature.

Base64 of HMAC-SHA1 over the address that was called, letter for letter, and all fields of the form, sorted, each name
followed by its value. What spoils it elsewhere: an address put together anew (behind a proxy it is another: PUBLIC_URL
decides), a query sorted or encoded again, values stripped, empty fields left out, a field that is there twice.

It holds no time: a copied request stays good for ever. Who takes one must know the message's id again.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from interactions.gateways.errors import Unsigned

Pairs = Sequence[tuple[str, str]]
HEADER = "X-Twilio-Signature"
STANDARD_PORTS = {"https": 443, "http": 80}


def sign(url: str, pairs: Pairs, *, token: str) -> str:
    """Return the value of X-Twilio-Signature. pairs: all fields as `reading.pairs` gives them."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    mac = hmac.digest(token.encode(), text.encode("utf-8", "surrogateescape"), "sha1")
    return base64.b64encode(mac).decode("ascii")


def verify(url: str, pairs: Pairs, signature: str, *, tokens: Sequence[str]) -> None:
    """Raise Unsigned unless the form was signed with one of our tokens.

    url: PUBLIC_URL with the path and the query as they came, not decoded. tokens: the present one and, while it is
    being changed, the one before.
    """
    if not signature:
        raise Unsigned(f"The header {HEADER} is missing.")
    expected = [sign(called, pairs, token=token).encode() for called in _as_called(url) for token in tokens if token]
    given = signature.strip().encode("utf-8", "surrogateescape")
    # a list, not a generator: every pair is compared, so that time tells nothing
    if not any([hmac.compare_digest(ours, given) for ours in expected]):
        raise Unsigned("The signature does not fit: wrong token, another address, or the form was changed on its way.")


def _as_called(url: str) -> list[str]:
    """Return the ways in which the provider may write our address: it drops or adds the port, and never says when."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = re.sub(r":\d*$", "", host)
    rest = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
    hosts = dict.fromkeys((host, bare, f"{bare}:{STANDARD_PORTS.get(parts.scheme, 443)}"))
    return [f"{parts.scheme}://{one}{rest}" for one in hosts]
