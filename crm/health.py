"""Health checks, filled by every room, walked by /readyz, the health page and `manage.py doctor`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

WELL, SOON, STOPPED, OFF = "well", "soon", "stopped", "off"


@dataclass(frozen=True)
class Finding:
    """What one check found: a state (well, soon, stopped, off), what is so, and what to do about it."""

    state: str
    words: str
    advice: str = ""


_checks: dict[str, Callable[[], Finding]] = {}


def check(name: str):
    """Register the decorated function, () → Finding, as the check `name`."""

    def register(look: Callable[[], Finding]) -> Callable[[], Finding]:
        _checks[name] = look
        return look

    return register


def examine() -> list[tuple[str, Finding]]:
    """Run every check; one that raises is itself a finding. What needs somebody comes first."""
    rows = [(name, _safely(look)) for name, look in _checks.items()]
    return sorted(rows, key=lambda row: [STOPPED, SOON, OFF, WELL].index(row[1].state))


def _safely(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        return Finding(
            STOPPED, f"{type(error).__name__}: {error}".strip()[:300], gettext("See the log of the web server.")
        )
