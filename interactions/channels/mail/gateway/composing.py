"""Mails of ours as bytes: everything that is the same for all is encoded once, values are spliced in between.

`EmailMessage` builds 500 mails a second on one core. A `Skeleton` is built once for each wording and language; each
recipient then costs a join of ready pieces. A soft line break of quoted-printable ends every piece, so each value
begins a line of its own and no line gets too long, whatever its length.
"""

import re
import secrets
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

from interactions.channels.mail.gateway import headers
from interactions.channels.mail.gateway.contract import Address, Outgoing
from interactions.gateways.slots import Slot

SOFT_BREAK = "=\r\n"
LINE = 76  # characters, RFC 2045
SHORT = 70  # characters of a value that fit on one line of 76 as they are
MARKUP = re.compile("[&<>\"']")
BETWEEN = "\x1f"  # not printable, so it stands in none of them
NEWLINES = re.compile(r"\r\n?")
NOTHING: Mapping[str, str] = {}


Pieces = Sequence[str | Slot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What one recipient's mail has of its own. values: one text for each slot's name."""

    to: Address
    message_ref: str
    values: Mapping[str, str] = field(default_factory=dict)
    reply_to: Address = Address("")
    headers: Mapping[str, str] = field(default_factory=dict)  # List-Unsubscribe: "<https://…>"
    in_reply_to: str = ""
    references: Sequence[str] = ()


class Skeleton:
    """One wording in one language, encoded. Safe to share between threads."""

    def __init__(
        self,
        *,
        sender: Address,
        subject: Pieces,
        text: Pieces,
        html: Pieces = (),
        fixed_headers: Mapping[str, str] = NOTHING,
    ) -> None:
        """Pieces are texts and slots in order. fixed_headers: the same for all, such as List-Unsubscribe-Post.

        Raises Unreadable when the sender or a header cannot be written.
        """
        self._subject = subject if _has_slots(subject) else headers.text_line("Subject", "".join(map(str, subject)))
        self._fixed = headers.address_line("From", sender) + _lines(fixed_headers)
        self._body = _Body(text, html)

    def fill(self, letter: Copy, *, at: datetime | None = None) -> bytes:
        """Return one mail with CRLF line ends, not dot-stuffed. at: its date, whole seconds; now when None.

        7-bit, unless the address itself has other letters before its @. Raises KeyError when a slot has no value,
        Unreadable when an address or header cannot be written.
        """
        pieces = [
            self._fixed,
            headers.address_line("To", letter.to),
            self._subject if isinstance(self._subject, str) else _merged_subject(self._subject, letter.values),
            headers.ref_line("Message-ID", letter.message_ref),
            headers.date_line(at or datetime.now(UTC).replace(microsecond=0)),
            _lines(letter.headers),
        ]
        if letter.reply_to:
            pieces.append(headers.address_line("Reply-To", letter.reply_to))
        if letter.in_reply_to:
            pieces.append(headers.ref_line("In-Reply-To", letter.in_reply_to))
        if letter.references:
            pieces.append(headers.ref_line("References", *letter.references))
        pieces.extend(self._body.filled(letter.values))
        return "".join(pieces).encode()


def compose(outgoing: Outgoing, *, at: datetime | None = None) -> bytes:
    """Return one personal mail: a skeleton without slots."""
    skeleton = Skeleton(
        sender=outgoing.sender,
        subject=[outgoing.subject],
        text=[outgoing.text],
        html=[outgoing.html] if outgoing.html else (),
    )
    letter = Copy(
        to=outgoing.to,
        message_ref=outgoing.message_ref,
        reply_to=outgoing.reply_to,
        headers=outgoing.headers,
        in_reply_to=outgoing.in_reply_to,
        references=outgoing.references,
    )
    return skeleton.fill(letter, at=at)


def unsubscribe_headers(url: str) -> dict[str, str]:
    """Return the two headers of RFC 8058. url: https, signed, answers a POST without any further question."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _lines(given: Mapping[str, str]) -> str:
    return "".join([headers.plain_line(name, value) for name, value in given.items()])


def _has_slots(pieces: Pieces) -> bool:
    return any(isinstance(piece, Slot) for piece in pieces)


def _merged_subject(pieces: Pieces, values: Mapping[str, str]) -> str:
    return headers.text_line("Subject", _merged(pieces, values))


def _merged(pieces: Pieces, values: Mapping[str, str]) -> str:
    return "".join([values[piece.name] if isinstance(piece, Slot) else piece for piece in pieces])


class _Body:
    """Both parts with their MIME frame as one list: ready text, value, ready text, value … ready text."""

    def __init__(self, text: Pieces, html: Pieces) -> None:
        self._ready: list[str] = [""]
        self._slots: list[tuple[str, bool]] = []  # name, to be escaped
        self._has_markup = any(isinstance(piece, Slot) and piece.is_markup for piece in html)
        boundary = "=_" + secrets.token_hex(12)  # "=_" cannot stand in quoted-printable
        self._ready[-1] = "MIME-Version: 1.0\r\n"
        if not html:
            self._add(text, "plain")
            self._in_text = len(self._slots)
            self._ready[-1] += "\r\n"
            return
        self._ready[-1] += f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
        self._add(text, "plain")
        self._in_text = len(self._slots)
        self._ready[-1] += f"\r\n--{boundary}\r\n"
        self._add(html, "html")
        self._ready[-1] += f"\r\n--{boundary}--\r\n"

    def _add(self, pieces: Pieces, subtype: str) -> None:
        self._ready[-1] += (
            f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        )
        for piece in pieces:
            if isinstance(piece, Slot):
                self._slots.append((piece.name, subtype == "html" and not piece.is_markup))
                self._ready.append(SOFT_BREAK)
            elif piece:
                self._ready[-1] += _encoded(piece) + SOFT_BREAK

    def filled(self, values: Mapping[str, str]) -> list[str]:
        """Return all pieces in order. Raises KeyError when a value is missing."""
        own = None if self._has_markup else _plain([values[name] for name, _ in self._slots], self._in_text)
        if own is None:
            own = [_encoded(escape(values[name]) if is_escaped else values[name]) for name, is_escaped in self._slots]
        pieces = [""] * (len(self._ready) + len(own))
        pieces[0::2] = self._ready
        pieces[1::2] = own
        return pieces


def _plain(values: list[str], in_text: int) -> list[str] | None:
    """Return the values if quoted-printable leaves them as they are, all but the first `in_text` escaped.

    None: it does not. Plain values are the usual case, so one look at all of them together decides.
    """
    together = "".join(values)
    if not together:
        return values
    if not together.isascii() or not together.isprintable() or "=" in together:
        return None
    if in_text < len(values) and MARKUP.search(together):
        values[in_text:] = escape(BETWEEN.join(values[in_text:])).split(BETWEEN)
    return values if max(map(len, values)) <= SHORT else None


def _encoded(value: str) -> str:
    """Return quoted-printable whose last line has room for the "=" of a soft break."""
    text = NEWLINES.sub("\n", value) if "\r" in value else value
    lines = b2a_qp(text.encode("utf-8", "replace"), istext=True).decode("ascii")
    last = lines[lines.rfind("\n") + 1 :]
    if len(last) > LINE - 1:
        at = len(lines) - (3 if last[-3] == "=" else 1)
        lines = lines[:at] + "=\n" + lines[at:]
    return lines.replace("\n", "\r\n")
