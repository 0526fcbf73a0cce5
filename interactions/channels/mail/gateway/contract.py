"""What the mail gateway takes and gives: plain values, no Django, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from interactions.gateways.contract import Outcome


class Kind(StrEnum):
    """What arrived. Only a MESSAGE may open, reopen or be answered by anything."""

    MESSAGE = "message"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Address:
    """email: lower-cased domain, "" when there is none (the null return path); name: as written, decoded."""

    email: str
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.email)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One part of a mail that is not its text. `position` finds it again in the raw mail: `reading.attachment`."""

    position: int  # counted over all leaf parts, from 0
    name: str  # "" when the sender gave none
    content_type: str
    size: int  # bytes, decoded
    content_id: str = ""  # without brackets
    is_inline: bool = False  # shown inside the HTML


@dataclass(frozen=True, slots=True)
class Report:
    """What a bounce or complaint says of one recipient of a mail of ours."""

    recipient: str  # "" when the report hides it
    outcome: Outcome
    status: str = ""  # RFC 3463 "5.1.1"; "" when neither given nor known
    permanent: bool | None = None  # True: 5.x; False: 4.x and 2.x; None: not said
    action: str = ""  # RFC 3464: failed, delayed, delivered, relayed, expanded; "" when not said
    reason: str = ""  # a short word of ours: userunknown, mailboxfull, blocked …
    detail: str = ""  # the server's own words, at most 500 characters
    original_message_ref: str = ""  # Message-ID of the mail that it is about, normalised


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail that arrived, as plain values. Made by `reading.read`, which never raises."""

    message_ref: str  # Message-ID without brackets; "sha256-…" of the raw bytes when absent
    kind: Kind = Kind.MESSAGE
    sender: Address = Address("")
    reply_to: tuple[Address, ...] = ()  # where they want answers; no mailing list, and nobody who reads none
    lists: tuple[str, ...] = ()  # addresses of the mailing lists that passed it on, in lower case
    recipients: tuple[Address, ...] = ()  # To, Cc, Delivered-To, X-Original-To; each address once
    subject: str = ""
    text: str = ""  # all of it, quotes included
    new_text: str = ""  # only what they wrote now
    quoted_text: str = ""  # the rest: quotes, and the line that leads them in
    html: str = ""  # cleaned; "" when the mail has none
    attachments: tuple[Attachment, ...] = ()
    sent_at: datetime | None = None  # aware, UTC; None when absent or absurd
    in_reply_to: str = ""
    references: tuple[str, ...] = ()  # oldest first
    reports: tuple[Report, ...] = ()  # of bounces and complaints
    language: str | None = None
    is_truncated: bool = False  # larger than we read, or damaged; the raw bytes have all of it
    channel: str = "email"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail to one person. `number` is our outbox row; the Message-ID is made from it (`addresses.message_ref`)."""

    number: int
    sender: Address
    to: Address
    subject: str
    text: str
    message_ref: str
    html: str = ""
    reply_to: Address = Address("")
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # List-Unsubscribe and such


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP needs: where to, whom to tell when it fails, and the bytes (CRLF, not dot-stuffed).

    message_ref: its Message-ID, for the result.
    """

    number: int
    return_path: str  # "" is the null return path
    to: str
    data: bytes
    message_ref: str = ""


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Where the poll reads. security: "ssl", "starttls" or "none"."""

    host: str
    username: str
    password: str
    port: int = 993
    security: str = "ssl"
    folder: str = "INBOX"
    timeout_seconds: float = 30


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails of one mailbox after a cursor, oldest first. Store (uidvalidity, last_uid) with what was made of them."""

    uidvalidity: int
    mails: tuple[tuple[int, bytes], ...]  # (uid, raw bytes)
    last_uid: int  # the cursor after this batch
    is_anew: bool = False  # the numbers mean other mails now: this batch begins from the first one again
    has_more: bool = False
    too_large: tuple[int, ...] = ()  # uids passed over because of their size
