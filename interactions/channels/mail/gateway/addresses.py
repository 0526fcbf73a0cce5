"""Addresses and Message-IDs of ours that say which row they belong to, and that nobody else can make.

A token is lower-case base32, so that it survives servers that change the case of what stands before the @.
Pure functions; the key is handed in. Change the key and old answers are still found by In-Reply-To and References.
"""

import base64
import binascii
import hmac
import re

LOCAL_PART_LENGTH = 64  # characters before the @, RFC 5321 4.5.3.1.1
SEAL_BYTES = 10  # 80 bits: more guesses than a mail server takes in a lifetime
KIND = re.compile(r"[a-z]{1,12}")
TAGGED = re.compile(r"[^+@\s]{1,20}\+([a-z2-7]{16,58})@", re.IGNORECASE)
OUR_REF = re.compile(r"(\d{1,19})\.([a-z2-7]{16})@")


def _seal(payload: bytes, key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, purpose + b"\0" + payload, "sha256")[:SEAL_BYTES]


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def make_token(number: int, kind: str, key: bytes) -> str:
    """Return a signed token for a row: kind is its short name (a to z, at most 12), number 0 to 2**63 - 1.

    At most 50 characters. Raises ValueError when kind or number are outside of that.
    """
    if not KIND.fullmatch(kind) or not 0 <= number < 2**63:
        raise ValueError(f"No token for {kind!r} {number!r}.")
    payload = kind.encode("ascii") + b"\0" + number.to_bytes((number.bit_length() + 7) // 8, "big")
    return _base32(payload + _seal(payload, key, b"address"))


def read_token(token: str, key: bytes) -> tuple[str, int] | None:
    """Return (kind, number), or None when the token is not ours. Case does not matter."""
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    payload, seal = raw[:-SEAL_BYTES], raw[-SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(payload, key, b"address")):
        return None
    kind, _, number = payload.partition(b"\0")
    return kind.decode("ascii"), int.from_bytes(number, "big")


def make_address(token: str, domain: str, mailbox: str = "reply") -> str:
    """Return "reply+token@domain". Raises ValueError when the part before the @ is longer than a server must take."""
    local = f"{mailbox}+{token}"
    if len(local) > LOCAL_PART_LENGTH:
        raise ValueError(f"{local} is longer than {LOCAL_PART_LENGTH} characters.")
    return f"{local}@{domain}"


def read_address(address: str, key: bytes) -> tuple[str, int] | None:
    """Return (kind, number) of an address made by `make_address`, or None."""
    found = TAGGED.match(address)
    return read_token(found[1], key) if found else None


def make_message_ref(number: int, key: bytes, domain: str) -> str:
    """Return the Message-ID (without brackets) of outbox row `number`: the same row, the same reference, always."""
    return f"{number}.{_base32(_seal(b'%d' % number, key, b'message'))}@{domain}"


def read_message_ref(message_ref: str, key: bytes) -> int | None:
    """Return the outbox row that a Message-ID of ours was made from, or None: not ours, or forged."""
    found = OUR_REF.match(message_ref)
    if not found:
        return None
    is_ours = hmac.compare_digest(found[2], _base32(_seal(found[1].encode("ascii"), key, b"message")))
    return int(found[1]) if is_ours else None
