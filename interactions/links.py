"""Signed links and addresses that we put into messages: unsubscribe, preferences, answer here.

A link opens the preferences of one customer and nothing else, and expires. The pages behind it are the portal's.
Its token says itself whose it is; a short one, for where each character is paid, names the message that it stands in.
An answer address names its message, too.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from crm.problems import Problem
from interactions.channels.mail.gateway import addresses
from interactions.models import Message

PREFERENCES = "preferences"
LASTS = timedelta(days=400)  # a reader may unsubscribe from an old mail
# Letters and digits alone: phones leave a mark at the end of an address out of the link.
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SEAL_LENGTH = 11  # digits of 64 bits
SHORT = re.compile(rf"[0-9A-Za-z]{{{SEAL_LENGTH + 1},{SEAL_LENGTH + 11}}}")
MESSAGE = "m"  # the kind of an answer address' token
BOUNCES, REPLIES = "bounce", "reply"  # what stands before the +


class BadLink(Problem):
    """This link is damaged or too old. Write to us and we will do it for you."""

    code = "bad_link"
    status = 404


@dataclass(frozen=True)
class Link:
    """What a link says. message_id: the outbox row that it stood in; None: a page or a person made it."""

    customer_id: int
    contact_point_id: int | None = None
    message_id: int | None = None


def make(link: Link, use: str = PREFERENCES) -> str:
    """Return the signed token of a link."""
    return signing.dumps([link.customer_id, link.contact_point_id, link.message_id], salt=_salt(use))


def read(token: str, use: str = PREFERENCES, *, lasts: timedelta | None = LASTS) -> Link:
    """Return what a token says; `lasts` None: however old. Raises BadLink: not ours, for another use, or expired."""
    if SHORT.fullmatch(token):
        return _read_short(token, use, lasts)
    try:
        values: Any = signing.loads(token, salt=_salt(use), max_age=lasts)
        return Link(*values)
    except (signing.BadSignature, TypeError, ValueError):
        raise BadLink from None


def preferences_url(link: Link) -> str:
    """Return where the customer sees and changes what they allow."""
    return f"{settings.PUBLIC_URL}/p/{make(link)}/"


def short_preferences_url(message: Message) -> str:
    """Return the same for a message whose every character is paid: some 16 of them after the /s/."""
    return f"{settings.PUBLIC_URL}/s/{make_short(message)}"


def make_short(message: Message, use: str = PREFERENCES) -> str:
    """Return the short token of a link in a message that is in the outbox: its number, sealed."""
    return _seals(message, use)[0] + _digits(message.pk)


def _read_short(token: str, use: str, lasts: timedelta | None) -> Link:
    seal, number = token[:SEAL_LENGTH], 0
    for digit in token[SEAL_LENGTH:]:
        number = number * len(DIGITS) + DIGITS.index(digit)
    message = Message.objects.filter(pk=number).first() if number < 2**63 else None
    if message is None or not any(hmac.compare_digest(seal, ours) for ours in _seals(message, use)):
        raise BadLink
    if message.customer_id is None or (lasts is not None and message.created_at < now() - lasts):
        raise BadLink
    return Link(message.customer_id, message.contact_point_id, message.pk)


def _seals(message: Message, use: str) -> list[str]:
    """Return what a link in this message is sealed with, by our key and by those that we had before.

    The address is sealed in: after a backup was restored, another message may come to the same number.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    about = f"{message.pk} {message.to_address}"
    seals = [salted_hmac(f"{_salt(use)}.short", about, secret=key, algorithm="sha256").digest()[:8] for key in keys]
    return [_digits(int.from_bytes(seal)).rjust(SEAL_LENGTH, DIGITS[0]) for seal in seals]


def _digits(number: int) -> str:
    number, digit = divmod(number, len(DIGITS))
    return (_digits(number) if number else "") + DIGITS[digit]


def _salt(use: str) -> str:
    return f"filo.link.{use}"


def answer_address(message_id: int) -> str:
    """Return where an answer to this message comes to."""
    return addresses.make_address(_token(message_id), settings.MAIL_DOMAIN, REPLIES)


def return_path(message_id: int) -> str:
    """Return where the bounce of this message comes to."""
    return addresses.make_address(_token(message_id), settings.MAIL_DOMAIN, BOUNCES)


def message_of_address(address: str) -> int | None:
    """Return the outbox row that an answer address or return path names, None if it is not one of ours."""
    found = addresses.read_address(address, _key())
    return found[1] if found and found[0] == MESSAGE else None


def message_ref(message_id: int) -> str:
    """Return the Message-ID of an outbox row: the same row, the same reference, always."""
    return addresses.make_message_ref(message_id, _key(), settings.MAIL_DOMAIN)


def message_of_ref(ref: str) -> int | None:
    """Return the outbox row that a Message-ID was made from, None if it is not one of ours."""
    return addresses.read_message_ref(ref, _key())


def _token(message_id: int) -> str:
    return addresses.make_token(message_id, MESSAGE, _key())


def _key() -> bytes:
    return f"filo.mail.{settings.SECRET_KEY}".encode()
