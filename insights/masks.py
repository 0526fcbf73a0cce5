"""The numbers beside each piece of a rule from one scan: each row says with bits which rules hold, each once.

A row is asked no further than it matters: after the first rule of "all" that does not hold, after the first of "any"
that does. So there are few different answers, and what is beside a piece is added up from these.
"""

from collections.abc import Iterable
from itertools import count

from insights.conditions import Condition
from insights.rules import Node

Path = tuple[int, ...]
Bits = dict[Path, int]  # of each single rule its bit


def asked(tree: Node) -> tuple[Condition, Bits]:
    """Return SQL over the profile row `p` that says as bits which rules of `tree` hold, and the bit of each."""
    bits: Bits = {}
    places = count()

    def number(node: Node) -> None:
        if not node.match:
            bits[node.path] = 1 << next(places)
        for child in node.children:
            number(child)

    number(tree)
    return _answer(tree, bits), bits


def _answer(node: Node, bits: Bits) -> Condition:
    if not node.match:
        return Condition(
            f"CASE WHEN {node.condition.sql} THEN {bits[node.path]}::bigint ELSE 0 END", node.condition.values
        )
    whole = Condition("0::bigint")
    for child in reversed(node.children):
        if child.match:
            here = _answer(child, bits)
            whole = Condition(f"({here.sql} | {whole.sql})", here.values + whole.values)
            continue
        bit = f"{bits[child.path]}::bigint"
        held, not_held = (f"{bit} | {whole.sql}", "0") if node.match == "all" else (bit, whole.sql)
        sql = f"CASE WHEN {child.condition.sql} THEN {held} ELSE {not_held} END"
        whole = Condition(sql, child.condition.values + whole.values)
    return whole


def added_up(tree: Node, bits: Bits, answers: Iterable[tuple[int, int]]) -> dict[Path, int]:
    """Return the number beside each piece by its path, () the whole. answers: (bits, how many rows say so)."""
    numbers = {(): 0} | dict.fromkeys(_paths(tree), 0)

    def holds(node: Node, said: int) -> bool:
        if not node.match:
            return bool(said & bits[node.path])
        found = (holds(child, said) for child in node.children)
        return all(found) if node.match == "all" else not node.children or any(found)

    def beside(group: Node, said: int, rows: int) -> None:
        """Of rows that reach this group."""
        for child in group.children:
            does = holds(child, said)
            numbers[child.path] += rows * does
            beside(child, said, rows)
            if does != (group.match == "all"):
                return

    for said, rows in answers:
        numbers[()] += rows * holds(tree, said)
        beside(tree, said, rows)
    return numbers


def _paths(node: Node) -> Iterable[Path]:
    for child in node.children:
        yield child.path
        yield from _paths(child)
