"""Signed links and addresses that we put into mails: unsubscribe, preferences, answer here.

A link opens the preferences of one customer and nothing else, and expires. The pages behind it are the portal's.
An answer address names the message that it stands in.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing

from crm.problems import Problem
from interactions.gateways.email import addresses

PREFERENCES = "preferences"
LASTS = timedelta(days=400)  # a reader may unsubscribe from an old mail
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
    try:
        values: Any = signing.loads(token, salt=_salt(use), max_age=lasts)
        return Link(*values)
    except (signing.BadSignature, TypeError, ValueError):
        raise BadLink from None


def preferences_url(link: Link) -> str:
    """Return where the customer sees and changes what they allow."""
    return f"{settings.PUBLIC_URL}/p/{make(link)}/"


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
