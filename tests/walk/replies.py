"""Answers as real mail programs write them: their words above, ours quoted below."""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from html import escape

from django.utils.timezone import now


def gmail(mail: EmailMessage, words: str) -> EmailMessage:
    """Gmail: text and HTML, `On … wrote:` and quoted lines; goes to Reply-To."""
    reply = _begun(mail, to=parseaddr(str(mail["Reply-To"]))[1])
    name, address = parseaddr(str(mail["From"]))
    intro = f"On {now():%a, %b %-d, %Y at %-I:%M %p} {name} <{address}> wrote:"
    quoted = "\n".join(f"> {line}".rstrip() for line in _text(mail).splitlines())
    reply.set_content(f"{words}\n\n{intro}\n\n{quoted}\n")
    reply.add_alternative(
        f'<div dir="ltr">{escape(words)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
        f'class="gmail_attr">{escape(intro)}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 0.8ex;'
        f'border-left:1px solid rgb(204,204,204);padding-left:1ex">{escape(_text(mail))}</blockquote></div>',
        subtype="html",
    )
    return reply


def outlook(mail: EmailMessage, words: str) -> EmailMessage:
    """Outlook: a block of headers instead of quote marks, and the visible sender's address, not Reply-To."""
    reply = _begun(mail, to=parseaddr(str(mail["From"]))[1])
    sent = f"{now():%A, %B %-d, %Y %-I:%M %p}"
    head = {"From": mail["From"], "Sent": sent, "To": mail["To"], "Subject": mail["Subject"]}
    block = "\n".join(f"{name}: {value}" for name, value in head.items())
    reply.set_content(f"{words}\n\n________________________________\n{block}\n\n{_text(mail)}\n")
    rows = "<br>".join(f"<b>{name}:</b> {escape(str(value))}" for name, value in head.items())
    reply.add_alternative(
        f'<html><body><div class="elementToProof">{escape(words)}</div><hr style="display:inline-block;width:98%">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{rows}</font></div>'
        f"<div>{escape(_text(mail))}</div></body></html>",
        subtype="html",
    )
    reply["X-Mailer"] = "Microsoft Outlook 16.0"
    return reply


def send(reply: EmailMessage, server: tuple[str, int]) -> None:
    with smtplib.SMTP(*server, timeout=30) as connection:
        connection.send_message(reply)


def _begun(mail: EmailMessage, *, to: str) -> EmailMessage:
    reply = EmailMessage()
    reply["From"], reply["To"] = str(mail["To"]), to
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Date"] = format_datetime(now())
    reply["Message-ID"] = make_msgid(domain="mail.cliente.example")
    reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"]).strip()
    return reply


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part else ""
