"""What may be asked about a customer, and of which kind its answers are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm.words import Words


class Kind(TextChoices):
    TEXT = "text"
    CHOICE = "choice"
    SET = "set"  # any number of choices at once, each an id: products, campaigns
    SEGMENT = "segment"  # segments, each by its id
    NUMBER = "number"
    MONEY = "money"  # asked in units of the organisation's currency, kept in its cents
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CONSENT = "consent"  # yes, no, never asked

    @property
    def is_chosen(self) -> bool:
        """Whether a rule names some of its choices: then its value is a list."""
        return self in (Kind.CHOICE, Kind.SET, Kind.SEGMENT)


def amount(written: object) -> Decimal:
    """Return the number that a rule holds, written with a point or a comma; NaN if it is none."""
    try:
        return Decimal(str(written).strip().replace(",", "."))
    except InvalidOperation:
        return Decimal("nan")


Choices = Callable[[], Iterable[tuple[str, str]]]


class Lookup(Protocol):
    """Choices that are rows: found by a piece of their name, named by their ids, and never all of them read."""

    def find(self, text: str, limit: int) -> Iterable[tuple[str, str]]:
        """Return the first of those to choose from whose name has `text` in it, as (value, name)."""

    def named(self, values: Iterable[str]) -> dict[str, str]:
        """Return {value: name} of `values`, in the order of a list; without those that are no more."""


IS_ONE = "{c} = ANY(%s)"
HAS_ONE = "{c} && %s::bigint[]"
IS_SPOKEN = "({c} = ANY(%s) OR split_part({c}, '-', 1) = ANY(%s))"  # who asks for pt means pt-BR too, not the reverse


@dataclass(frozen=True)
class Said:
    """How rules about some choices are told: %(values)s stands for their names, each written as in `name`."""

    one_of: Words = _("%(field)s is %(values)s")
    none_of: Words = _("%(field)s is not %(values)s")
    known: Words = _("%(field)s is known")
    unknown: Words = _("%(field)s is not known")
    name: Words = "%s"


IS_CHOSEN = Said()


@dataclass(frozen=True)
class Field:
    """One thing to ask. `column` is SQL over the profile row `p`; `chosen`: when it ({c}) is one of some choices.

    Of a consent `column` is its bit. `source`: which source it comes from, "" for what customers say of themselves.
    choices: all that there are, where these are few; lookup: where they may be many, or may have been chosen and be
    offered no more. folded_from: of a text that is kept folded (crm/folding.py), SQL for how it is written.
    """

    key: str
    label: Words
    kind: Kind
    column: str
    group: Words
    choices: Choices | None = None
    chosen: str = IS_ONE
    is_retired: bool = False  # not offered any more; segments that ask it go on
    source: str = ""
    lookup: Lookup | None = None
    folded_from: str = ""
    said: Said = IS_CHOSEN

    def find(self, text: str, limit: int) -> list[tuple[str, str]]:
        """Return the first of what there is to choose from whose name has `text` in it, as (value, name)."""
        if self.lookup:
            return list(self.lookup.find(text, limit))
        asked = text.casefold()
        return [one for one in self._listed().items() if asked in one[1].casefold()][:limit]

    def named(self, values: Iterable[object]) -> dict[str, str]:
        """Return {value: name} of `values`, in the order of a list; without those that there are no more."""
        asked = {str(one) for one in values}
        if self.lookup:
            return self.lookup.named(asked)
        return {value: name for value, name in self._listed().items() if value in asked}

    def _listed(self) -> dict[str, str]:
        return {value: str(name) for value, name in (self.choices() if self.choices else ())}

    @property
    def value(self) -> str:
        """SQL for its value, over the profile row `p`."""
        if self.kind != Kind.CONSENT:
            return self.folded_from or self.column
        return f"CASE WHEN p.allowed & {self.column} <> 0 THEN true WHEN p.refused & {self.column} <> 0 THEN false END"
