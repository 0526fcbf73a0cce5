"""The queues that jobs wait in, and who serves which. Nothing here needs Django: the runner reads it too.

Twenty thousand messages of a campaign, an import, a refresh of every profile: one worker takes what takes its time, so
that others are always free for a call and the heart, and for an answer. A room may have queues of its own, as many as
it likes: each stands beside one of ours, and whoever serves that one serves it too (crm/celery.py).
"""

from collections.abc import Callable, Iterable, Iterator

ORDINARY = "celery"  # Celery's own name for the queue of jobs that name none
QUICK = "quick"  # jobs of a moment that must not wait
PERSONAL = "personal"  # beside it: what goes to one person, a queue for each channel
EVERY = (ORDINARY, QUICK, PERSONAL)

Names = Callable[[], Iterable[str]]
_beside: list[tuple[str, Names]] = []


def beside(queue: str) -> Callable[[Names], Names]:
    """Register the decorated function, () → names of queues that stand beside one of ours."""

    def register(names: Names) -> Names:
        _beside.append((queue, names))
        return names

    return register


def served_with(served: Iterable[str]) -> Iterator[str]:
    """Yield the queues of rooms that whoever serves these serves too."""
    known = set(served)
    for queue, names in _beside:
        if queue in known:
            yield from names()


def every() -> list[str]:
    """Return all queues, those of rooms too; ask when every room has started."""
    return [*EVERY, *served_with(EVERY)]
