"""The two boxes of the development mailbox, as Maildirs in var/mail; no Django, the sink needs none.

`ours` holds what came to our own addresses and is served by IMAP: the poll reads it. `theirs` holds what we sent out;
the pages show it.
"""

import email.message
import email.policy
import mailbox
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

OURS, THEIRS = "ours", "theirs"
KEY = re.compile(r"^\w[\w.=,\-]+$")
HEADER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Letter:
    """One mail as the lists show it: its headers only."""

    key: str
    sender: str
    recipient: str
    subject: str
    at: datetime  # when it arrived
    language: str
    has_unsubscribe: bool
    is_new: bool
    header: email.message.EmailMessage


def open_box(folder: Path, name: str) -> mailbox.Maildir:
    """Return one of the two boxes; made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(str(folder / name), create=True)


def keys(folder: Path, name: str) -> list[str]:
    """Return the keys of all mails of a box, newest first. A key begins with the second of its arrival."""
    found = {}
    for part in ("new", "cur"):
        place = folder / name / part
        if place.is_dir():
            found.update({entry.name.partition(":")[0]: part for entry in os.scandir(place)})
    return sorted(found, key=_arrival, reverse=True)


def letters(folder: Path, name: str, chosen: list[str]) -> Iterator[Letter]:
    """Read the headers of these mails, in this order; one that vanished is left out."""
    for key in chosen:
        path = find(folder, name, key)
        if path is None:
            continue
        with path.open("rb") as file:
            header = BytesHeaderParser(policy=email.policy.default).parsebytes(_header_bytes(file.read(HEADER_BYTES)))
        yield _letter(key, header, is_new=path.parent.name == "new")


def read(folder: Path, name: str, key: str) -> email.message.EmailMessage | None:
    """Return the whole mail, or None if there is none of this key."""
    path = find(folder, name, key)
    if path is None:
        return None
    return BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())


def find(folder: Path, name: str, key: str) -> Path | None:
    """Return the file of a mail, or None; a key that is no key leads nowhere."""
    if not KEY.match(key):
        return None
    for part in ("new", "cur"):
        direct = folder / name / part / key
        if direct.exists():
            return direct
    return next((folder / name / "cur").glob(f"{key}:*"), None)


def mark_read(folder: Path, name: str, key: str) -> None:
    """Move a mail from new to cur, with the mark that mail programs know."""
    path = folder / name / "new" / key
    if KEY.match(key) and path.exists():
        path.rename(folder / name / "cur" / f"{key}:2,S")


def mark_answered(folder: Path, name: str, key: str) -> None:
    path = find(folder, name, key)
    if path is not None:
        path.rename(folder / name / "cur" / f"{key}:2,RS")


def _letter(key: str, header: email.message.EmailMessage, *, is_new: bool) -> Letter:
    return Letter(
        key=key,
        sender=str(header.get("From", "")),
        recipient=str(header.get("To", "") or header.get("Delivered-To", "")),
        subject=str(header.get("Subject", "")),
        at=datetime.fromtimestamp(_arrival(key)[0], UTC),
        language=str(header.get("Content-Language", "")),
        has_unsubscribe="List-Unsubscribe" in header,
        is_new=is_new,
        header=header,
    )


def _arrival(key: str) -> tuple[int, str]:
    seconds = key.partition(".")[0]
    return (int(seconds) if re.fullmatch(r"[0-9]{1,12}", seconds) else 0, key)


def _header_bytes(start: bytes) -> bytes:
    return re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0] + b"\r\n\r\n"
