"""A row of the outbox → the words that its reader sees, on any channel, without what the channel puts around them."""

from collections.abc import Sequence

from interactions import templating
from interactions.models import Message

LONGEST_SUBJECT = 250  # characters of the column


def subjects_of(messages: Sequence[Message]) -> dict[int, str]:
    """Return `subject_of` each message, by its number."""
    return {message.pk: subject_of(message) for message in messages}


def subject_of(message: Message) -> str:
    """Return the subject that its reader sees; of one to many without one its first words: in the history nothing else
    says what it was. "" of a personal one that has none.
    """
    if message.wording is None:
        return message.subject
    try:
        compiled = templating.compiled(message.wording.subject, message.wording.body)
        if message.wording.subject:
            return compiled.subject_of(message.values)[:LONGEST_SUBJECT]
        return " ".join(compiled.render(message.values).text.split())[:LONGEST_SUBJECT]
    except templating.BadWording:  # it has left, whatever cannot be read of it any more
        return message.wording.subject


def words_of(message: Message) -> str:
    """Return the words that the reader sees. Raises BadWording."""
    if message.wording is None:
        return message.body_text
    return templating.compiled(message.wording.subject, message.wording.body).render(message.values).text.strip()
