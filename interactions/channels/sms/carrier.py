"""How text messages leave: to the provider whose account CHANNEL_SMS_* names, several at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from crm.formats import moment, price
from crm.words import Words
from customers.models import Customer, Purpose
from interactions import carriers, hooking, paying
from interactions.addressing import Head
from interactions.carriers import Letter, Parts, Spoilt
from interactions.channels.sms import addressing, asking, links, unsigned, wrapping
from interactions.channels.sms.account import ProviderAccount, is_local
from interactions.channels.sms.gateway import parts
from interactions.channels.sms.gateway.answers import OutgoingText
from interactions.channels.sms.gateway.api import ASKING_SECONDS, Client
from interactions.channels.sms.gateway.crew import Crew
from interactions.gateways.contract import Result, Tick
from interactions.gateways.errors import GatewayError, SignInRefused
from interactions.models import Conversation, Message
from interactions.templating import Rendered
from staff.models import Organisation

CHARACTER_BYTES = 4


@carriers.carrier
class SmsCarrier(carriers.Carrier):
    """Text messages over one of our numbers. They have no key of ours: one that leaves twice is read twice."""

    channel = addressing.CHANNEL
    tells_delivery = True
    most_at_once = 100  # some seconds with a real provider: whoever says STOP, or pauses, stops what is not in it

    # Its settings

    @cached_property
    def ours(self) -> ProviderAccount:
        return ProviderAccount.current()

    def is_set_up(self) -> bool:
        return self.ours.is_set_up

    def can_take(self) -> bool:
        return bool(self.ours.tokens)  # who posted it can be proved, whatever else is missing

    def trouble(self) -> Words:
        ours = self.ours
        return ours.trouble() or ("" if ours.is_off else _unreachable(ours) or _stranger(ours) or _refused())

    def notes(self) -> Iterable[tuple[Words, Words]]:
        ours = self.ours
        if ours.is_off:
            words = _("Off. Set %(names)s to send text messages over a provider that speaks Twilio's API: docs/sms.md.")
            yield _("Settings"), words % {"names": "CHANNEL_SMS_ACCOUNT, CHANNEL_SMS_TOKEN, CHANNEL_SMS_FROM"}
            return
        yield _("Sent from"), ", ".join(ours.senders)
        costs = price(ours.part_cost, ours.currency) if ours.part_cost else _("Nobody said: CHANNEL_SMS_PART_COST")
        yield _("One part costs"), costs
        if ours.can_be_answered:
            words = _("%(address)s (enter it at the provider, where a message comes in and as its fallback, by POST)")
            yield _("Answers come to"), words % {"address": hooking.url_of(self.channel, links.INCOMING)}
        elif ours.is_set_up:
            yield (
                _("Cannot be answered"),
                _(
                    "A name of letters takes no answers, so STOP cannot work: offers carry a link to what the customer "
                    "allows instead. Such names must be registered where the law asks: in Spain with the CNMC, in "
                    "Italy with AGCOM."
                ),
            )
        words = _("%(address)s (each message says so: nothing is entered)")
        yield _("Reports come to"), words % {"address": hooking.url_of(self.channel, links.REPORT)}

    def measure(self) -> Mapping:
        cost = self.ours.part_cost
        return parts.tables() | {"cost": "" if cost is None else str(cost), "currency": self.ours.currency}

    # One to many

    def accounts(self) -> Sequence[str]:
        return self.ours.senders or ("",)

    def heir(self) -> str | None:
        return self.ours.senders[0] if self.is_set_up() else None

    def as_it_leaves(self, words: Rendered, language: str) -> Rendered:
        return wrapping.sample(words, language, self.ours, Organisation.current())

    def parts_of(self, text: str) -> Parts:
        return wrapping.parts_of(text)

    # Where a message goes

    def head_of_answer(self, conversation: Conversation, purpose: str = Purpose.SERVICE) -> Head:
        return addressing.answer(conversation, purpose)

    def head_of_first(self, customer: Customer, purpose: str = Purpose.SERVICE) -> Head:
        return addressing.first(customer, purpose)

    def can_reach(self, address: str) -> bool:
        return addressing.can_reach(address) and self.is_theirs(address)

    def is_theirs(self, address: str) -> bool:
        return address not in self.ours.senders

    def complete(self, message: Message) -> None:
        """Say which of our numbers it leaves from: that which they know."""
        message.account = addressing.sender_for(message.conversation, self.ours.senders)

    # Leaving

    @cached_property
    def _client(self) -> Client:
        return Client(self.ours.url, self.ours.account, next(iter(self.ours.tokens), ""))

    @cached_property
    def _crew(self) -> Crew:
        return Crew(self._client, self.ours.hands)

    def connect(self) -> None:
        if not self.ours.is_set_up:
            raise GatewayError(str(self.ours.trouble()), permanent=True)
        self._client.connect()

    def wrap(self, messages: Sequence[Message]) -> Iterator[Letter | Spoilt]:
        organisation, counts = Organisation.current(), dict[int, int]()
        made = list(carriers.wrapped(messages, partial(self._letter, organisation, counts)))
        paying.sent_in(counts, cost=self.ours.part_cost, currency=self.ours.currency)
        yield from made

    def _letter(self, organisation: Organisation, counts: dict[int, int], message: Message) -> Letter:
        text = wrapping.text_of(message, organisation)
        counts[message.pk] = wrapping.counted(text)
        content = OutgoingText(message.pk, message.account, message.to_address, text, self._callback(message))
        return Letter(message.pk, content, size=CHARACTER_BYTES * len(text))

    def _callback(self, message: Message) -> str:
        """Return where reports about it go. One that the provider cannot reach would be refused, and the message."""
        is_in_reach = self.ours.is_local or not is_local(urlsplit(settings.PUBLIC_URL).hostname or "")
        return links.report_url(message) if is_in_reach else ""

    def carry(self, letters: Iterable[Letter], begun: Tick, accepted: Tick) -> Iterator[Result]:
        self.connect()
        yield from self._crew.send((cast(OutgoingText, letter.content) for letter in letters), begun, accepted)

    def ask_about(self, messages: Sequence[Message]) -> dict[int, Result]:
        organisation = Organisation.current()
        return asking.ask(
            messages, self._client, hands=self.ours.hands, text_of=lambda one: wrapping.text_of(one, organisation)
        )

    def close(self) -> None:
        for made in ("_crew", "_client"):
            if made in self.__dict__:
                self.__dict__.pop(made).close()


def _unreachable(ours: ProviderAccount) -> Words:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if ours.is_local or not is_local(host):
        return ""
    return _("PUBLIC_URL is this machine alone: answers and reports of text messages cannot come in.")


def _refused() -> Words:
    if (at := unsigned.last()) is None:
        return ""
    words = _(
        "What the provider posted on %(at)s was refused: its signature fits neither CHANNEL_SMS_TOKEN nor the address "
        "%(url)s. Answers and STOP may be missing: make both what the provider has."
    )
    return words % {"at": moment(at), "url": hooking.url_of(SmsCarrier.channel, links.INCOMING)}


def _stranger(ours: ProviderAccount) -> Words:
    """Ask the server whether it knows us."""
    client = Client(ours.url, ours.account, ours.tokens[0], seconds=ASKING_SECONDS)
    try:
        status = client.account()
    except SignInRefused:
        return _("The provider does not know this account: check CHANNEL_SMS_ACCOUNT and CHANNEL_SMS_TOKEN.")
    except GatewayError as error:
        words = _("The provider of text messages does not answer: %(why)s Messages wait, and none is lost.")
        return words % {"why": f"{str(error).rstrip('.')}."}
    finally:
        client.close()
    if status == "active":
        return ""
    return _("The provider says that this account is “%(status)s”: nothing leaves.") % {"status": status}
