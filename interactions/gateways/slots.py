"""Where values go in a text that is the same for many."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value goes. In HTML it is escaped, unless the value is HTML already (is_markup)."""

    name: str
    is_markup: bool = False
