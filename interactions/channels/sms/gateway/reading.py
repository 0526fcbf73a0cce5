"""The form of a hook → plain values: a text message that came, or what became of one of ours.

What names the message is demanded. Nothing else keeps it from being read: what is missing is empty, what cannot be
decoded is guessed, what is too long is cut.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qsl

from interactions.channels.sms.gateway import numbers
from interactions.channels.sms.gateway.parts import is_seen
from interactions.gateways.errors import Unreadable

BODY_BYTES = 128 * 1024
MOST_FIELDS = 300
LONGEST_TEXT = 10_000  # characters; the longest text message has 1,600
LONGEST = 200  # characters of a number or an id; more says nothing
MOST_MEDIA, MOST_PARTS = 10, 99
COST = re.compile(r"[-+]?(?=\.?[0-9])[0-9]{0,4}(?:\.[0-9]{0,12})?(?:[eE]-[0-9]{1,2})?", re.ASCII)
HIGHEST_CODE = 999_999
LONGEST_URL = 2_000  # characters
REF = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or such that came with a message. url: where it lies, at the provider's; kind: "image/jpeg"."""

    url: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class IncomingText:
    """One text message that came to a number of ours."""

    ref: str  # the provider's id
    sender: str  # E.164; digits without a country; a short code; a name of letters; "" withheld
    to: str  # which of our numbers
    text: str  # "" when it is only pictures
    media: tuple[Media, ...] = ()
    opt_out: str = ""  # "stop", "start", "help": the provider has obeyed such a word, and answered it, already


@dataclass(frozen=True, slots=True)
class Named:
    """Which row of ours a report is about: its number, and when it was written; 0, None: it does not say."""

    number: int = 0
    written_at: datetime | None = None


NOBODYS = Named()


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the provider says of a message of ours; statuses.py tells what it means."""

    ref: str  # the provider's id
    about: Named = NOBODYS
    status: str = ""  # as the provider writes it, in lower case
    code: int = 0  # its error number; 0: none
    reason: str = ""  # its words, at most 500 characters
    parts: int = 0  # 0: not said
    cost: Decimal | None = None  # of all parts
    currency: str = ""


def pairs(body: bytes) -> list[tuple[str, str]]:
    """Return all fields of a form, in order, empty ones and repeated ones too.

    What is not UTF-8 keeps its bytes as surrogate escapes: the signature is over them. Raises Unreadable when it is
    too long.
    """
    if len(body) > BODY_BYTES:
        raise Unreadable(f"The body is longer than {BODY_BYTES} bytes.")
    try:
        found = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Unreadable(f"The form has more than {MOST_FIELDS} fields.") from error
    return [(_utf8(name), _utf8(value)) for name, value in found]


def is_report(fields: Fields, *, otherwise: bool) -> bool:
    """Tell whether a form is about a message of ours, not one that came; otherwise: when it does not say."""
    status = _status(fields)
    return status not in ("receiving", "received") if status else otherwise


def incoming(fields: Fields) -> IncomingText:
    """Return the message that a hook brought. fields: of `dict(pairs(body))`. Raises Unreadable without an id."""
    text = _text(fields.get("Body", ""))
    media = [_media(fields, place) for place in range(MOST_MEDIA)]  # NumMedia is not always there
    return IncomingText(
        ref=_ref(fields),
        sender=_number(fields.get("From", "")),
        to=_number(fields.get("To", "")),
        text=text[:LONGEST_TEXT].strip() if is_seen(text) else "",
        media=tuple(one for one in media if one.url.startswith(("https://", "http://"))),
        opt_out=_opt_out(fields.get("OptOutType", "")),
    )


def report(fields: Fields, about: Named = NOBODYS) -> DeliveryReport:
    """Return what a report says. about: what the address names. Raises Unreadable without an id."""
    return DeliveryReport(
        ref=_ref(fields),
        about=about,
        status=_status(fields),
        code=code if (code := _int(fields.get("ErrorCode", ""))) <= HIGHEST_CODE else 0,
        reason=_line(fields.get("ErrorMessage") or fields.get("ChannelStatusMessage", ""), 500),
        parts=min(_int(fields.get("NumSegments", "")), MOST_PARTS),
        cost=_cost(fields.get("Price", "")),
        currency=_line(fields.get("PriceUnit", "")).upper()[:3],
    )


def _status(fields: Fields) -> str:
    return _line(fields.get("MessageStatus") or fields.get("SmsStatus", "")).lower()[:30]


def _cost(value: str) -> Decimal | None:
    """Return what was paid, without the minus that it stands with in the provider's books; None where nobody said."""
    written = value.strip().replace(",", ".")
    return abs(Decimal(written)) if COST.fullmatch(written) else None


def _media(fields: Fields, place: int) -> Media:
    kind = _line(fields.get(f"MediaContentType{place}", ""), 80).lower()
    return Media(_line(fields.get(f"MediaUrl{place}", ""), LONGEST_URL), kind or "file")


def _ref(fields: Fields) -> str:
    for name in ("MessageSid", "SmsMessageSid", "SmsSid"):
        if REF.fullmatch(ref := fields.get(name, "").strip()):
            return ref
    raise Unreadable('"MessageSid" is missing: the provider\'s id of the message.')


def _number(value: str) -> str:
    return numbers.plain(" " * value.startswith(" ") + _line(value))


def _opt_out(value: str) -> str:
    word = _line(value).lower()
    return word if word in ("stop", "start", "help") else ""


def _int(value: str) -> int:
    written = value.strip()
    return int(written) if re.fullmatch(r"[0-9]{1,19}", written, re.ASCII) else 0


def _line(value: str, longest: int = LONGEST) -> str:
    return " ".join(_text(value).split())[:longest]


def _text(value: str) -> str:
    """Return words that can be stored and read: no NUL, no other control signs, no half characters."""
    text = _decoded(value).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t" or ord(sign) > 0x9F)


def _decoded(value: str) -> str:
    """Undo surrogate escapes: halves of UTF-16 that were encoded one by one, else Windows' Latin."""
    try:
        raw = value.encode("utf-8", "surrogateescape")
    except UnicodeError:  # halves that are no escapes
        raw = value.encode("utf-8", "surrogatepass")
    for read_as in (_plain, _halves):
        try:
            return read_as(raw)
        except UnicodeError:
            continue
    return raw.decode("cp1252", "replace")


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8")


def _halves(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _utf8(latin: str) -> str:
    return latin.encode("latin-1").decode("utf-8", "surrogateescape")
