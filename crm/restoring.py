"""After a backup was restored: what it holds may have left since, so nothing goes on by itself.

Each room says in its contributions what it stops; `manage.py restore` walks the steps before anything runs.
"""

from collections.abc import Callable

from django.db import transaction

Step = Callable[[], list[str]]
_steps: dict[str, tuple[int, Step]] = {}


def step(order: int, name: str) -> Callable[[Step], Step]:
    """Register the decorated function, () → what it stopped, in words, as the step `name`."""

    def register(stop: Step) -> Step:
        _steps[name] = (order, stop)
        return stop

    return register


@transaction.atomic
def stop_everything() -> list[str]:
    """Walk every step and return what was stopped, in words."""
    return [words for _order, stop in sorted(_steps.values(), key=lambda row: row[0]) for words in stop()]
