"""Panels: pieces that an upper room draws on a page of a lower one.

A slot has a name ("customer.side", "today.main" …). A panel is a function (request, subject) → markup,
drawn in the same response; an empty string leaves it out. A panel that fails says so alone.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from markupsafe import Markup

log = logging.getLogger("filo.panels")
Draw = Callable[[HttpRequest, Any], str]
_slots: dict[str, dict[str, tuple[int, Draw]]] = defaultdict(dict)


def panel(slot: str, name: str, order: int = 100):
    """Register the decorated function as panel `name` of `slot`."""

    def register(draw: Draw) -> Draw:
        _slots[slot][name] = (order, draw)
        return draw

    return register


def draw(slot: str, request: HttpRequest, subject: Any) -> list[str]:
    """Return the markup of each panel of `slot`, in order, empty ones left out."""
    rows = sorted(_slots[slot].items(), key=lambda row: (row[1][0], row[0]))
    return [markup for name, (_, one) in rows if (markup := _draw(slot, name, one, request, subject))]


def _draw(slot: str, name: str, one: Draw, request: HttpRequest, subject: Any) -> str:
    try:
        # A template drew it, so it is escaped. Requests run in autocommit: a failed query spoils no other panel.
        return Markup(one(request, subject))  # nosec B704
    except Exception:
        if settings.FILO_MODE == "test":
            raise
        log.exception("panel failed", extra={"slot": slot, "panel": name})
        return Markup(render_to_string("errors/_panel.html", {"name": name}, request))  # nosec B704
