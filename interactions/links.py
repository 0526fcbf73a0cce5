"""Signed links that we put into messages: unsubscribe, preferences.

A link opens the preferences of one customer and nothing else, and expires. The pages behind it are the portal's.
Its token says itself whose it is; a short one, for where each character is paid, names the message that it stands in.
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
from interactions.models import Message

PREFERENCES = "preferences"
LASTS = timedelta(days=400)  # a reader may unsubscribe from an old mail
# Letters and digits alone: phones leave a mark at the end of an address out of the link.
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MARKS = ".,;:!?)]}>'\"»”’…"  # what stands behind a link in a sentence, and some phones take along
SEAL_LENGTH = 11  # digits of 64 bits
SHORT = re.compile(rf"[0-9A-Za-z]{{{SEAL_LENGTH + 1},{SEAL_LENGTH + 11}}}")


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
    bare = token.rstrip(MARKS)
    if SHORT.fullmatch(bare):
        return _read_short(bare, use, lasts)
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
