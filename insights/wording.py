"""A rule as a sentence, for people who did not write it."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm import formats
from crm.money import digits
from insights.fields import every
from insights.kinds import Field, Kind, amount
from insights.operators import OPERATORS
from sales import bookkeeping

MOST_NAMED = 5  # in one rule


def in_words(rule: dict[str, Any], known: dict[str, Field] | None = None) -> str:
    """Return `rule` as one sentence in the reader's language; a piece that no longer exists is said to be so.

    known: what fields.every() returned, where many rules are told; None: it is asked.
    """
    sentence = _group(rule, every() if known is None else known, outermost=True)
    return _("Customers for whom this is true: %(rules)s.") % {"rules": sentence} if sentence else _("All customers.")


def _group(rule: dict[str, Any], known: dict[str, Field], *, outermost: bool = False) -> str:
    match, rows = next(iter(rule.items()), ("all", []))
    parts = [part for row in rows if (part := piece(row, known))]
    text = (_(" and ") if match == "all" else _(" or ")).join(parts)
    return text if outermost or len(parts) < 2 else f"({text})"


def piece(row: dict[str, Any], known: dict[str, Field]) -> str:
    """Return a rule, or a group of some, as it stands in a sentence."""
    if "field" not in row:
        return _group(row, known)
    asked = known.get(row["field"])
    if asked is None:
        return _("a field that no longer exists")
    if row["is"] not in OPERATORS[asked.kind]:
        return _("%(field)s, asked as it cannot be any more") % {"field": asked.label}
    words, count, _sql = OPERATORS[asked.kind][row["is"]]
    if asked.kind.is_chosen:
        told = {"field": asked.label, "values": _chosen(asked, row.get("value")) if count else ""}
        return str(getattr(asked.said, row["is"])) % told
    if row["is"] in ("in_last", "not_in_last"):
        return _span(asked, row["is"], int(row["value"]))
    if asked.kind == Kind.YES_NO:
        return (_("they have %(field)s") if row["is"] == "yes" else _("they do not have %(field)s")) % {
            "field": asked.label
        }
    if not count:
        return f"{asked.label} {words}"
    return f"{asked.label} {words} {_shown(asked, row['value'])}"


def _span(asked: Field, operator: str, days: int) -> str:
    if operator == "in_last":
        return _("%(field)s was in the last %(days)d days") % {"field": asked.label, "days": days}
    return _("%(field)s was not in the last %(days)d days") % {"field": asked.label, "days": days}


def _shown(asked: Field, value: Any) -> str:
    if asked.kind in (Kind.DAY, Kind.MOMENT):
        from_iso = value if hasattr(value, "year") else _date(value)
        return formats.day(from_iso) if from_iso else str(value)
    if asked.kind == Kind.MONEY:
        return _money(value)
    return _("“%s”") % value if asked.kind == Kind.TEXT else str(value)


def _money(value: Any) -> str:
    """Write an amount of the organisation's currency; one that is finer than its cents as it was written."""
    currency = bookkeeping.currency()
    cents = amount(value).scaleb(digits(currency))
    is_whole = cents.is_finite() and cents == cents.to_integral_value()
    return formats.money(int(cents), currency, exact=True) if is_whole else f"{value} {currency}"


def _chosen(asked: Field, value: Any) -> str:
    """Return what was chosen, by name: "Wine, Bread or one that no longer exists"."""
    chosen = [str(one) for one in (value if isinstance(value, list) else [value])]
    names = asked.named(chosen)
    told = [str(asked.said.name) % names[one] for one in chosen if one in names]
    gone = [one for one in chosen if one not in names]
    if asked.lookup and gone:
        words = ngettext("one that no longer exists", "%(count)d that no longer exist", len(gone))
        return _or([*_some(told, MOST_NAMED), words % {"count": len(gone)}])
    return _or(_some([*told, *(_("%(value)s (no longer a choice)") % {"value": one} for one in gone)], MOST_NAMED))


def _some(names: list[str], most: int) -> list[str]:
    """Return the first names, and how many more there are if that is more than one."""
    if len(names) <= most + 1:
        return names
    more = len(names) - most
    return [*names[:most], ngettext("%(count)d more", "%(count)d more", more) % {"count": more}]


def _or(names: list[str]) -> str:
    return _("%(some)s or %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]} if names[1:] else names[0]


def every_one(names: list[str], most: int) -> str:
    """Return names as a list of all of them: "Wine, Bread and 7 more"."""
    told = _some(names, most)
    return _("%(some)s and %(last)s") % {"some": ", ".join(told[:-1]), "last": told[-1]} if told[1:] else "".join(told)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
