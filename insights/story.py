"""Meridiana's segments, and everybody's profile."""

from typing import Any

from crm.demo import Story
from insights import refreshing, segments
from insights.models import Segment

SEGMENTS: list[tuple[str, dict[str, Any]]] = [
    ("Allow offers by e-mail", {"all": [{"field": "offers_email", "is": "yes"}]}),
    (
        "Inns and hotels that went quiet",
        {
            "all": [
                {"field": "orders", "is": "at_least", "value": "3"},
                {"field": "last_purchase_on", "is": "not_in_last", "value": "90"},
            ]
        },
    ),
    (
        "Good Italian customers",
        {
            "all": [
                {"field": "country", "is": "one_of", "value": ["IT"]},
                {"field": "spent_12m", "is": "at_least", "value": "500"},
                {"any": [{"field": "offers_email", "is": "yes"}, {"field": "offers_email", "is": "unasked"}]},
            ]
        },
    ),
    (
        "Somebody waits for us",
        {"any": [{"field": "has_late_promise", "is": "yes"}, {"field": "has_open_complaint", "is": "yes"}]},
    ),
]


def tell(story: Story) -> None:
    author = story.made["users"]["Elena Ricci"]
    for name, rule in SEGMENTS:
        segments.save(Segment(), name=name, rule=rule, by=author)
    refreshing.refresh()


def tell_again(story: Story) -> None:
    """Once more at the end: campaigns and their answers are touches too."""
    refreshing.refresh()
