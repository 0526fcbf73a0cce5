"""The places of the settings: each room registers its own in contributions.py, and draws it in staff/settings.html.

sections.section("fields", label=_("Custom fields"), icon="text-cursor-input", url_name="customers:fields",
                 right="customers.fields", group="organisation", order=40)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.words import Words
from staff.models import Organisation

GROUPS = {"you": _("You"), "organisation": "", "technical": _("Technical")}  # in order; "": the organisation's name


@dataclass(frozen=True)
class Section:
    """One page of the settings. `count(request)` is a small number beside its name, or None."""

    name: str
    label: Words
    icon: str
    url_name: str
    right: str
    group: str
    order: int = 100
    count: Callable[[HttpRequest], int | None] | None = None

    def url(self) -> str:
        return reverse(self.url_name)


_sections: dict[str, Section] = {}


def section(name: str, **fields) -> None:
    """Register a page of the settings. Raises ValueError for an unknown group."""
    if fields["group"] not in GROUPS:
        raise ValueError(f"{fields['group']} is none of {', '.join(GROUPS)}.")
    _sections[name] = Section(name, **fields)


def navigation(request: Any) -> list[tuple[Any, list[tuple]]]:
    """Return [(group, [(words, url, icon, is current, count)])] of what this user may open, for subnav."""
    seen = sorted((s for s in _sections.values() if request.user.may(s.right)), key=lambda s: s.order)
    here = max((s.url() for s in seen if request.path.startswith(s.url())), key=len, default="")
    names = {**GROUPS, "organisation": Organisation.current().name}
    groups = ((names[key], [s for s in seen if s.group == key]) for key in GROUPS)
    return [(name, [_drawn(s, here, request) for s in rows]) for name, rows in groups if rows]


def _drawn(one: Section, here: str, request: HttpRequest) -> tuple:
    return one.label, one.url(), one.icon, one.url() == here, one.count(request) if one.count else None


def context(request: HttpRequest) -> dict:
    """Context processor: what templates/staff/settings.html draws; lazily, other pages ask for none of it."""
    return {"settings_navigation": lambda: navigation(request)}
