"""A segment's rule: a tree, one boolean SQL expression, a sentence.

    {"all": [{"field": "country", "is": "one_of", "value": ["IT"]}, {"any": […]}]}

`all` and `any` nest to DEEPEST; an empty group holds for everybody.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm import days
from crm.money import digits
from crm.problems import Invalid
from insights.conditions import Condition, joined, present
from insights.fields import SEGMENT, every
from insights.kinds import Field, Kind, amount
from insights.models import Segment
from insights.nesting import Nesting
from insights.operators import OPERATORS
from sales import bookkeeping

DEEPEST = 3  # groups within groups
MOST_RULES = 50
MOST_WRITTEN_OUT = 400  # rules in all the segments that one rule names
LONGEST_SPAN_DAYS = 36_500  # a hundred years
FINEST = -12  # power of ten of a number's last digit; PostgreSQL refuses far smaller ones


class InvalidRule(Invalid):
    """This rule cannot be asked. Its words say which part and why."""

    code = "invalid_rule"


class TooMuch(InvalidRule):
    """The segments that this one asks for hold too many rules."""

    code = "too_many_rules"


@dataclass
class Node:
    """A checked piece of a rule. `path` counts from the root: (), (0,), (0, 2) …"""

    path: tuple[int, ...]
    condition: Condition
    match: str = ""  # "all" or "any" of a group; "" of a single rule
    children: list["Node"] = field(default_factory=list)


def check(rule: Any, known: dict[str, Field] | None = None, *, own: int = 0) -> Node:
    """Return the checked tree of `rule`. Raises InvalidRule in words that say what to change.

    known: what fields.every() returned, where many rules are checked; None: it is asked. own: the segment whose rule
    it is: it may not ask for itself, nor for one that asks for it.
    """
    known = every() if known is None else known
    if own and (circle := _segments(known).circle(own, rule)):
        names = " → ".join(f"“{one.name}”" for one in (*circle, circle[0]))
        raise InvalidRule(_("These segments ask for each other in a circle: %(names)s.") % {"names": names})
    node = _group(rule, (), known)
    if _size(node) > MOST_RULES:
        raise InvalidRule(_("A segment can have at most %(most)d rules.") % {"most": MOST_RULES})
    _look_how_much([node.condition])
    return node


def compile_rule(rule: Any, known: dict[str, Field] | None = None) -> Condition:
    """Return `rule` as one boolean SQL expression over insights_profile p. `known` as in check. Raises InvalidRule."""
    return check(rule, known).condition


def compile_segment(segment: Segment, known: dict[str, Field] | None = None) -> Condition:
    """Return who is in `segment` as compile_rule does: who answers its rule, or stands on its list."""
    if segment.is_static:
        return Condition("%s = ANY(p.lists)", (segment.pk,))
    return check(segment.rule, known, own=segment.pk).condition


def check_built_on(segment: Segment, rule: Any, known: dict[str, Field]) -> None:
    """Look that those that ask for `segment` do not become too much once its rule is `rule`. Raises TooMuch."""
    for one in _segments(known).rewritten(segment.pk, rule) if segment.pk else ():
        try:
            compile_segment(one, known)
        except TooMuch as problem:
            words = _("“%(name)s” asks for this segment, and would become too much: %(why)s")
            raise TooMuch(words % {"name": one.name, "why": problem}) from None
        except InvalidRule:
            continue  # it could not be asked before


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
    if asked.kind == Kind.SEGMENT:
        inside = _inside(_choices(asked, row.get("value")), known)
        return Condition(sql.replace("{chosen}", inside.sql), inside.values, inside.size)
    if asked.folded_from:
        sql = sql.replace("lower({c})", "{c}").replace("lower(", "folded(")
    sql = sql.replace("{chosen}", asked.chosen)
    values = _values(asked, operator, row.get("value"), sql.count("%s")) if count else ()
    return Condition(sql.replace("{c}", asked.column), values)


def _segments(known: dict[str, Field]) -> Nesting:
    found = known[SEGMENT].lookup
    assert isinstance(found, Nesting)
    return found


def _inside(chosen: list[str], known: dict[str, Field]) -> Condition:
    """Return who is in one of these segments, their rules written out: one scan is right whatever comes first in it.

    Of one that cannot be asked, those who are in it at present: they stay in it, so nobody enters or leaves this one
    by that. One that is put away or gone has no members to count: who asks for it cannot be asked either, and keeps
    its own.
    """
    segments, parts = _segments(known), []
    for pk in dict.fromkeys(map(int, chosen)):
        if pk not in segments.in_use:
            raise InvalidRule(
                _("A segment that it asks for is not in use any more: %(name)s.") % {"name": segments.name(pk)}
            )
        parts.append(_written_out(pk, segments, known))
        _look_how_much(parts)
    return joined("any", parts)


def _look_how_much(parts: list[Condition]) -> None:
    if sum(part.size for part in parts) > MOST_WRITTEN_OUT:
        words = _("With the segments that it asks for it holds more than %(most)d rules. Ask for fewer.")
        raise TooMuch(words % {"most": MOST_WRITTEN_OUT})


def _written_out(pk: int, segments: Nesting, known: dict[str, Field]) -> Condition:
    """Return who is in a segment; its size counts the asking too, so that a long row of segments ends."""
    for one in segments.in_order(pk):
        if one not in segments.written_out:
            try:
                inside = compile_segment(segments.in_use[one], known)
            except InvalidRule:
                inside = present(one)
            segments.written_out[one] = replace(inside, size=inside.size + 1)
    return segments.written_out[pk]


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
    number = amount(value)
    if not number.is_finite() or abs(number) > 10**12 or int(number.as_tuple().exponent) < FINEST:
        raise InvalidRule(_("Write a number for %(field)s.") % {"field": asked.label})
    number = number.scaleb(digits(bookkeeping.currency())) if asked.kind == Kind.MONEY else number
    return int(number) if number == number.to_integral_value() else number  # a numeric is slow to compare with


def _choices(asked: Field, value: Any) -> list[str]:
    chosen = [str(one) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    is_bad = _is_unwritable if asked.kind == Kind.CHOICE else _is_no_id
    if not chosen or any(map(is_bad, chosen)):
        raise InvalidRule(_("Choose at least one for %(field)s.") % {"field": asked.label})
    return chosen


def _is_unwritable(text: str) -> bool:
    return "\x00" in text


def _is_no_id(text: str) -> bool:
    return not (text.isascii() and text.isdecimal() and len(text) < 19)  # a bigint
