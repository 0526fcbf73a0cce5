"""How mails leave: over one kept SMTP connection, each wrapped before and apart from it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import cast

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from crm.words import Words
from customers.models import Customer, Purpose
from interactions import carriers
from interactions.addressing import Head
from interactions.carriers import Letter, Spoilt
from interactions.channels.mail import addressing, links, wrapping
from interactions.channels.mail.gateway.contract import Envelope
from interactions.channels.mail.gateway.headers import is_address
from interactions.channels.mail.gateway.sending import Sender
from interactions.gateways.contract import Result, Tick
from interactions.gateways.errors import GatewayError
from interactions.models import Conversation, Message
from interactions.templating import Rendered
from staff.models import Organisation

PATIENCE_SECONDS = 5  # with a server that is only asked whether it is there


@carriers.carrier
class MailCarrier(carriers.Carrier):
    """Mails over the server that EMAIL_URL names. Its messages are called by a Message-ID made from their number."""

    channel = addressing.CHANNEL
    has_subject = True
    may_repeat = True

    def __init__(self, account: str = "", server: Sender | None = None) -> None:
        """server: another one than the settings name."""
        super().__init__(account)
        self._given = server

    @cached_property
    def server(self) -> Sender:
        """The mail server and the connection to it, made when it is first needed."""
        return self._given or server_of_settings()

    def is_set_up(self) -> bool:
        return bool(settings.EMAIL_HOST)

    def trouble(self) -> Words:
        server = server_of_settings()
        server.timeout = PATIENCE_SECONDS
        try:
            server.connect()
        except GatewayError as error:
            where = {"where": f"{server.host}:{server.port}", "why": error}
            words = str(_("The mail server %(where)s does not take our mail: %(why)s") % where).rstrip(".")
            return f"{words}. {_('Check EMAIL_URL and that the server is up. Mail waits and loses nothing.')}"
        finally:
            server.close()
        return ""

    def notes(self) -> Iterable[tuple[Words, Words]]:
        yield _("Leaves by"), f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        yield _("Answers come to"), f"{links.REPLIES}+…@{settings.MAIL_DOMAIN}"
        words = _("Raw messages, signed, are posted to %(address)s")
        yield (
            _("Hook"),
            words % {"address": f"{settings.PUBLIC_URL}{reverse('interactions:short_hook', args=['mail'])}"},
        )

    def as_it_leaves(self, words: Rendered, language: str) -> Rendered:
        with translation.override(language or "en"):
            text, html = (_sample(part) for part in wrapping.footer(Organisation.current()))
        return Rendered(words.subject, words.text + text, wrapping.dressed(words.html + html))

    def head_of_answer(self, conversation: Conversation, purpose: str = Purpose.SERVICE) -> Head:
        return addressing.answer(conversation, purpose)

    def head_of_first(self, customer: Customer, purpose: str = Purpose.SERVICE) -> Head:
        return addressing.first(customer, purpose)

    def can_reach(self, address: str) -> bool:
        return is_address(address)

    def is_theirs(self, address: str) -> bool:
        return addressing.is_theirs(address)

    def complete(self, message: Message) -> None:
        """Say which mail it answers, so that their program shows it there."""
        if message.conversation is not None:
            answered = addressing.last_of(message.conversation)
            message.in_reply_to = links.said_ref(answered.message_ref) if answered else ""
            message.references = addressing.references(message.conversation, message.in_reply_to)

    def connect(self) -> None:
        self.server.connect()

    def wrap(self, messages: Sequence[Message]) -> Iterator[Letter | Spoilt]:
        return carriers.wrapped(messages, wrapping.Wrapper(Organisation.current()).letter)

    def carry(self, letters: Iterable[Letter], begun: Tick, accepted: Tick) -> Iterator[Result]:
        hooks = {"before_data": begun, "after_accept": accepted}
        yield from self.server.send((cast(Envelope, letter.content) for letter in letters), **hooks)

    def ref_of(self, number: int) -> str:
        return links.message_ref(number)

    def close(self) -> None:
        self.server.close()


def _sample(part: wrapping.Pieces) -> str:
    return "".join(piece if isinstance(piece, str) else "#" for piece in part)


def server_of_settings() -> Sender:
    """Return the mail server that EMAIL_URL names, not yet connected."""
    return Sender(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        username=settings.EMAIL_HOST_USER or "",
        password=settings.EMAIL_HOST_PASSWORD or "",
        security=_security(),
        timeout=settings.EMAIL_TIMEOUT,
    )


def _security() -> str:
    if getattr(settings, "EMAIL_USE_SSL", False):
        return "ssl"
    return "starttls" if getattr(settings, "EMAIL_USE_TLS", False) else "none"
