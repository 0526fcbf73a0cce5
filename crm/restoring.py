"""After a backup was restored: what it holds may have left since, so nothing goes on by itself.

Each room says in its contributions what it stops; `manage.py restore` walks the steps before anything runs.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction

Step = Callable[[], list[str]]
UNFINISHED = "restore-unfinished"  # a file in var/; crm.running.prepared looks for it too
_steps: dict[str, tuple[int, Step]] = {}


def step(order: int, name: str) -> Callable[[Step], Step]:
    """Register the decorated function, () → what it stopped, in words, as the step `name`."""

    def register(stop: Step) -> Step:
        _steps[name] = (order, stop)
        return stop

    return register


def begin() -> bool:
    """Note that a base is being restored: if that is killed, the next start stops it. False: it was noted already."""
    note = settings.VAR / UNFINISHED
    was_noted = note.exists()
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    return not was_noted


def forget() -> None:
    """Forget that a base is being restored: nothing was, or all of it is stopped."""
    (settings.VAR / UNFINISHED).unlink(missing_ok=True)


def finish() -> list[str]:
    """Stop everything of a base whose restoring was begun, and return what, in words. May run twice."""
    if not (settings.VAR / UNFINISHED).exists():
        return []
    stopped = stop_everything()
    go_on_behind()
    forget()
    return stopped


# Whatever was numbered after the backup was made is gone, and known outside by its number: in answer addresses of mails
# and links in messages, at the provider, at those who use the API. No number may name two things.
GO_ON_BEHIND = """
SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, COALESCE(last_value, 0) + %s)
FROM pg_sequences WHERE schemaname = current_schema() AND data_type = 'bigint'::regtype
"""
MOST_SINCE = 10_000_000  # rows of one table since the backup was made


def go_on_behind() -> None:
    """Give no number again that may have been given since the backup was made."""
    with connection.cursor() as cursor:
        cursor.execute(GO_ON_BEHIND, [MOST_SINCE])


@transaction.atomic
def stop_everything() -> list[str]:
    """Walk every step and return what was stopped, in words."""
    return [words for _order, stop in sorted(_steps.values(), key=lambda row: row[0]) for words in stop()]
