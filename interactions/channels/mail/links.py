"""What our mails carry so that we know what comes back: answer addresses, return paths, Message-IDs.

Each names its message, and nobody else can make one.
"""

from dataclasses import dataclass

from django.conf import settings

from interactions.channels.mail.gateway import addresses
from interactions.channels.mail.gateway.reading import is_stand_in

MESSAGE = "m"  # the kind of an answer address' token
BOUNCES, REPLIES = "bounce", "reply"  # what stands before the +
OTHER_CONTENT = " "  # in a message_ref, behind a Message-ID that another mail has already; none holds a space


@dataclass(frozen=True, slots=True)
class Seals:
    """What one mail carries: its Message-ID, where answers come to, where its bounce comes to."""

    message_ref: str
    answer_address: str
    return_path: str


def seals_of(message_id: int) -> Seals:
    """Return what this message carries, at the cost of two seals."""
    key, domain = _key(), settings.MAIL_DOMAIN
    token = addresses.make_token(message_id, MESSAGE, key)
    answers, bounces = (addresses.make_address(token, domain, mailbox) for mailbox in (REPLIES, BOUNCES))
    return Seals(addresses.make_message_ref(message_id, key, domain), answers, bounces)


def answer_address(message_id: int) -> str:
    """Return where an answer to this message comes to."""
    return seals_of(message_id).answer_address


def return_path(message_id: int) -> str:
    """Return where the bounce of this message comes to."""
    return seals_of(message_id).return_path


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


def said_ref(ref: str) -> str:
    """Return the Message-ID that the message_ref of an interaction was made from, "" where the mail had none."""
    return "" if is_stand_in(ref) else ref.partition(OTHER_CONTENT)[0]


def _key() -> bytes:
    return f"filo.mail.{settings.SECRET_KEY}".encode()
