"""The demo company, told in steps that the rooms register; `manage.py demo` walks them in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any


class AlreadyTold(Exception):
    """Raised by the first step when the company is there: a second run changes nothing."""


@dataclass
class Story:
    """What the steps hand on to each other.

    dice: the only chance there is, so that every loading tells the same story; now: all dates are counted from it;
    customers: how many to make; made: what former steps made, by name.
    """

    dice: Random
    now: datetime
    customers: int
    made: dict[str, Any] = field(default_factory=dict)
    say: Callable[[str], None] = print


Step = Callable[[Story], None]
_steps: dict[str, tuple[int, Step]] = {}
_big_steps: dict[str, tuple[int, Step]] = {}


def step(order: int, name: str, *, big: bool = False):
    """Register the decorated function as a step; `big` ones fill a benchmark base by COPY instead."""

    def register(tell: Step) -> Step:
        (_big_steps if big else _steps)[name] = (order, tell)
        return tell

    return register


def steps(*, big: bool = False) -> Iterator[tuple[str, Step]]:
    for name, (_, tell) in sorted((_big_steps if big else _steps).items(), key=lambda row: row[1][0]):
        yield name, tell


# (e-mail, password, role) of the demo people, for the runner to print; the room that makes them fills it.
SIGN_INS: list[tuple[str, str, str]] = []
