"""Answers a caught mail as its receiver would: a real reply over real SMTP, which then arrives like any other."""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid, parseaddr

from django.conf import settings
from django.utils.timezone import localtime, now

STRANGER = "somebody.else@elsewhere.example"


def answer(letter: EmailMessage, words: str, *, quoted: bool = True, from_stranger: bool = False) -> str:
    """Send `words` as the reply of this mail's receiver and return the address that it goes to.

    quoted: our words stand below theirs, as mail programs do. from_stranger: another address than the one we wrote to.
    Raises OSError or smtplib.SMTPException when the mail server does not take it.
    """
    name, address = parseaddr(str(letter.get("To", "") or letter.get("Delivered-To", "")))
    _, to = parseaddr(str(letter.get("Reply-To", "") or letter.get("From", "")))
    reply = EmailMessage()
    reply["From"] = STRANGER if from_stranger else formataddr((name, address))
    reply["To"] = to
    reply["Subject"] = _replied(str(letter.get("Subject", "")))
    reply["Date"] = format_datetime(now())
    reply["Message-ID"] = make_msgid(domain=(address.rpartition("@")[2] or "elsewhere.example"))
    if message_id := str(letter.get("Message-ID", "")).strip():
        reply["In-Reply-To"] = message_id
        reply["References"] = f"{letter.get('References', '')} {message_id}".strip()
    reply.set_content(f"{words}\n\n{_quote(letter)}" if quoted else words)
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=10) as server:
        server.send_message(reply)
    return to


def text_of(letter: EmailMessage) -> str:
    """Return the mail's plain text, "" if it has none."""
    return _content(letter, "plain")


def html_of(letter: EmailMessage) -> str:
    """Return the mail's HTML, "" if it has none."""
    return _content(letter, "html")


def _content(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body(preferencelist=(kind,))
    if part is None or part.get_content_subtype() != kind:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _replied(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _quote(letter: EmailMessage) -> str:
    said = "\n".join(f"> {line}".rstrip() for line in text_of(letter).strip().splitlines())
    return f"On {localtime(now()):%d %b %Y at %H:%M}, {letter.get('From', '')} wrote:\n\n{said}\n"
