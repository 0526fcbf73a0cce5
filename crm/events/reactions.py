"""Who reacts to what. Each room's reactions.py registers plain functions here."""

from collections import defaultdict
from collections.abc import Callable

from crm import queues
from crm.events.catalogue import KINDS
from crm.events.models import Event

Reaction = Callable[[Event], None]
_by_kind: dict[str, list[str]] = defaultdict(list)
_by_name: dict[str, Reaction] = {}
_queues: dict[str, str] = {}


def on(*kinds: str, is_quick: bool = False):
    """Register the decorated function to be called once with each event of these kinds.

    is_quick: it takes a moment, and somebody waits for it: it never waits behind what is slow.

    It runs in a job, after the commit, inside a transaction of its own that also marks it as done:
    what it writes takes effect once. What it does outside the database may happen twice.
    """

    def register(reaction: Reaction) -> Reaction:
        name = f"{reaction.__module__}.{reaction.__qualname__}"
        _by_name[name] = reaction
        _queues[name] = queues.QUICK if is_quick else queues.ORDINARY
        for kind in kinds:
            if kind not in KINDS:
                raise ValueError(f"{kind} is not in crm/events/catalogue.py.")
            if name not in _by_kind[kind]:
                _by_kind[kind].append(name)
        return reaction

    return register


def names_for(kind: str) -> list[str]:
    return _by_kind[kind]


def queue_of(name: str) -> str:
    """Return the queue of a reaction's jobs; the ordinary one for one that does not exist any more."""
    return _queues.get(name, queues.ORDINARY)


def named(name: str) -> Reaction | None:
    return _by_name.get(name)
