"""A carrier with a provider that remembers: for what all channels share, without a server of any."""

from collections.abc import Iterator
from contextlib import contextmanager

from crm import health
from interactions import carriers
from interactions.addressing import Addressee, Head
from interactions.carriers import Carrier, Letter, Spoilt
from interactions.gateways.contract import Answer, Result
from interactions.gateways.errors import Unreachable


class Pigeon(Carrier):
    """Carries what is written on a channel, and tells the provider's word of it: its list may be cut off or silent."""

    channel = "post"
    most_at_once = 4
    taken: dict[int, str] = {}  # number → what the provider calls it
    unknown: set[int] = set()  # numbers that it cannot tell
    is_silent = False

    def is_set_up(self):
        return self.channel != "chat"

    def accounts(self):
        return ("", "ours")

    def trouble(self):
        return ""

    def head_of_answer(self, conversation, purpose="service"):
        return Head(Addressee("Via dei Limoni 1"), "")

    def head_of_first(self, customer, purpose="service"):
        return Head(Addressee("Via dei Limoni 1"), "")

    def can_reach(self, address):
        return True

    def wrap(self, messages):
        for message in messages:
            if not message.body_text:
                yield Spoilt(message.pk, ValueError("no words"))
            else:
                yield Letter(message.pk, message.body_text, len(message.body_text))

    def carry(self, letters, begun, accepted):
        for letter in letters:
            begun(letter.number)
            assert letter.number not in self.taken, "twice"
            self.taken[letter.number] = f"P{letter.number}"
            accepted(letter.number)
            yield Result(letter.number, Answer.ACCEPTED, ref=self.taken[letter.number])

    def ask_about(self, messages):
        if self.is_silent:
            raise Unreachable("The loft is closed.")
        return {m.pk: self._word(m.pk) for m in messages if m.pk not in self.unknown}

    def _word(self, number):
        ref = self.taken.get(number)
        return Result(number, Answer.ACCEPTED, ref=ref) if ref else Result(number, Answer.POSTPONED)


@contextmanager
def flying() -> Iterator[type[Pigeon]]:
    """Let pigeons carry the channel "post" inside the block."""
    Pigeon.taken, Pigeon.unknown, Pigeon.is_silent = {}, set(), False
    before = [(registry, dict(registry)) for registry in (carriers._every, health._checks)]
    carriers.carrier(Pigeon)
    try:
        yield Pigeon
    finally:
        for registry, kept in before:
            registry.clear()
            registry.update(kept)
