"""The channels on which customers and we speak. Adding one (docs/channels.md): a line here, and a folder.

A channel is spoken over one kind of contact point: a text message goes to a phone number. What is asked of a customer
(consents, preferences), what may be said or logged, and how it is drawn follow from its line, everywhere. A channel
without a folder can be logged, and nothing leaves on it.

Imports nothing of ours: models stand above it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST_KEY = 20  # characters of the columns
MOST_ASKED = 15  # numbers below may ask for consent: four bits each, one a purpose, in a bigint
Words = str | Promise


@dataclass(frozen=True)
class Channel:
    """One channel.

    icon: Lucide's name. spoken_over: the kind of contact point that it needs, "email" or "phone"; "" none, then nobody
    can be reached on it. asks_consent: customers allow or refuse it. is_written: what is said on it is a text that
    can be sent once it has a carrier. needs_mobile: a landline does not take it. is_inside: customers never see it.
    number: where its consents and contacts stand among the figures of a customer; it is never given to another one.
    """

    key: str
    label: Words
    icon: str
    number: int = 0
    spoken_over: str = ""
    asks_consent: bool = False
    is_written: bool = False
    needs_mobile: bool = False
    is_inside: bool = False

    def __str__(self) -> str:
        return str(self.label)

    @property
    def mid_sentence(self) -> str:
        """Its label behind other words: "offers by e-mail", but "by SMS" and "by WhatsApp"."""
        label = str(self.label)
        return label.lower() if label[1:] == label[1:].lower() else label


_every: dict[str, Channel] = {}


def channel(key: str, label: Words, icon: str, **traits) -> Channel:
    """Add a channel to the list, and return it. Raises ValueError for a key or a number that is taken or none.

    A key stands in addresses, names of queues and classes of a page: small letters and digits, a letter first.
    Without a number it takes the next one after all that are given.
    """
    if key in _every or len(key) > LONGEST_KEY or not re.fullmatch("[a-z][a-z0-9]*", key):
        raise ValueError(f"Not a new key of at most {LONGEST_KEY} small letters and digits: {key!r}")
    taken = {one.number for one in every()}
    number = traits.setdefault("number", max(taken, default=0) + 1)
    if number < 1 or number in taken or (traits.get("asks_consent") and number >= MOST_ASKED):
        raise ValueError(f"Not a new number: {number}")
    _every[key] = Channel(key, label, icon, **traits)
    return _every[key]


def every() -> Iterator[Channel]:
    """Yield every channel, in the order of the list."""
    yield from _every.values()


def of(key: str) -> Channel | None:
    """Return the channel with this key, None if there is none (any more)."""
    return _every.get(key)


def named(key: str) -> Channel:
    """Return the channel with this key; of one that is not in the list any more, one that does nothing, called so."""
    return _every.get(key) or Channel(key, key, icon="")


def choices() -> list[tuple[str, Words]]:
    """Return (key, label) of every channel, as model and form fields want them."""
    return [(one.key, one.label) for one in every()]


def asked() -> list[Channel]:
    """Return those that a customer allows or refuses."""
    return [one for one in every() if one.asks_consent]


channel("phone", _("Phone"), "phone", number=1, spoken_over="phone", asks_consent=True)
channel("email", _("E-mail"), "mail", number=2, spoken_over="email", asks_consent=True, is_written=True)
channel(
    "sms",
    _("SMS"),
    "message-square",
    number=3,
    spoken_over="phone",
    asks_consent=True,
    is_written=True,
    needs_mobile=True,
)
channel("whatsapp", _("WhatsApp"), "message-circle", number=4, spoken_over="phone", is_written=True)
channel("chat", _("Web chat"), "bot", number=5, is_written=True)
channel("visit", _("Visit"), "handshake", number=6)
channel("web", _("Web"), "globe", number=7)
channel("post", _("Post"), "send", number=8, is_written=True)
channel("note", _("Note"), "sticky-note", number=9, is_inside=True)
