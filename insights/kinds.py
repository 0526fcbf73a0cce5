"""What may be asked about a customer, and of which kind its answers are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import TextChoices

from crm.words import Words


class Kind(TextChoices):
    TEXT = "text"
    CHOICE = "choice"
    SET = "set"  # any number of choices at once, each an id: products, campaigns
    NUMBER = "number"
    MONEY = "money"  # asked in units of the organisation's currency, kept in its cents
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CONSENT = "consent"  # yes, no, never asked


Choices = Callable[[], Iterable[tuple[str, str]]]
IS_ONE = "{c} = ANY(%s)"
HAS_ONE = "{c} && %s::bigint[]"
IS_SPOKEN = "({c} = ANY(%s) OR split_part({c}, '-', 1) = ANY(%s))"  # who asks for pt means pt-BR too, not the reverse


@dataclass(frozen=True)
class Field:
    """One thing to ask. `column` is SQL over the profile row `p`; `chosen`: when it ({c}) is one of some choices.

    Of a consent `column` is its bit. `source`: which source it comes from, "" for what customers say of themselves.
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

    @property
    def value(self) -> str:
        """SQL for its value, over the profile row `p`."""
        if self.kind != Kind.CONSENT:
            return self.column
        return f"CASE WHEN p.allowed & {self.column} <> 0 THEN true WHEN p.refused & {self.column} <> 0 THEN false END"
