"""Header lines, written so that any mail reader gives back the very same words.

What a person or a customer record brings along may hold line breaks; they become spaces, so nobody adds a header.
"""

import re
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

import idna

from interactions.channels.mail.gateway.contract import Address
from interactions.gateways.errors import Unreadable

LINE = 76  # characters; RFC 2047 allows no more in a line with encoded words
LONGEST_LINE = 900  # RFC 5322 allows 998
WORD_BYTES = 39  # of UTF-8 in one encoded word: 52 of base64 and 12 around it fit behind "Reply-To: "
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~ -]+")
NEVER = r"\s@<>()\[\],;:\\\"\x00-\x20\x7f-\x9f\ud800-\udfff"  # what could break out of an address
ADDRESS = re.compile(rf"[^{NEVER}]{{1,64}}@[^{NEVER}]{{1,255}}")
REF = re.compile(r"[!-;=?-~]{1,250}")  # printable ASCII without the brackets


def one_line(value: str) -> str:
    """Return the value without line breaks and other control characters; spaces stand in for them."""
    return (value if value.isprintable() else BREAKS.sub(" ", value)).strip()


def text_line(name: str, value: str) -> str:
    """Return a whole unstructured header line such as Subject, folded and encoded."""
    value = one_line(value)
    if value.isascii() and "=?" not in value:
        if len(name) + 2 + len(value) <= LINE:
            return f"{name}: {value}\r\n"
        if "  " not in value and len(max(value.split(" "), key=len)) < LONGEST_LINE:
            return f"{name}:{_folded(value.split(' '), len(name) + 1)}\r\n"
    return f"{name}: {encoded_words(value)}\r\n"


def _folded(words: list[str], used: int) -> str:
    """Put the words on lines, each with its space before it, so that unfolding gives the value back."""
    lines: list[str] = []
    for word in words:
        if lines and used + 1 + len(word) > LINE:
            lines.append("\r\n")
            used = 0
        lines.append(" " + word)
        used += 1 + len(word)
    return "".join(lines)


def encoded_words(value: str) -> str:
    """Return the value as RFC 2047 words in base64, one to a line; no character is split between two."""
    raw = value.encode("utf-8", "replace")
    words = []
    while raw:
        end = min(WORD_BYTES, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{b64encode(raw[:end]).decode('ascii')}?=")
        raw = raw[end:]
    return "\r\n ".join(words)


@lru_cache(maxsize=256)
def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Unreadable(f"{name!r} is not the name of a header.")
    return name


def plain_line(name: str, value: str) -> str:
    """Return a header of ASCII that must stay as it is, such as List-Unsubscribe; other words are encoded."""
    if value.isascii() and value.isprintable() and len(value) <= LONGEST_LINE:
        return f"{_name(name)}: {value}\r\n"
    return text_line(_name(name), value)


def address_line(name: str, address: Address) -> str:
    """Return From, To or Reply-To. Raises Unreadable when the address could break out of its line."""
    email = checked(address.email)
    display = one_line(address.name)[:200] if address.name else ""
    if not display:
        return f"{name}: <{email}>\r\n"
    if not display.isascii() or "=?" in display or len(display) > LINE - 20:
        return f"{name}: {encoded_words(display)}\r\n <{email}>\r\n"
    if not ATOM.fullmatch(display) or "  " in display:
        display = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    gap = " " if len(name) + len(display) + len(email) + 5 <= LINE else "\r\n "
    return f"{name}: {display}{gap}<{email}>\r\n"


def checked(email: str) -> str:
    """Return the address as it goes on the wire, its domain in ASCII. Raises Unreadable when it is none.

    Before the @ there may be other than ASCII: such a mail needs a server with SMTPUTF8.
    """
    if not ADDRESS.fullmatch(email):
        raise Unreadable(f"{email!r} is not an address that a mail can be sent to.")
    if email.isascii():
        return email
    local, _, domain = email.rpartition("@")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise Unreadable(f"{email!r} is not an address that a mail can be sent to.") from error


def is_address(email: str) -> bool:
    """Say whether a mail can be sent there at all."""
    try:
        return bool(checked(email))
    except Unreadable:
        return False


def ref_line(name: str, *refs: str) -> str:
    """Return Message-ID, In-Reply-To or References, one reference to a line; references that are none are left out."""
    good = [ref for ref in refs if REF.fullmatch(ref)]
    return f"{name}: " + "\r\n ".join([f"<{ref}>" for ref in good]) + "\r\n" if good else ""


@lru_cache(maxsize=8)
def date_line(at: datetime) -> str:
    """Return the Date header. at: aware; whole seconds, or the cache never hits."""
    return f"Date: {format_datetime(at.astimezone(UTC))}\r\n"
