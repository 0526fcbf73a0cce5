"""Health checks, filled by every room, walked by the health page and `manage.py doctor`.

/readyz walks none of them: it asks the database alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

from crm.words import Words

WELL, SOON, STOPPED, OFF = "well", "soon", "stopped", "off"


@dataclass(frozen=True)
class Finding:
    """What one check found: a state (well, soon, stopped, off), what is so, and what to do about it."""

    state: str
    words: str
    advice: str = ""


Look = Callable[[], Finding]


@dataclass(frozen=True)
class HealthCheck:
    """One check. label: what the page calls it, group: where it stands there, where that knows neither by its name."""

    look: Look
    label: Words = ""
    group: str = ""


_checks: dict[str, HealthCheck] = {}


def check(name: str, *, label: Words = "", group: str = "") -> Callable[[Look], Look]:
    """Register the decorated function, () → Finding, as the check `name`."""

    def register(look: Look) -> Look:
        _checks[name] = HealthCheck(look, label, group)
        return look

    return register


def of(name: str) -> HealthCheck:
    """Return a check that was registered."""
    return _checks[name]


def examine() -> list[tuple[str, Finding]]:
    """Run every check; one that raises is itself a finding. What needs somebody comes first."""
    rows = [(name, _safely(one.look)) for name, one in _checks.items()]
    return sorted(rows, key=lambda row: [STOPPED, SOON, OFF, WELL].index(row[1].state))


def _safely(look: Look) -> Finding:
    try:
        return look()
    except Exception as error:
        return Finding(
            STOPPED, f"{type(error).__name__}: {error}".strip()[:300], gettext("See the log of the web server.")
        )
