"""A rule as a sentence, for people who did not write it."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from insights.fields import every
from insights.kinds import Field, Kind
from insights.rules import OPERATORS


def in_words(rule: dict[str, Any], known: dict[str, Field] | None = None) -> str:
    """Return `rule` as one sentence in the reader's language; a piece that no longer exists is said to be so.

    known: what fields.every() returned, where many rules are told; None: it is asked.
    """
    sentence = _group(rule, every() if known is None else known, outermost=True)
    return _("Customers for whom %(rules)s.") % {"rules": sentence} if sentence else _("All customers.")


def _group(rule: dict[str, Any], known: dict[str, Field], *, outermost: bool = False) -> str:
    match, rows = next(iter(rule.items()), ("all", []))
    parts = [part for row in rows if (part := _part(row, known))]
    text = (_(" and ") if match == "all" else _(" or ")).join(parts)
    return text if outermost or len(parts) < 2 else f"({text})"


def _part(row: dict[str, Any], known: dict[str, Field]) -> str:
    if "field" not in row:
        return _group(row, known)
    asked = known.get(row["field"])
    if asked is None:
        return _("a field that no longer exists")
    words, count, _sql = OPERATORS[asked.kind][row["is"]]
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
    if asked.kind.is_chosen:
        rows = value if isinstance(value, list) else [value]
        names = asked.named(rows)
        return ", ".join(names.get(str(one), str(one)) for one in rows)
    if asked.kind in (Kind.DAY, Kind.MOMENT):
        from_iso = value if hasattr(value, "year") else _date(value)
        return date_format(from_iso) if from_iso else str(value)
    return _("“%s”") % value if asked.kind == Kind.TEXT else str(value)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
