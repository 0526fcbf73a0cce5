"""What stands for something in a list or a timeline: its glyph and its word. Rooms register theirs at start.

A class `ch-<hue>` gives it a colour of its own where the style sheet has one; without, it is grey and looks as decent.
"""

from dataclasses import dataclass

from crm.words import Words

NEUTRAL = "message-circle-dashed"  # of what nobody registered: a channel of former years


@dataclass(frozen=True)
class Mark:
    """One glyph. icon: Lucide's name. hue: whose colour it has."""

    icon: str
    label: Words
    hue: str


_marks: dict[str, Mark] = {}


def mark(key: str, label: Words, icon: str, *, hue: str = "") -> None:
    """Register what stands for `key`: a channel, or something else that a timeline shows."""
    _marks[key] = Mark(icon, label, hue or key)


def of(key: str) -> Mark:
    """Return what stands for `key`; of what nobody registered (any more), a neutral glyph with the key as its word."""
    return _marks.get(key) or Mark(NEUTRAL, key, "")


def every() -> dict[str, Mark]:
    """Return all of them by key."""
    return dict(_marks)


mark("system", "Filo", "info")
