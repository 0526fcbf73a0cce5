"""What the messages of a draft are sent and paid in, where a channel counts that: of real customers' texts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from campaigns import drafting, reviewing
from campaigns.models import Campaign
from crm.money import cents
from customers.identity import codes
from interactions import carriers, templating
from interactions.carriers import Carrier

SAMPLE = 2_000  # people whose texts are counted; of more than so many every nth
SHOWN = 5  # characters


@dataclass
class Lengths:
    """Parts of the messages of a draft. parts: how many parts → how many people, of a sample: every nth of them.

    dear: character → in how many people's messages it asks for an alphabet of which fewer go into a part.
    """

    most: int
    every: int
    part_cost: Decimal | None
    currency: str
    plainly: Mapping[str, str]
    parts: Counter[int] = field(default_factory=Counter)
    dear: Counter[str] = field(default_factory=Counter)

    @property
    def is_about(self) -> bool:
        return self.every > 1

    @property
    def people(self) -> int:
        return self.parts.total() * self.every

    @property
    def longest(self) -> int:
        return max(self.parts)

    @property
    def typical(self) -> int:
        """As many parts as most messages have."""
        return self.parts.most_common(1)[0][0]

    @property
    def too_long(self) -> int:
        """Of how many people the message would have more parts than are sent."""
        return sum(people for parts, people in self.parts.items() if parts > self.most) * self.every

    @property
    def total(self) -> int:
        """Parts of all messages that are sent."""
        return sum(parts * people for parts, people in self.parts.items() if parts <= self.most) * self.every

    @property
    def cost_cents(self) -> int | None:
        return None if self.part_cost is None else cents(self.part_cost * self.total, self.currency)

    @property
    def dearest(self) -> list[tuple[str, int]]:
        """Characters, with a blank between, that make as many messages dearer; those of most messages first."""
        counts = dict(self.dear.most_common(SHOWN))
        together = {count: [one for one, other in counts.items() if other == count] for count in counts.values()}
        return [(" ".join(some), count * self.every) for count, some in together.items()]

    @property
    def cheaper(self) -> list[tuple[str, str]]:
        """[(one of these characters, what says the same for less)]."""
        return [(one, self.plainly[one]) for one, _count in self.dear.most_common(SHOWN) if one in self.plainly]


def find_lengths(campaign: Campaign, everybody: int, user: Any) -> Lengths | None:
    """Return what the messages would be sent in; None where nobody would get one, or the channel does not count.

    Of those whom `user` may see. everybody: how many of these are in the segment; beyond SAMPLE only every nth of them
    is looked at.
    """
    carrier = carriers.of(campaign.channel)
    if carrier is None or campaign.segment is None or (empty := carrier.parts_of("")) is None:
        return None
    said = carrier.measure() or {}
    every, plainly = max(1, -(-everybody // SAMPLE)), said.get("plainly", {})
    found = Lengths(empty.most, every, _cost(said), said.get("currency", ""), plainly)
    rows = list(campaign.wordings.select_related("wording"))
    words = {row.language: drafting.words_of(campaign, row) for row in rows}
    fallback = next(row.language for row in rows if row.is_fallback)
    try:
        names = set().union(*(templating.check(*one) for one in words.values()))
    except templating.BadWording:
        return None
    people = reviewing.getting(campaign, found.every, user)
    values, _bad = templating.values_of_each([pk for pk, _language in people], sorted(names))
    texts: Counter[str] = Counter()
    for pk, language in people:
        if pk in values:
            language = codes.nearest(language, words) or fallback
            texts[_as_it_leaves(carrier, words[language], values[pk], language)] += 1
    for text, count in texts.items():
        parts = carrier.parts_of(text) or empty
        found.parts[parts.count] += count
        found.dear.update(dict.fromkeys(parts.dear, count))
    return found if texts else None


def _as_it_leaves(carrier: Carrier, words: tuple[str, str], values: dict[str, str], language: str) -> str:
    return carrier.as_it_leaves(templating.compiled(*words).render(values), language).text


def _cost(said: Mapping) -> Decimal | None:
    """Return what one part costs; None: nobody said."""
    return Decimal(said["cost"]) if said.get("cost") else None
