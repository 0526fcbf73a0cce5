"""Every kind of fact in crm/events/catalogue.py, and how it comes about: by its verb, done with the cast.

A line is a generator: what stands before; `yield`; the deed; `yield fact(…)` of all that it tells, in order. Several
lines of one kind are several ways to it. tests/told/test_every_kind.py does them all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests import make


@dataclass(frozen=True)
class Fact:
    """What is told: its kind, what it is about (model and key), whose it is, and who did it."""

    kind: str
    about: str
    about_id: int
    customer_id: int | None
    actor_id: int | None


@dataclass
class Cast:
    """Anna the agent, Boris her lead, Clara from another team, Mara in marketing, Mira the customer."""

    anna: Any = field(default_factory=lambda: make.make_anna(state="available"))
    boris: Any = field(default_factory=make.make_boris)
    clara: Any = field(default_factory=make.make_clara)
    mira: Any = field(default_factory=lambda: make.make_mira(language="it"))

    def __post_init__(self) -> None:
        make.make_organisation(cap_messages=99)


Line = Callable[[Cast], Iterator[Any]]
LINES: dict[str, list[Line]] = defaultdict(list)


def tells(kind: str) -> Callable[[Line], Line]:
    """Register a line: its last `yield` gives all that the deed tells, this kind among them."""

    def register(line: Line) -> Line:
        LINES[kind].append(line)
        return line

    return register


def fact(kind: str, about, customer=None, by=None) -> Fact:
    """Return what is to be told. about: a row, or (label, key) of one that is gone."""
    label, key = about if isinstance(about, tuple) else (about._meta.label_lower, about.pk)
    return Fact(kind, label, key, customer and customer.pk, by and by.pk)
