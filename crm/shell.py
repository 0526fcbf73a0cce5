"""The frame around every page: places in the navigation and commands of the palette.

Rooms register theirs in contributions.py; the shell draws what this user may open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.urls import get_urlconf, reverse

from crm import panels
from crm.words import Words

GROUPS = ["", "Sell", "Market", "Data", "Settings"]  # in the order of the navigation; "" has no heading


@cache
def _address(url_name: str, urlconf: str | None) -> str:
    """Reversed once: the frame of every page asks for each place's."""
    return reverse(url_name, urlconf)


@dataclass(frozen=True)
class NavigationPlace:
    """One entry of the navigation. `key` follows G on the keyboard; `count(request)` is a small number or None."""

    name: str
    label: Words
    icon: str
    url_name: str
    right: str
    group: str = ""
    order: int = 100
    key: str = ""
    on_phone: bool = False
    count: Callable[[HttpRequest], int | None] | None = None

    def url(self) -> str:
        return _address(self.url_name, get_urlconf())


@dataclass(frozen=True)
class Command:
    """One thing to do from the palette or the New menu."""

    name: str
    label: Words
    icon: str
    url_name: str
    right: str
    order: int = 100
    key: str = ""
    is_new: bool = False  # stands in the New menu too
    takes: str = ""  # the query parameter that takes a text which found nobody: "New customer with …"

    def url(self) -> str:
        return _address(self.url_name, get_urlconf())


@dataclass(frozen=True)
class PaletteRow:
    """One row that the palette found: a customer, say."""

    label: str
    url: str
    icon: str = "user"
    meta: str = ""
    mark: str = ""  # the part of an address that matched


_places: dict[str, NavigationPlace] = {}
_commands: dict[str, Command] = {}
_finders: list[Callable[[HttpRequest, str], list[PaletteRow]]] = []


def place(name: str, **fields) -> None:
    _places[name] = NavigationPlace(name, **fields)


def command(name: str, **fields) -> None:
    _commands[name] = Command(name, **fields)


def finder(find: Callable[[HttpRequest, str], list[PaletteRow]]):
    """Register what the palette asks as somebody types: (request, text) → rows, best first."""
    if find not in _finders:
        _finders.append(find)
    return find


def find(request: HttpRequest, text: str) -> list[PaletteRow]:
    return [row for finder in _finders for row in finder(request, text)]


def places(request: HttpRequest) -> list[tuple[str, list[NavigationPlace]]]:
    """Return [(group, places)] that this user may open."""
    seen = sorted((p for p in _places.values() if _may(request, p.right)), key=lambda p: p.order)
    return [(group, rows) for group in GROUPS if (rows := [p for p in seen if p.group == group])]


def commands(request: HttpRequest, text: str = "") -> list[Command]:
    seen = sorted((c for c in _commands.values() if _may(request, c.right)), key=lambda c: c.order)
    return [c for c in seen if text.lower() in str(c.label).lower()]


def place_of(request: HttpRequest) -> str:
    """Return the name of the place whose address this page's begins with, the longest one; "/" is only itself."""
    matches = [(len(url), p.name) for p in _places.values() if _is_in(request.path, url := p.url())]
    return max(matches, default=(0, ""))[1]


def _is_in(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _may(request: HttpRequest, right: str) -> bool:
    user = getattr(request, "user", None)
    return bool(user and user.is_authenticated and user.may(right))


def context(request: HttpRequest) -> dict:
    """Context processor: what templates/shell.html draws; lazily, a part asks for none of it."""
    return {
        "shell_places": lambda: places(request),
        "shell_new": lambda: [c for c in commands(request) if c.is_new],
        "shell_current": lambda: place_of(request),
        "shell_corner": lambda: panels.draw("shell.corner", request, request.user),
    }
