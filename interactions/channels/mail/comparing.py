"""A mail whose Message-ID we know: the same mail once more, or another one that carries the same Message-ID.

The same: sender, date, subject, words and files are, whatever servers added on its way; through a mailing list also
with the list's name in the subject and a footer below a rule. Whatever says something new is filed: a mail too much is
a nuisance, a lost one is not acceptable.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from interactions.channels.mail import addressing, links
from interactions.channels.mail.gateway import reading
from interactions.channels.mail.gateway.contract import Incoming
from interactions.models import Direction, Interaction

LONGEST_REF = 250  # characters of the column
LISTS_NAME = re.compile(r"(?:re\s*:\s*)?\[[^\]]{1,60}\]\s*", re.IGNORECASE)
RULE = re.compile(r"[-_=*\s]{2,}")


@dataclass(frozen=True)
class Content:
    """What a mail says. at: None where its date is absent or absurd; files: a hash of each."""

    writers: frozenset[str]
    at: datetime | None
    subject: str
    lines: Sequence[str]
    html: str
    files: frozenset[str]
    is_listed: bool  # a mailing list passed it on


def look_up(incoming: Incoming, raw: bytes) -> tuple[Interaction | None, str]:
    """Return the interaction that this mail is already, else None; and the message_ref to file it under.

    That is its Message-ID; where another mail has it already, or we gave it to one of ours, the content is in it too.
    """
    ref = _storable(incoming.message_ref)
    refs = [ref, reading.named_by_bytes(raw)] if reading.is_stand_in(ref) else [ref]
    first = Interaction.objects.filter(channel=addressing.CHANNEL, message_ref__in=refs).order_by("id").first()
    if first is None and links.message_of_ref(ref) is None:
        return None, ref
    content = content_of(incoming, raw)
    if first is not None and _is_copy(first, incoming, raw, content):
        return first, ref
    own = f"{_before_content(ref)}{_digest(content)}"
    return Interaction.objects.filter(channel=addressing.CHANNEL, message_ref=own).first(), own


def others_with(ref: str) -> QuerySet[Interaction]:
    """Return the mails that carry a Message-ID which another one had before them."""
    return Interaction.objects.filter(channel=addressing.CHANNEL, message_ref__startswith=_before_content(ref))


def _before_content(ref: str) -> str:
    return f"{ref[: LONGEST_REF - 20]}{links.OTHER_CONTENT}"


def _storable(ref: str) -> str:
    return ref.replace("\x00", "")[:LONGEST_REF]


def content_of(incoming: Incoming, raw: bytes) -> Content:
    """Return what a mail says, without what servers add on its way."""
    writers = {incoming.sender.email.lower()} | {one.email.lower() for one in incoming.reply_to if incoming.lists}
    wanted = {one.position for one in incoming.attachments}
    files = (hashlib.sha256(content).hexdigest() for number, content in reading.parts(raw) if number in wanted)
    return Content(
        writers=frozenset(writers),
        at=incoming.sent_at,
        subject=" ".join(incoming.subject.split()),
        lines=[line for raw_line in incoming.text.splitlines() if (line := " ".join(raw_line.split()))],
        html=" ".join(incoming.html.split()),
        files=frozenset(files) if wanted else frozenset(),
        is_listed=bool(incoming.lists),
    )


def _is_copy(first: Interaction, incoming: Incoming, raw: bytes, content: Content) -> bool:
    """Tell whether a mail says nothing that the first one with its Message-ID does not say."""
    original = getattr(first, "original", None)
    if original is not None:
        kept = bytes(original.raw)
        return kept == raw or says_nothing_new(content, after=content_of(reading.read(kept), kept))
    if first.direction == Direction.OUT:  # our own mail came back to us, through a rule of somebody's mailbox
        return addressing.who_we_are().has(incoming.sender.email.lower())
    return (first.from_address, first.words) == (incoming.sender.email, incoming.new_text.strip())


def says_nothing_new(content: Content, *, after: Content) -> bool:
    """Tell whether all that a mail says was said in the one before, but for a mailing list's name and footer."""
    if content.at != after.at or not content.files <= after.files:
        return False
    if content.at is None or not (content.is_listed or after.is_listed):
        return _words(content) == _words(after)
    is_same_subject = LISTS_NAME.sub("", content.subject) == LISTS_NAME.sub("", after.subject)
    return bool(content.writers & after.writers) and is_same_subject and _adds_a_footer(content.lines, after.lines)


def _words(content: Content) -> tuple:
    return content.writers, content.subject, content.lines, content.html


def _adds_a_footer(lines: Sequence[str], before: Sequence[str]) -> bool:
    """Tell whether lines are those of before, with a footer below a rule at most; or the footer is gone."""
    shorter, longer = sorted((lines, before), key=len)
    rest = longer[len(shorter) :]
    return longer[: len(shorter)] == shorter and (not rest or bool(RULE.fullmatch(rest[0])))


def _digest(content: Content) -> str:
    said = [sorted(content.writers), str(content.at), *_words(content)[1:], sorted(content.files)]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
