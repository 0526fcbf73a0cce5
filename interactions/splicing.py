"""A wording without conditions as a list of pieces, so that each recipient costs a join.

It gives what Liquid gives; what holds more than fields with simple filters is left to Liquid.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from liquid import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.arguments import PositionalArgument
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode

Values = Mapping[str, str]


@dataclass(frozen=True)
class Piece:
    """One merge field with its filters, as steps from text to text."""

    key: str
    name: str
    steps: tuple[Callable[[str], str], ...]

    def value(self, values: Values) -> str:
        text = values[self.name]
        for step in self.steps:
            text = step(text)
        return text


def joined(part: Sequence[str | Piece], values: Values, *, escaped: bool = False) -> str:
    if escaped:
        return "".join([one if isinstance(one, str) else escape(one.value(values)) for one in part])
    return "".join([one if isinstance(one, str) else one.value(values) for one in part])


def pieces_of(nodes: Sequence[Node]) -> list[str | Piece] | None:
    """Return a template as pieces; None when it holds more than fields with simple filters."""
    pieces: list[str | Piece] = []
    for node in nodes:
        if type(node) is ContentNode:
            pieces.append(node.text)
        elif type(node) is OutputNode and (piece := _piece(node)):
            pieces.append(piece)
        else:
            return None
    return pieces


STEPS: dict[str, Callable[..., Callable[[str], str]]] = {
    "default": lambda other: lambda text: text or other,
    "upcase": lambda: str.upper,
    "downcase": lambda: str.lower,
    "capitalize": lambda: str.capitalize,
    "strip": lambda: str.strip,
    "append": lambda other: lambda text: text + other,
    "prepend": lambda other: lambda text: other + text,
}


def _piece(node: OutputNode) -> Piece | None:
    expression: Any = node.expression
    path = getattr(expression, "left", None)
    if type(path) is not Path or len(path.path) != 1 or not isinstance(path.path[0], str):
        return None
    steps = []
    for one in expression.filters or ():
        plain = all(type(a) is PositionalArgument and type(a.value) is StringLiteral for a in one.args)
        if one.name not in STEPS or not plain or len(one.args) != STEPS[one.name].__code__.co_argcount:
            return None
        steps.append(STEPS[one.name](*[argument.value.value for argument in one.args]))
    return Piece(f"{path.path[0]}:{_spelled(expression)}", path.path[0], tuple(steps))


def _spelled(expression: Any) -> str:
    return "|".join(
        f"{one.name}({','.join(repr(argument.value.value) for argument in one.args)})"  # quoted: none looks like two
        for one in expression.filters or ()
    )
