"""A raw mail → an `Incoming`. Never raises, whatever comes: strangers write these bytes."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime

from interactions.channels.mail.gateway import cleaning, mime, quoting
from interactions.channels.mail.gateway.bouncing import read_reports
from interactions.channels.mail.gateway.contract import Address, Attachment, Incoming, Kind
from interactions.gateways.errors import Unreadable

TEXT_LENGTH = 500_000  # characters of the text
SUBJECT_LENGTH = 998
REFERENCES = 100
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)  # clocks and time zones are wrong by hours, not by days
HEAD_BYTES = 64 * 1024
STAND_IN = "sha256-"  # begins the name of a mail without a Message-ID
HEAD_LINE = {name: re.compile(rb"(?im)^" + name + rb":(.{0,900})") for name in (b"from", b"subject")}
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
SIGNS_OF_A_MAIL = ("from", "to", "subject", "date", "message-id")
LIST_HEADERS = ("list-post", "x-beenthere", "x-mailing-list", "mailing-list")  # each holds a list's own address
BETWEEN_LISTED = re.compile(r"[\s<>,;:?\"]+")
READS_NO_ANSWERS = re.compile(  # what stands before the @ of a machine's address
    r"(?:^|[-_.+])(?:do[-_.]?not|dont|no|not|non|nao|never|nicht|keine|ne[-_.]?pas)[-_.]*"
    r"(?:reply|respond|answer|rispond|risposta|respuesta|resposta|antwort|repond)",
    re.IGNORECASE,
)
RECIPIENT_HEADERS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
ANSWERS_BY_ITSELF = re.compile(
    r"auto[- ]?(?:matic )?(?:reply|response|respond|notify|replied)|out of (?:the )?office", re.I
)
MACHINE_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-response-from", "x-autoresponder", "x-mail-autoreply")
AUTOMATIC_SUBJECTS = re.compile(
    r"^(?:(?:re|aw|r|antw)[:：]\s*)?(?:auto(?:matic(?:a|al)?|matische|mated)?[- ]?(?:reply|response"
    r"|antwort|risposta)|automatische (?:antwort|abwesenheit)"
    r"|out of (?:the )?office|ooo:|risposta (?:automatica|autom)|respuesta autom|resposta autom"
    r"|réponse automatique|abwesenheit|fuori (?:sede|ufficio)"
    r"|fuera de (?:la )?oficina|ausência|ausencia|absence du bureau|on vacation|自动回复|自動返信)",
    re.IGNORECASE,
)


def read(raw: bytes, *, now: datetime | None = None) -> Incoming:
    """Return the mail as plain values; of a damaged one what can be read. now: the clock when None."""
    mail = mime.parse(raw)
    try:
        return _read(mail, raw, now or datetime.now(UTC))
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError, OverflowError):
        # what the standard library raises on mails that its authors never saw; nothing of it may stop the poll
        words = raw[: mime.TEXT_BYTES].decode("utf-8", "replace").replace("\x00", "")[:TEXT_LENGTH]
        return Incoming(named_by_bytes(raw), text=words, new_text=words, is_truncated=True)


def glimpse(raw: bytes) -> tuple[str, str]:
    """Return From and Subject without taking a mail apart: of one that is not to be read. "" where it has none."""
    found = (HEAD_LINE[name].search(raw[:HEAD_BYTES]) for name in (b"from", b"subject"))
    lines = (match[1].decode("utf-8", "replace").replace("\x00", "").strip() if match else "" for match in found)
    sender, subject = map(mime.decoded, lines)
    return sender, subject


def read_posted(raw: bytes) -> Incoming:
    """Return the mail as `read` does. Raises Unreadable when it has none of the headers that every mail has."""
    mail = mime.parse(raw[:HEAD_BYTES])
    if not any(mime.raw_header(mail, name) for name in SIGNS_OF_A_MAIL):
        raise Unreadable("The body is not a mail: it has neither From, To, Subject, Date nor Message-ID.")
    return read(raw)


def _read(mail: Message, raw: bytes, now: datetime) -> Incoming:
    reported = read_reports(mail)
    kind, reports = reported or (Kind.AUTOMATIC if is_automatic(mail) else Kind.MESSAGE, ())
    text, html = _bodies(mail)
    new, quoted = (text, "") if reported else quoting.split(text)
    in_reply_to = mime.message_refs(mime.raw_header(mail, "in-reply-to"))
    return Incoming(
        message_ref=_message_ref(mail, raw),
        kind=kind,
        sender=_sender(mail),
        reply_to=_reply_to(mail),
        lists=tuple(sorted(_lists(mail))),
        recipients=_recipients(mail),
        subject=mime.header(mail, "subject")[:SUBJECT_LENGTH],
        text=text,
        new_text=new,
        quoted_text=quoted,
        html=cleaning.clean(html),
        attachments=_attachments(mail, cleaning.pictures(html)),
        sent_at=_sent_at(mime.raw_header(mail, "date"), now),
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        references=tuple(mime.message_refs(mime.raw_header(mail, "references"))[-REFERENCES:]),
        reports=reports,
        is_truncated=len(raw) > mime.RAW_BYTES,
    )


def attachment(raw: bytes, position: int) -> bytes | None:
    """Return the bytes of one attachment by its `position`, or None when the mail has no such part."""
    return next((content for number, content in parts(raw) if number == position), None)


def parts(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each part's `position` and bytes, texts too."""
    for number, part in enumerate(mime.leaves(mime.parse(raw))):
        yield number, mime.content(part)


def is_automatic(mail: Message) -> bool:
    """Say whether a machine wrote this mail: RFC 3834, and what was in use before it and beside it."""
    submitted = mime.raw_header(mail, "auto-submitted").lower().split(";")[0].strip()
    if submitted and submitted != "no":
        return True
    if any(mime.raw_header(mail, name) for name in MACHINE_HEADERS):
        return True
    if mime.raw_header(mail, "precedence").lower() in ("auto_reply", "auto-reply", "bulk", "junk", "list"):
        return True
    if mime.raw_header(mail, "return-path") == "<>" or mime.raw_header(mail, "x-apple-action").upper() == "VACATION":
        return True
    suppressed = mime.raw_header(mail, "x-auto-response-suppress").lower()
    return bool(AUTOMATIC_SUBJECTS.match(mime.header(mail, "subject"))) or (
        "all" in suppressed and bool(ANSWERS_BY_ITSELF.search(mime.header(mail, "subject")))
    )


def _message_ref(mail: Message, raw: bytes) -> str:
    found = mime.message_refs(mime.raw_header(mail, "message-id"))
    return found[0] if found else _stand_in(mail, raw)


def _stand_in(mail: Message, raw: bytes) -> str:
    """Return a name made of what no server changes: who, when, what it is called, and all below the headers."""
    if not mime.raw_header(mail, "date"):
        return named_by_bytes(raw)
    head = [mime.raw_header(mail, name) for name in ("from", "date", "subject")]
    below = BLANK_LINE.split(raw, maxsplit=1)[-1].replace(b"\r\n", b"\n").rstrip()
    return f"{STAND_IN}{hashlib.sha256(repr(head).encode() + below).hexdigest()}"


def named_by_bytes(raw: bytes) -> str:
    """Return the name of a mail that has neither Message-ID nor date: all of its bytes count."""
    return f"{STAND_IN}{hashlib.sha256(raw).hexdigest()}"


def is_stand_in(message_ref: str) -> bool:
    """Say whether the mail has no Message-ID."""
    return message_ref.startswith(STAND_IN)


def _first(mail: Message, name: str) -> Address:
    found = mime.addresses(mime.raw_header(mail, name))
    return found[0] if found else Address("")


def _sender(mail: Message) -> Address:
    written = _first(mail, "from")
    if written.email.lower() in _lists(mail):  # it put itself there too, so that the mail passes the checks of servers
        written = _first(mail, "x-original-from") or _first(mail, "x-original-sender") or written
    return written or _first(mail, "sender") or _first(mail, "return-path")


def _reply_to(mail: Message) -> tuple[Address, ...]:
    """Return where they want answers. A list that put itself there would tell everybody what we answer one."""
    lists = _lists(mail)
    found: dict[str, Address] = {}
    for value in mime.raw_headers(mail, "reply-to"):
        for address in mime.addresses(value):
            key = address.email.lower()
            if key and key not in lists and not reads_no_answers(key):
                found.setdefault(key, address)
    return tuple(found.values())[: mime.ADDRESSES]


def reads_no_answers(email: str) -> bool:
    """Say whether an address is called "no-reply" or its like, in one of the languages we know."""
    return bool(READS_NO_ANSWERS.search(email.rpartition("@")[0]))


def _lists(mail: Message) -> set[str]:
    """Return the addresses of the mailing lists that passed this mail on, in lower case."""
    said = " ".join(value for name in LIST_HEADERS for value in mime.raw_headers(mail, name)).lower()
    return {word for word in BETWEEN_LISTED.split(said) if "@" in word}


def _recipients(mail: Message) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for name in RECIPIENT_HEADERS:
        for value in mime.raw_headers(mail, name):
            for address in mime.addresses(value):
                found.setdefault(address.email.lower(), address)
    return tuple(found.values())[: mime.ADDRESSES]


def _sent_at(value: str, now: datetime) -> datetime | None:
    try:
        sent_at = parsedate_to_datetime(value)
        sent_at = (sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return sent_at if OLDEST <= sent_at <= now + FUTURE else None


def _is_body(part: Message) -> bool:
    """Say whether a part is shown as the mail itself: text that is not handed over as a file."""
    if part.get_content_maintype() == "multipart":
        return True  # its parts are not where it says: shown as it stands
    if part.get_content_type() not in ("text/plain", "text/html"):
        return False
    return mime.disposition(part) != "attachment" and not mime.file_name(part)


def _bodies(mail: Message) -> tuple[str, str]:
    """Return the text, made from the HTML when there is no other, and the HTML as it came."""
    bodies = [part for part in mime.leaves(mail) if _is_body(part)]
    plain = "\n\n".join(_plain(part) for part in bodies if part.get_content_type() != "text/html").strip()
    html = "\n".join(mime.text(part) for part in bodies if part.get_content_type() == "text/html")
    return (plain or cleaning.as_text(html))[:TEXT_LENGTH], html


def _plain(part: Message) -> str:
    text = mime.text(part)
    return mime.unflowed(text, part) if "flowed" in str(part.get_param("format") or "").lower() else text


def _attachments(mail: Message, shown: set[str]) -> tuple[Attachment, ...]:
    found = []
    for position, part in enumerate(mime.leaves(mail)):
        if _is_body(part) or (part.get_content_type().endswith("delivery-status")):
            continue
        content_id = mime.raw_header(part, "content-id").strip("<> ")
        size, name = len(mime.content(part)), mime.file_name(part)
        if size or name:
            is_inline = content_id in shown
            found.append(Attachment(position, name, part.get_content_type(), size, content_id[:200], is_inline))
    return tuple(found)
