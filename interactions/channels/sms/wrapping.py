"""A row of the outbox → the text that is sent, how it ends, and how many parts that is."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from crm.problems import Invalid
from customers.identity import normalise
from interactions import links, rendering
from interactions.carriers import Parts
from interactions.channels.sms.account import ProviderAccount
from interactions.channels.sms.gateway import parts
from interactions.models import Message
from interactions.templating import Rendered
from staff.models import Organisation

SAMPLE = "0" * 16  # what is behind the /s/ of a link, about


class NoText(Invalid):
    """A text message says something."""

    code = "no_text"


def text_of(message: Message, organisation: Organisation) -> str:
    """Return what leaves. Raises BadWording."""
    words = _composed(rendering.words_of(message))
    if not message.is_marketing:
        return words
    link = "" if can_be_answered(message.account) else links.short_preferences_url(message)
    language = message.wording.language if message.wording else ""
    return _ended(words, organisation, language, link)


def sample(words: Rendered, language: str, account: ProviderAccount, organisation: Organisation) -> Rendered:
    """Return a one-to-many message as it leaves, with a sample of a link."""
    link = "" if account.can_be_answered else f"{settings.PUBLIC_URL}/s/{SAMPLE}"
    return Rendered("", _ended(_composed(words.text), organisation, language, link), "")


def parts_of(text: str) -> Parts:
    """Return what a text is sent in."""
    text = _composed(text)
    return Parts(parts.measure(text).parts, parts.MOST, parts.strange(text))


def counted(text: str) -> int:
    """Return how many parts a text is sent in. Raises TooManyParts, NoText."""
    if not parts.is_seen(text):
        raise NoText
    whole = Parts(parts.measure(text).parts, parts.MOST)
    whole.check()
    return whole.count


def can_be_answered(sender: str) -> bool:
    return sender.startswith("+")


def _ended(words: str, organisation: Organisation, language: str, link: str) -> str:
    """Add who we are, unless the text or its sender says so, and how to stop: by a word, or by a link where a name of
    letters cannot be answered.
    """
    name = organisation.sender_name or organisation.name
    with translation.override(language or "en"):
        # Translated with characters of GSM 03.38 alone (no á í ó ú ã õ â ê ç): one other doubles the price of all.
        stop = _("To stop: %(link)s") % {"link": link} if link else _("To stop, answer STOP")
    says_who = bool(link) or name.casefold() in words.casefold()
    return f"{words}\n{stop}" if says_who else f"{words}\n{name}. {stop}"


def _composed(text: str) -> str:
    """Return a text in composed letters, which cost less and look the same, its lines ended in one way."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return normalise.composed(lines).strip()
