"""What a rule offers where it asks for one of some: those that are chosen, and of the others whom a text finds."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from insights.building import name_of, singles
from insights.kinds import Field

AT_ONCE = 50  # choices shown; more are not, the text is made longer
FEW = 12  # choices that need no search
NAMED = 3  # of the chosen ones, in the rule itself

Choice = tuple[str, str]  # value, words


@dataclass(frozen=True)
class Offer:
    """The choices of one rule. `found` are none of the chosen; `has_more`: not all that were found are in it."""

    chosen: list[Choice]
    found: list[Choice]
    has_more: bool
    has_search: bool

    @property
    def words(self) -> str:
        """What is chosen, shortly; "" for nothing."""
        said = ", ".join(words for _value, words in self.chosen[:NAMED])
        more = len(self.chosen) - NAMED
        return _("%(some)s and %(count)d more") % {"some": said, "count": more} if more > 0 else said


def offers(rule: dict[str, Any], known: dict[str, Field], sought: dict[str, str]) -> dict[str, Offer]:
    """Return {path: what it offers} of the single rules that ask for one of some. sought: {path: text looked for}."""
    found: dict[str, Offer] = {}
    for path, row in singles(rule):
        asked = known.get(row["field"])
        if asked and asked.kind.is_chosen:
            at = name_of(path)
            found[at] = offer(asked, _chosen(row), sought.get(at, ""))
    return found


def _chosen(row: dict[str, Any]) -> list[str]:
    """Return what a single rule has for values."""
    value = row.get("value")
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]


def offer(asked: Field, chosen: Collection[str], text: str = "") -> Offer:
    """Return what `asked` offers to somebody who looks for `text`; "" offers the first ones."""
    named = asked.named(chosen)
    found = [one for one in asked.find(text, AT_ONCE + len(chosen) + 1) if one[0] not in set(chosen)]
    has_search = bool(text) or len(found) + len(chosen) > FEW
    gone = [(one, _gone(asked, one)) for one in chosen if one not in named]
    return Offer([*gone, *named.items()], found[:AT_ONCE], len(found) > AT_ONCE, has_search)


def _gone(asked: Field, value: str) -> str:
    """Say of what is chosen that it is there no longer; the number of a row says nothing."""
    return _("one that no longer exists") if asked.lookup else _("%(value)s (no longer a choice)") % {"value": value}
