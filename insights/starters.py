"""Segments to begin with, where there is none yet: counted, never painted."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from insights import segments


@dataclass(frozen=True)
class Starter:
    key: str
    name: str
    reason: str
    rule: dict[str, Any]
    count: int


def starters(user: Any) -> list[Starter]:
    """Return segments that have somebody in them today whom `user` may see, each with its reason."""
    rows = [
        (
            "allow-offers",
            _("Allow offers by e-mail"),
            _("they said yes, and nobody has complained since"),
            {"all": [{"field": "offers_email", "is": "yes"}, {"field": "has_open_complaint", "is": "no"}]},
        ),
        (
            "gone-quiet",
            _("Bought before, not for half a year"),
            _("their last purchase is more than 180 days ago"),
            {
                "all": [
                    {"field": "orders", "is": "at_least", "value": "1"},
                    {"field": "last_purchase_on", "is": "not_in_last", "value": "180"},
                ]
            },
        ),
        (
            "never-asked",
            _("Never asked about offers"),
            _("they have an address, and nobody asked"),
            {"all": [{"field": "has_email", "is": "yes"}, {"field": "offers_email", "is": "unasked"}]},
        ),
    ]
    counted = (Starter(key, name, reason, rule, segments.count(rule, user)) for key, name, reason, rule in rows)
    return [starter for starter in counted if starter.count]
