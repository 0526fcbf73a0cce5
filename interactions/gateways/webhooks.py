"""Signatures of hooks, as the Standard Webhooks specification writes them.

`webhook-signature` holds one or more "v1,<base64 of HMAC-SHA256>", separated by spaces, over "id.timestamp.body".
The secret is "whsec_" and base64, or plain base64. The caller must also take each webhook-id only once: within the
five minutes a copied request is as good as the first.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from interactions.gateways.errors import GatewayError, Unsigned

TOLERANCE_SECONDS = 5 * 60  # either way: clocks differ
ID = re.compile(r"[!-~]{1,200}")  # printable ASCII


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise GatewayError("The hook's secret is not base64; make a new one.", permanent=True) from error
    if not key:
        raise GatewayError("The hook's secret is empty; make a new one.", permanent=True)
    return key


def sign(body: bytes, *, hook_id: str, timestamp: int, secret: str) -> str:
    """Return the value of `webhook-signature`. timestamp: seconds since 1970."""
    signed = b"%s.%d.%s" % (hook_id.encode("ascii"), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode("ascii")


def verify(body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: float) -> str:
    """Return the webhook-id of a request that was signed with one of our secrets.

    headers: any case. secrets: the present one and, while it is being changed, the one before. now: seconds since
    1970. Raises Unsigned, with words that the integrator may read; GatewayError when a secret of ours is unusable.
    """
    given = {name.lower(): value for name, value in headers.items() if name.lower().startswith("webhook-")}
    hook_id = given.get("webhook-id", "")
    if not ID.fullmatch(hook_id):
        raise Unsigned("The header webhook-id is missing or not printable ASCII of at most 200 characters.")
    timestamp = _timestamp(given.get("webhook-timestamp", ""), now)
    signatures = [part for part in given.get("webhook-signature", "").split()[:20] if part.startswith("v1,")]
    if not signatures:
        raise Unsigned("The header webhook-signature is missing or holds no v1 signature.")
    expected = [sign(body, hook_id=hook_id, timestamp=timestamp, secret=secret).encode() for secret in secrets]
    # a list, not a generator: every pair is compared, so that time tells nothing
    if not any([hmac.compare_digest(ours, theirs.encode()) for ours in expected for theirs in signatures]):
        raise Unsigned("The signature does not fit: wrong secret, or the body was changed on its way.")
    return hook_id


def _timestamp(written: str, now: float) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", written):
        raise Unsigned("The header webhook-timestamp is missing or not seconds since 1970.")
    timestamp = int(written)
    if abs(now - timestamp) > TOLERANCE_SECONDS:
        raise Unsigned("The header webhook-timestamp is more than five minutes away from our clock.")
    return timestamp
