"""Raw mails, as they really are, taken apart without ever raising.

The old policy of the standard library is used on purpose: the modern one raises on some real headers, such as a group
in To. Bytes that should not stand in a header are read as UTF-8, else as Windows-1252.
"""

import binascii
import codecs
import email
import email.errors
import email.header
import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from itertools import islice

from interactions.channels.mail.gateway import address_lists
from interactions.channels.mail.gateway.contract import Address

RAW_BYTES = 40 * 2**20  # of one mail; what is beyond is not read (the raw mail is kept whole)
HEADER_LENGTH = 10_000  # characters of one header
LIST_LENGTH = 100_000  # characters of one that lists addresses or references: ours may be the last of hundreds
ADDRESSES = 2_000  # of one header
LISTS = frozenset({"to", "cc", "references"})
PARTS = 1_000
DEPTH = 50  # of parts within parts
TEXT_BYTES = 2 * 2**20  # of one text part
BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # of a letter; the ones between stand for bytes of a header
NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape")  # known to Python, to no mail
BREAKS = re.compile(r"[\r\n]+")
# what senders say, and what they mean: the larger set of which the named one is a part
LARGER = {"us-ascii": "utf-8", "ascii": "utf-8", "iso-8859-1": "cp1252", "latin-1": "cp1252", "gb2312": "gb18030"}
LARGER |= {"gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932", "x-sjis": "cp932"}
LARGER |= {"iso-8859-8-i": "iso-8859-8", "unicode-1-1-utf-7": "utf-7", "utf8": "utf-8", "iso-2022-jp": "iso2022_jp_ext"}


def parse(raw: bytes) -> Message:
    """Return the mail as a tree. Never raises: parts nested absurdly deep are read as one text."""
    raw = raw[:RAW_BYTES]
    if len(BOUNDARY.findall(raw)) > DEPTH * 4:  # thousands of nested parts would exhaust the parser's stack
        raw = BOUNDARY.sub(b"bound=", raw)
    try:
        return email.message_from_bytes(raw, policy=policy.compat32)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, email.errors.MessageError):
        plain = Message()
        plain.set_payload(raw[:TEXT_BYTES].decode("utf-8", "replace"))
        return plain


def leaves(mail: Message) -> Iterator[Message]:
    """Yield each part that holds something, in order. An enclosed mail or report is one part and is not opened."""
    stack = [mail]
    for _ in range(PARTS):
        if not stack:
            return
        part = stack.pop()
        if part.is_multipart() and part.get_content_maintype() != "message":
            stack.extend(reversed(_children(part)))
        else:
            yield part


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def enclosed(part: Message) -> Message | None:
    """Return the mail that a message/rfc822 part encloses."""
    return next(iter(_children(part)), None)


def raw_header(mail: Message, name: str) -> str:
    """Return the first header of that name on one line, not decoded, bytes repaired; "" when there is none."""
    for key, value in mail.raw_items():
        if key.lower() == name:
            return _repaired(str(value)[: _longest(name)])
    return ""


def raw_headers(mail: Message, name: str) -> list[str]:
    """Return all headers of that name, as `raw_header` does; at most a hundred."""
    found = [str(value)[: _longest(name)] for key, value in mail.raw_items() if key.lower() == name]
    return [_repaired(value) for value in found[:100]]


def _longest(name: str) -> int:
    return LIST_LENGTH if name in LISTS else HEADER_LENGTH


def header(mail: Message, name: str) -> str:
    """Return the first header of that name as a person reads it."""
    return decoded(raw_header(mail, name))


def _repaired(value: str) -> str:
    if not value.isascii():
        value = text_of(HALVES.sub("\ufffd", value).encode("utf-8", "surrogateescape"), "utf-8")
    return _on_one_line(value)


def _on_one_line(value: str) -> str:
    return " ".join(line.strip(" \t") for line in BREAKS.split(value)).replace("\x00", "").strip()


def decoded(value: str) -> str:
    """Return a header with its RFC 2047 words decoded; words that cannot be stay as they are."""
    if "=?" not in value:
        return value
    try:
        pieces = email.header.decode_header(value)
    except (email.errors.HeaderParseError, binascii.Error, ValueError):
        return value
    words = [piece if isinstance(piece, str) else text_of(piece, charset or "utf-8") for piece, charset in pieces]
    return _on_one_line("".join(words))


def text_of(raw: bytes, charset: str) -> str:
    """Return bytes as text by the charset that was named; when it is unknown or wrong by the one that fits best.

    There is no half of a letter in it, which some charsets can say and no database can store.
    """
    charset = charset.strip().lower().strip("\"'")
    for name in (LARGER.get(charset, charset), "utf-8"):
        try:
            codec = codecs.lookup(name)
            if codec._is_text_encoding and codec.name.replace("-", "_") not in NO_CHARSETS:
                return codecs.decode(raw, name).encode("utf-8", "replace").decode("utf-8")
        except (LookupError, ValueError, AssertionError):
            continue
    return raw.decode("cp1252", "replace")


def addresses(value: str) -> list[Address]:
    """Return the mailboxes of an address header, members of groups too, each with its name decoded.

    Where it names nobody as it stands, all of it may be encoded, which it should not be.
    """
    found = list(islice(address_lists.named(value), ADDRESSES))
    if not found and "=?" in value:
        found = list(islice(address_lists.named(decoded(value[:HEADER_LENGTH])), ADDRESSES))
    return [Address(email_, decoded(name).strip(" '\"")) for name, one in found if (email_ := spelled(one))]


def spelled(address: str) -> str:
    """Return an address in the one spelling used here: no spaces, the domain in lower case."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}" if local else ""


def content(part: Message) -> bytes:
    """Return the decoded bytes of a part; of an enclosed mail its source."""
    if part.is_multipart():
        try:
            return b"".join(child.as_bytes() for child in _children(part))
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError, email.errors.MessageError):
            return b""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def text(part: Message) -> str:
    """Return a text part with \\n line ends."""
    try:
        charset = str(part.get_content_charset() or "utf-8")
    except (ValueError, LookupError, AttributeError):
        charset = "utf-8"
    words = text_of(content(part)[:TEXT_BYTES], charset)
    return words.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").removeprefix("\ufeff")


def message_refs(value: str) -> list[str]:
    """Return the Message-IDs in a header, without brackets; those written without any are taken as they stand."""
    bracketed = re.findall(r"<\s*([^<>\s]+(?:\s+[^<>\s]+)?)\s*>", value)
    found = [re.sub(r"\s+", "", ref) for ref in bracketed] or [ref for ref in value.split() if "@" in ref]
    return [ref[:250] for ref in found]


def disposition(part: Message) -> str:
    """Return "attachment", "inline" or ""."""
    return raw_header(part, "content-disposition").split(";")[0].strip().lower()


def file_name(part: Message) -> str:
    """Return the name that the sender gave a part, without any path; "" when he gave none."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        name = ""
    name = decoded(_repaired(str(name))).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in name if letter.isprintable()).strip()[:200]


def unflowed(text: str, part: Message) -> str:
    """Return RFC 3676 text with the lines joined that were wrapped on the way."""
    is_glued = "yes" in str(part.get_param("delsp") or "").lower()
    lines: list[str] = []
    is_open = False
    for line in text.split("\n"):
        quotes = len(line) - len(line.lstrip(">"))
        words = line[quotes:].removeprefix(" ")
        goes_on = words.endswith(" ") and words != "-- "
        if is_open and lines and not quotes and words != "-- ":
            lines[-1] += words
        else:
            lines.append(f"{'>' * quotes} {words}" if quotes else words)
        is_open = goes_on and not quotes
        if is_glued and is_open:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
