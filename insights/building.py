"""The segment builder: a rule tree as a plain form, and back. Paths count from the root: "", "0", "0-1"."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from insights.fields import every
from insights.kinds import Field
from insights.rules import DEEPEST, OPERATORS, InvalidRule, check

Path = tuple[int, ...]


def read(post: QueryDict) -> dict[str, Any]:
    """Return the rule tree that the form holds; unchecked, as somebody left it half-way.

    What stands twice in a group, or has no fields in the form, is left out: it is no larger than the form.
    """
    return _group(post, (), every())


def _group(post: QueryDict, path: Path, known: dict[str, Field]) -> dict[str, Any]:
    match = "any" if post.get(f"match.{name_of(path)}") == "any" else "all"
    rows: list[dict[str, Any]] = []
    if len(path) > DEEPEST:
        return {match: rows}
    places = (int(text) for text in post.get(f"rows.{name_of(path)}", "").split() if _is_place(text))
    for child in ((*path, place) for place in dict.fromkeys(places)):
        if f"match.{name_of(child)}" in post:
            rows.append(_group(post, child, known))
        elif f"field.{name_of(child)}" in post:
            rows.append(_rule(post, child, known))
    return {match: rows}


def _rule(post: QueryDict, path: Path, known: dict[str, Field]) -> dict[str, Any]:
    name = name_of(path)
    key = post.get(f"field.{name}", "")
    asked = known.get(key)
    if asked is None:
        return {"field": key, "is": "", "value": None}
    operator = post.get(f"is.{name}", "")
    if operator not in OPERATORS[asked.kind]:  # another field was chosen: begin with its first operator
        return {"field": key, "is": next(iter(OPERATORS[asked.kind])), "value": None}
    is_another = post.get(f"of.{name}", key) != key  # what was chosen or written was of the field before
    values = [] if is_another else post.getlist(f"value.{name}")
    value = values if asked.kind.is_chosen else values[0] if values else None
    return {"field": key, "is": operator, "value": value}


def name_of(path: Path) -> str:
    return "-".join(map(str, path))


def path_of(text: str) -> Path:
    return tuple(int(part) for part in text.split("-") if _is_place(part))


def _is_place(text: str) -> bool:
    """A place in a list: "²" is a digit too, and no number."""
    return text.isdecimal() and len(text) < 5


def deed(rule: dict[str, Any], wish: str) -> dict[str, Any]:
    """Return `rule` after one press of a button: "rule:PATH", "group:PATH", "remove:PATH", "up:PATH", "down:PATH"."""
    verb, _, text = wish.partition(":")
    path = path_of(text)
    if verb in ("rule", "group"):
        new = {"field": next(iter(every())), "is": "one_of", "value": []} if verb == "rule" else {"any": []}
        _rows(rule, path).append(new)
    elif path and verb == "remove":
        rows = _rows(rule, path[:-1])
        del rows[path[-1] : path[-1] + 1]
    elif path and verb in ("up", "down"):
        _swap(_rows(rule, path[:-1]), path[-1], -1 if verb == "up" else 1)
    return rule


def goal(rule: dict[str, Any], wish: str) -> str:
    """Return the id of what gets the focus after a press that took its own button away; "" where the button stays.

    rule: as it is after the press.
    """
    verb, _, text = wish.partition(":")
    path = path_of(text)
    if verb != "remove" or not path:
        return ""
    left, at = len(_rows(rule, path[:-1])), path[-1]
    if not left:
        return f"add-rule-{name_of(path[:-1])}"
    return f"remove-{name_of((*path[:-1], min(at, left - 1)))}"


def opened(rule: dict[str, Any], wish: str, control: str) -> str:
    """Return the path, as text, of the rule that was just added, or whose field or operator was just chosen; else "".

    rule: as it is after the press. control: the id of what was chosen from.
    """
    verb, _, text = wish.partition(":")
    if verb == "rule":
        path = path_of(text)
        return name_of((*path, len(_rows(rule, path)) - 1))
    name, _, at = control.partition("-")
    return at if name in ("field", "is") and not wish else ""


def sought(post: QueryDict, wish: str) -> dict[str, str]:
    """Return {path: text} where "find:PATH" was pressed, to look for choices without script; else nothing."""
    verb, _, text = wish.partition(":")
    at = name_of(path_of(text))
    return {at: post.get(f"q.{at}", "").replace("\x00", "").strip()[:100]} if verb == "find" else {}


def troubles(rule: dict[str, Any], known: dict[str, Field], own: int = 0) -> dict[str, str]:
    """Return {path: what is missing or wrong} of the single rules in `rule` that cannot be asked.

    own: the segment whose rule it is, as in rules.check.
    """
    found: dict[str, str] = {}
    for path, row in singles(rule):
        try:
            check({"all": [row]}, known, own=own)
        except InvalidRule as problem:
            found[name_of(path)] = str(problem)
    return found


def singles(rule: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each single rule of a tree with its path, in their order."""
    for at, row in enumerate(next(iter(rule.values()))):
        here = (*path, at)
        if "field" in row:
            yield here, row
        else:
            yield from singles(row, here)


def joining(rule: dict[str, Any]) -> set[str]:
    """Return how the groups of a tree that hold several rules join them: "all", "any", both or neither."""
    match, rows = next(iter(rule.items()))
    found = {match} if len(rows) > 1 else set()
    return found.union(*(joining(row) for row in rows if "field" not in row))


def asked_in(rule: dict[str, Any]) -> set[str]:
    """Return the keys of all fields that a rule tree asks."""
    return {row["field"] for _path, row in singles(rule)}


def _rows(rule: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    for at in path:
        rows = next(iter(rule.values()))
        if at >= len(rows) or "field" in rows[at]:
            return []
        rule = rows[at]
    return next(iter(rule.values()))


def _swap(rows: list[dict[str, Any]], at: int, by: int) -> None:
    if 0 <= at < len(rows) and 0 <= at + by < len(rows):
        rows[at], rows[at + by] = rows[at + by], rows[at]
