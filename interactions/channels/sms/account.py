"""Our account at the provider of text messages, from the environment: CHANNEL_SMS_*."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from crm.words import Words
from interactions.channels.sms.gateway.numbers import E164

NAMES = "CHANNEL_SMS_URL", "CHANNEL_SMS_ACCOUNT", "CHANNEL_SMS_TOKEN", "CHANNEL_SMS_FROM"
PUBLIC = "https://api.twilio.com"
CONNECTIONS, MOST_CONNECTIONS = 8, 64
# A sender's name, as networks take it.
LETTERS = re.compile(r"(?=.{1,11}$)(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9 &_-]*[A-Za-z0-9])?")
COST = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,5})?)\s*([A-Z]{3})")


@dataclass(frozen=True)
class ProviderAccount:
    """What the environment says; `trouble` tells what of it cannot be. token: its first word, the second is the one
    before, while it is being changed.
    """

    url: str
    account: str
    tokens: tuple[str, ...] = field(repr=False)
    senders: tuple[str, ...]
    cost: str = ""
    connections: str = ""

    @classmethod
    def current(cls, environment: Mapping[str, str] = os.environ) -> "ProviderAccount":
        said = {name: environment.get(f"CHANNEL_SMS_{name}", "").strip() for name in FIELDS}
        return cls(
            url=(said["URL"] or PUBLIC).rstrip("/"),
            account=said["ACCOUNT"],
            tokens=tuple(said["TOKEN"].split()),
            senders=_senders(said["FROM"]),
            cost=said["PART_COST"],
            connections=said["CONNECTIONS"],
        )

    @property
    def is_set_up(self) -> bool:
        """Whether messages can leave: all that is needed stands there, and can be."""
        return bool(self.account and self.tokens and self.senders) and not self._unusable()

    @property
    def is_off(self) -> bool:
        """Whether nobody meant to use it."""
        return not (self.account or self.tokens or self.senders)

    @property
    def can_be_answered(self) -> bool:
        return bool(self.senders) and self.senders[0].startswith("+")

    @cached_property
    def part_cost(self) -> Decimal | None:
        """What one part costs, None where nobody said."""
        found = COST.fullmatch(self.cost)
        return Decimal(found[1].replace(",", ".")) if found else None

    @property
    def currency(self) -> str:
        found = COST.fullmatch(self.cost)
        return found[2] if found else ""

    @property
    def hands(self) -> int:
        """How many messages leave at once."""
        return int(self.connections) if self._is_count() else CONNECTIONS

    @property
    def is_local(self) -> bool:
        return is_local(self._parts.hostname or "")

    def trouble(self) -> Words:
        """Return in words what is wrong and what to do, "" if nothing is. Asks nobody."""
        if self.is_off:
            return ""
        missing = [name for name, is_there in zip(NAMES, self._there(), strict=True) if not is_there]
        if missing:
            words = _("Text messages are half set up: %(names)s is missing. Set all of it, or none.")
            return words % {"names": ", ".join(missing)}
        return self._unusable() or self._doubtful()

    def _there(self) -> tuple[bool, ...]:
        return bool(self.url), bool(self.account), bool(self.tokens), bool(self.senders)

    def _unusable(self) -> Words:
        return self._wrong_url() or self._wrong_senders()

    def _wrong_url(self) -> Words:
        parts = self._parts
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username:
            words = _("CHANNEL_SMS_URL is not the address of an API: “%(url)s”. Write it like %(example)s.")
            return words % {"url": parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), "example": PUBLIC}
        if parts.scheme != "https" and not self.is_local:
            return _("CHANNEL_SMS_URL begins with http://: password and messages would be read on the way. Use https.")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.account):
            return _("CHANNEL_SMS_ACCOUNT is not the id of an account: letters and digits alone.")
        return ""

    def _wrong_senders(self) -> Words:
        wrong = [one for one in self.senders if not (E164.fullmatch(one) or LETTERS.fullmatch(one))]
        if wrong:
            words = _(
                "CHANNEL_SMS_FROM: “%(sender)s” is neither a number like +390895550100, without spaces, nor a name of "
                "at most 11 letters and digits with a letter among them."
            )
            return words % {"sender": wrong[0]}
        if len(self.senders) > 1 and not all(map(E164.fullmatch, self.senders)):
            return _("CHANNEL_SMS_FROM: either numbers, or one name of letters alone.")
        return ""

    def _doubtful(self) -> Words:
        if self.cost and self.part_cost is None:
            words = _("CHANNEL_SMS_PART_COST: “%(cost)s” is not an amount. Write it like 0.042 EUR.")
            return words % {"cost": self.cost}
        if self.connections and not self._is_count():
            words = _("CHANNEL_SMS_CONNECTIONS: write a number from 1 to %(most)s.")
            return words % {"most": MOST_CONNECTIONS}
        return ""

    def _is_count(self) -> bool:
        written = self.connections
        return written.isascii() and written.isdigit() and len(written) < 4 and 1 <= int(written) <= MOST_CONNECTIONS

    @property
    def _parts(self) -> SplitResult:
        try:
            parts = urlsplit(self.url)
            parts.port  # noqa: B018  # raises when it is none
        except ValueError:
            return urlsplit("")
        return parts


FIELDS = "URL", "ACCOUNT", "TOKEN", "FROM", "PART_COST", "CONNECTIONS"


def _senders(said: str) -> tuple[str, ...]:
    """Return the numbers, or the one name, which may hold a blank."""
    several = re.split(r"[\s,;]+", said) if re.search("[+,;]", said) else [" ".join(said.split())]
    return tuple(dict.fromkeys(one for one in several if one))


def is_local(host: str) -> bool:
    """Tell whether a host is this machine: what is sent there passes no line that others read."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
