"""A segment's rule: a tree, one boolean SQL expression, a sentence.

    {"all": [{"field": "country", "is": "is", "value": "IT"}, {"any": […]}]}

`all` and `any` nest to DEEPEST; an empty group holds for everybody.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import days
from crm.money import digits
from crm.problems import Invalid
from insights.fields import every
from insights.kinds import Field, Kind
from sales import bookkeeping

DEEPEST = 3  # groups within groups
MOST_RULES = 50
LONGEST_SPAN_DAYS = 36_500  # a hundred years
FINEST = -12  # power of ten of a number's last digit; PostgreSQL refuses far smaller ones

# operator → (words, how many values, SQL with {c} for the column, {chosen} for Field.chosen and %s for each value;
# a span of days has two, its first and its last, or of moments the first one that is not in it any more)
KNOWN = {
    "known": (gettext_lazy("is known"), 0, "{c} IS NOT NULL"),
    "unknown": (gettext_lazy("is not known"), 0, "{c} IS NULL"),
}
TEXT = {
    "is": (gettext_lazy("is"), 1, "lower({c}) = lower(%s)"),
    "is_not": (gettext_lazy("is not"), 1, "COALESCE(lower({c}), '') <> lower(%s)"),
    "contains": (gettext_lazy("contains"), 1, "strpos(lower({c}), lower(%s)) > 0"),
    "begins": (gettext_lazy("begins with"), 1, "starts_with(lower({c}), lower(%s))"),
    "known": (gettext_lazy("is known"), 0, "COALESCE({c}, '') <> ''"),
    "unknown": (gettext_lazy("is not known"), 0, "COALESCE({c}, '') = ''"),
}
CHOICE = {
    "one_of": (gettext_lazy("is one of"), 1, "{chosen}"),
    "none_of": (gettext_lazy("is none of"), 1, "NOT COALESCE({chosen}, false)"),
    "known": TEXT["known"],
    "unknown": TEXT["unknown"],
}
SET = {
    **CHOICE,
    "known": (TEXT["known"][0], 0, "cardinality({c}) > 0"),
    "unknown": (TEXT["unknown"][0], 0, "cardinality({c}) = 0"),
}
NUMBER = {
    "at_least": (gettext_lazy("is at least"), 1, "{c} >= %s"),
    "at_most": (gettext_lazy("is at most"), 1, "{c} <= %s"),
    "is": (gettext_lazy("is exactly"), 1, "{c} = %s"),
    **KNOWN,
}
# A day is compared with days, a moment with the first moments of days: crm/days says when those are. So an index helps.
WAS = {
    "known": (gettext_lazy("has ever been"), 0, "{c} IS NOT NULL"),
    "unknown": (gettext_lazy("has never been"), 0, "{c} IS NULL"),
}
DAY = {
    "in_last": (gettext_lazy("was in the last days"), 1, "{c} BETWEEN %s AND %s"),
    "not_in_last": (gettext_lazy("was not in the last days"), 1, "NOT COALESCE({c} BETWEEN %s AND %s, false)"),
    "before": (gettext_lazy("was before"), 1, "{c} < %s"),
    "after": (gettext_lazy("was on or after"), 1, "{c} >= %s"),
    **WAS,
}
MOMENT = {
    **DAY,
    "in_last": (DAY["in_last"][0], 1, "({c} >= %s AND {c} < %s)"),
    "not_in_last": (DAY["not_in_last"][0], 1, "NOT COALESCE({c} >= %s AND {c} < %s, false)"),
}
YES_NO = {
    "yes": (gettext_lazy("yes"), 0, "{c}"),
    "no": (gettext_lazy("no"), 0, "NOT {c}"),
}
CONSENT = {
    "yes": (gettext_lazy("are allowed"), 0, "p.allowed & {c} <> 0"),
    "no": (gettext_lazy("are refused"), 0, "p.refused & {c} <> 0"),
    "unasked": (gettext_lazy("were never asked about"), 0, "(p.allowed | p.refused) & {c} = 0"),
}
OPERATORS: dict[Kind, dict[str, tuple[Any, int, str]]] = {
    Kind.TEXT: TEXT,
    Kind.CHOICE: CHOICE,
    Kind.SET: SET,
    Kind.NUMBER: NUMBER,
    Kind.MONEY: NUMBER,
    Kind.DAY: DAY,
    Kind.MOMENT: MOMENT,
    Kind.YES_NO: YES_NO,
    Kind.CONSENT: CONSENT,
}


class InvalidRule(Invalid):
    """This rule cannot be asked. Its words say which part and why."""

    code = "invalid_rule"


@dataclass(frozen=True)
class Condition:
    """An SQL expression over the profile row `p`, and its values in order."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass
class Node:
    """A checked piece of a rule. `path` counts from the root: (), (0,), (0, 2) …"""

    path: tuple[int, ...]
    condition: Condition
    match: str = ""  # "all" or "any" of a group; "" of a single rule
    children: list["Node"] = field(default_factory=list)


def check(rule: Any, known: dict[str, Field] | None = None) -> Node:
    """Return the checked tree of `rule`. Raises InvalidRule in words that say what to change.

    known: what fields.every() returned, where many rules are checked; None: it is asked.
    """
    node = _group(rule, (), every() if known is None else known)
    if _size(node) > MOST_RULES:
        raise InvalidRule(_("A segment can have at most %(most)d rules.") % {"most": MOST_RULES})
    return node


def compile_rule(rule: Any, known: dict[str, Field] | None = None) -> Condition:
    """Return `rule` as one boolean SQL expression over insights_profile p. `known` as in check. Raises InvalidRule."""
    return check(rule, known).condition


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.children))


def _group(rule: Any, path: tuple[int, ...], known: dict[str, Field]) -> Node:
    if not isinstance(rule, dict) or len(rule) != 1 or next(iter(rule)) not in ("all", "any"):
        raise InvalidRule(_("A group is written {“all”: […]} or {“any”: […]}."))
    match, rows = next(iter(rule.items()))
    if not isinstance(rows, list):
        raise InvalidRule(_("A group holds a list of rules."))
    if len(path) >= DEEPEST:
        raise InvalidRule(_("Groups can be nested three deep, no further."))
    children = [_node(row, (*path, at), known) for at, row in enumerate(rows)]
    return Node(path, joined(match, [child.condition for child in children]), match, children)


def joined(match: str, conditions: list[Condition]) -> Condition:
    """Return all or any of `conditions` as one; of none, what holds for everybody."""
    if not conditions:
        return Condition("TRUE")
    word = " AND " if match == "all" else " OR "
    sql = word.join(f"({condition.sql})" for condition in conditions)
    return Condition(sql, tuple(value for condition in conditions for value in condition.values))


def _node(row: Any, path: tuple[int, ...], known: dict[str, Field]) -> Node:
    if isinstance(row, dict) and "field" not in row:
        return _group(row, path, known)
    return Node(path, _single(row, known))


def _single(row: Any, known: dict[str, Field]) -> Condition:
    if not isinstance(row, dict):
        raise InvalidRule(_("A rule names a field, an operator and a value."))
    asked = known.get(str(row.get("field")))
    if asked is None:
        raise InvalidRule(_("There is no field “%(field)s”.") % {"field": row.get("field")})
    operators = OPERATORS[asked.kind]
    operator = str(row.get("is"))
    if operator not in operators:
        raise InvalidRule(
            _("“%(operator)s” cannot be asked of %(field)s.") % {"operator": operator, "field": asked.label}
        )
    _words, count, sql = operators[operator]
    if asked.folded_from:
        sql = sql.replace("lower({c})", "{c}").replace("lower(", "folded(")
    sql = sql.replace("{chosen}", asked.chosen)
    values = _values(asked, operator, row.get("value"), sql.count("%s")) if count else ()
    return Condition(sql.replace("{c}", asked.column), values)


def _values(asked: Field, operator: str, value: Any, places: int) -> tuple[Any, ...]:
    """Return what stands in the operator's places, in order."""
    if asked.kind not in (Kind.DAY, Kind.MOMENT):
        return (_value(asked, value),) * places
    is_moment = asked.kind == Kind.MOMENT
    if operator in ("in_last", "not_in_last"):
        span = days.last_days(_whole(asked, value))
        return days.moments(*span) if is_moment else span
    day = _day(asked, value)
    return (days.begin(day) if is_moment else day,)


def _value(asked: Field, value: Any) -> Any:
    if asked.kind in (Kind.NUMBER, Kind.MONEY):
        return _number(asked, value)
    if asked.kind in (Kind.CHOICE, Kind.SET):
        return _choices(asked, value)
    text = str(value if value is not None else "").strip()
    if not text or "\x00" in text:
        raise InvalidRule(_("Write what %(field)s should be.") % {"field": asked.label})
    return text[:200]


def _whole(asked: Field, value: Any) -> int:
    try:
        count = int(str(value))
    except ValueError:
        count = 0
    if not 1 <= count <= LONGEST_SPAN_DAYS:
        raise InvalidRule(_("Write how many days for %(field)s: a whole number from 1.") % {"field": asked.label})
    return count


def _day(asked: Field, value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidRule(_("Choose a day for %(field)s.") % {"field": asked.label}) from None


def _number(asked: Field, value: Any) -> Decimal | int:
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number) > 10**12 or int(number.as_tuple().exponent) < FINEST:
        raise InvalidRule(_("Write a number for %(field)s.") % {"field": asked.label})
    number = number.scaleb(digits(bookkeeping.currency())) if asked.kind == Kind.MONEY else number
    return int(number) if number == number.to_integral_value() else number  # a numeric is slow to compare with


def _choices(asked: Field, value: Any) -> list[str]:
    chosen = [str(one) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    is_bad = _is_no_id if asked.kind == Kind.SET else _is_unwritable
    if not chosen or any(map(is_bad, chosen)):
        raise InvalidRule(_("Choose at least one for %(field)s.") % {"field": asked.label})
    return chosen


def _is_unwritable(text: str) -> bool:
    return "\x00" in text


def _is_no_id(text: str) -> bool:
    return not (text.isascii() and text.isdecimal() and len(text) < 19)  # a bigint
