"""How the messages of each channel leave: a folder in interactions/channels registers its carrier here.

The outbox knows no channel: it queues, claims and concludes rows, and asks the row's carrier for the rest. Whatever
one message raises in `wrap` spoils that message alone, before any connection is touched; what `carry` raises puts the
batch back, in half as many. Journal and recovery know ids only, so a ref that cannot be made from the id is told by
the provider's report, or by its own list (`ask_about`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from crm import apart, health
from crm.health import OFF, STOPPED, WELL, Finding
from crm.problems import Invalid, Problem
from crm.words import Words
from customers import channels
from customers.models import Customer, Purpose
from interactions import troubles
from interactions.addressing import Head
from interactions.gateways.contract import Result, Tick
from interactions.models import Conversation, Message
from interactions.templating import Rendered


class NotSetUp(Problem):
    """Nothing can be sent on this channel: it is not set up."""

    code = "not_set_up"


class TooManyParts(Invalid):
    """This is too long for one message."""

    code = "too_many_parts"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it leaves. content: what the carrier itself understands; size: its bytes in memory, about.

    shown: what stands for it in the history, of who has made it already; None: `rendering.subject_of`.
    """

    number: int  # the row's
    content: object
    size: int
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text is sent and paid in. most: parts of one message, a longer one is not sent.

    dear: the characters, each once, for which it needs an alphabet of which fewer go into a part.
    """

    count: int
    most: int
    dear: str = ""

    def check(self) -> None:
        """Raises TooManyParts."""
        if self.count > self.most:
            words = _("This is too long for one message: it takes %(count)d parts, and at most %(most)d are sent.")
            raise TooManyParts(words % {"count": self.count, "most": self.most})


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A message that cannot be written, and what it raised: its reason is told to who wrote it."""

    number: int
    error: Exception


def wrapped(messages: Iterable[Message], write: Callable[[Message], Letter]) -> Iterator[Letter | Spoilt]:
    """Yield what `write` makes of each message: what it raises spoils that one alone, unless it is the database's."""
    for message in messages:
        letter: Letter | Spoilt
        try:
            letter = write(message)
        except apart.MACHINERY:
            raise
        except Exception as error:
            letter = Spoilt(message.pk, error)
        yield letter


class Carrier(ABC):
    """How messages of one channel leave, over one sending account. One object for each process that sends.

    most_at_once: messages of one batch. has_subject: its messages have one. tells_delivery: what arrived is reported.
    may_repeat: one that leaves twice is the same one to its reader's machine (a mail, by its Message-ID), so what one
    of us wrote goes again by itself while in doubt; else it waits until its provider tells (`ask_about`), or a person.
    """

    channel: str
    most_at_once: int = 500
    has_subject = False
    tells_delivery = False
    may_repeat = False

    def __init__(self, account: str = "") -> None:
        self.account = account  # which mailbox or number of ours; "": the only one

    # Its settings

    @abstractmethod
    def is_set_up(self) -> bool:
        """Tell whether anything can leave: what is not set up can be logged, and nobody can write on it."""

    def can_take(self) -> bool:
        """Tell whether what its provider posts can be taken, perhaps while nothing can leave: a STOP is said once."""
        return self.is_set_up()

    @abstractmethod
    def trouble(self) -> Words:
        """Return what is wrong with its settings or its server and what to do, "" if nothing is. May ask the server."""

    def notes(self) -> Iterable[tuple[Words, Words]]:
        """Yield (name, words) of what the page of the channels tells about it: addresses of hooks, duties."""
        return ()

    def measure(self) -> Mapping | None:
        """Return how its messages are counted, as plain data for who counts while one is written; None: they are not.

        alphabets: the first that has every character counts. Each has singles and doubles, characters that take one
        unit and two ("" both: any character, in UTF-16 units); whole: units of a message in one part; part: of each
        part where there are several, and no character is torn. plainly: {"’": "'", …}, characters that are not in the
        first alphabet and what says the same there, {} if none. most: parts of one message. cost: of one part, "0.042",
        "" where nobody knows; currency. All of them must be there.
        """
        return None

    # One to many

    def accounts(self) -> Sequence[str]:
        """Return which senders of ours it has; one-to-many messages leave from the first."""
        return (self.account,)

    def heir(self) -> str | None:
        """Return the sender that takes over what waits under one that is ours no more; None: it waits for a person."""
        return None

    def as_it_leaves(self, words: Rendered, language: str) -> Rendered:
        """Return a one-to-many message with the end of all: who we are, how to stop. Its links are samples."""
        return words

    def parts_of(self, text: str) -> Parts | None:
        """Return what a text, as it leaves, is sent in; None: as a whole."""
        return None

    # Where a message goes

    @abstractmethod
    def head_of_answer(self, conversation: Conversation, purpose: str = Purpose.SERVICE) -> Head:
        """Return the head of the next message of a conversation."""

    @abstractmethod
    def head_of_first(self, customer: Customer, purpose: str = Purpose.SERVICE) -> Head:
        """Return the head of a message that begins a conversation with this customer."""

    @abstractmethod
    def can_reach(self, address: str) -> bool:
        """Tell whether a message can be sent to this address at all; it is in normal form."""

    def is_theirs(self, address: str) -> bool:
        """Tell whether an address that something came from may stand for somebody: not one of ours, nor a machine's."""
        return True

    def complete(self, message: Message) -> None:  # noqa: B027  # nor needs every one more than the outbox knows
        """Add what the channel needs to one personal message that is not saved yet: its account, what it answers."""

    # Leaving

    def connect(self) -> None:  # noqa: B027  # not every carrier keeps a connection
        """Connect, unless it is. Raises GatewayError: then nothing is claimed, and what is due waits."""

    @abstractmethod
    def wrap(self, messages: Sequence[Message]) -> Iterator[Letter | Spoilt]:
        """Yield what leaves for each message, made without the connection (`wrapped` does it one by one).

        Raises nothing for one message alone.
        """

    @abstractmethod
    def carry(self, letters: Iterable[Letter], begun: Tick, accepted: Tick) -> Iterator[Result]:
        """Send letters and yield one result for each, in any order.

        begun(number) runs before a letter's first byte leaves, accepted(number) right after the server took it: the
        two lines of the crash journal; they may be called from any thread. Raises GatewayError when there is no
        connection to begin with.
        """

    def ask_about(self, messages: Sequence[Message]) -> dict[int, Result]:
        """Return what the provider's own list says of messages in doubt, by number; those it cannot tell are left out.

        ACCEPTED: it has it, with its ref. REFUSED: it had it, and would not. POSTPONED: it never had it, and never
        will: it can be sent again. Asked a minute after the doubt began, and again after growing pauses.
        """
        return {}

    def ref_of(self, number: int) -> str:
        """Return what the other side calls a message, where that can be made from its number; "": it tells (Result)."""
        return ""

    def close(self) -> None:  # noqa: B027
        """Hang up."""


_every: dict[str, type[Carrier]] = {}


def carrier(made: type[Carrier]) -> type[Carrier]:
    """Register a carrier for its channel (a decorator). Raises ValueError for a channel that is not in the list."""
    line = channels.of(made.channel)
    if line is None:
        raise ValueError(f"No channel {made.channel!r} in customers/channels.py")
    _every[made.channel] = made
    health.check(made.channel, label=line.label, group="channels")(partial(_stands, made))
    return made


def _stands(made: type[Carrier]) -> Finding:
    """Tell how a channel stands, as its page does: what is half set up is trouble, what nobody set up is off."""
    one = made()
    if trouble := troubles.of(one):
        return Finding(STOPPED, trouble, _("Open Channels and mailboxes: it is there with what belongs to it."))
    if not one.is_set_up():
        return Finding(OFF, _("It is not set up: nothing is sent, what was said there can be logged."))
    return Finding(WELL, _("Messages can leave."))


def of(channel: str, account: str = "") -> Carrier | None:
    """Return a new carrier of a channel and one of its sending accounts; None: nothing leaves on it."""
    made = _every.get(channel)
    return made(account) if made else None


def every() -> list[Carrier]:
    """Return a carrier of each channel that has one, in the order of the list."""
    return [_every[one.key]() for one in channels.every() if one.key in _every]


def ready() -> list[Carrier]:
    """Return those that are set up: one may write on their channels."""
    return [one for one in every() if one.is_set_up()]


def ready_on(channel: str, account: str = "") -> Carrier:
    """Return a carrier of a channel on which messages leave. Raises NotSetUp."""
    found = of(channel, account)
    if found is None or not found.is_set_up():
        words = _("Nothing can be sent by %(channel)s: it is not set up. An administrator finds it under Channels.")
        raise NotSetUp(words % {"channel": channels.of(channel) or channel})
    return found


def is_theirs(address: str) -> bool:
    """Tell whether an address that something came from may stand for somebody, as far as any channel knows."""
    return all(one.is_theirs(address) for one in every())
