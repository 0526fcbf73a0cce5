"""Liquid as a wording may use it: a few filters, conditions, and an empty field that counts as no field at all."""

from collections.abc import Iterable
from typing import Any

from liquid import BoundTemplate, Environment, Node, RenderContext, StrictUndefined
from liquid.builtin.expressions.logical import (
    BooleanExpression,
    LogicalAndExpression,
    LogicalNotExpression,
    LogicalOrExpression,
    NeExpression,
)
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.filter import string_filter
from markupsafe import soft_str

FILTERS = frozenset(
    {"default", "upcase", "downcase", "capitalize", "strip", "append", "prepend", "replace", "truncate"}
)
TAGS = frozenset({"content", "output", "if", "unless", "case", "illegal", "comment", "#"})
LONGEST = 1_000_000  # characters of a field, bytes of a mail, that is filled in


class TooLong(LiquidError):
    """What comes out is longer than any mail."""

    def __init__(self) -> None:
        super().__init__("too long", token=None)


class Dialect(Environment):
    """Liquid cut down. `{% if city %}` asks whether there is a town: by Liquid's own rule an empty text is true."""

    output_stream_limit = LONGEST

    def __init__(self, *, autoescape: bool = False) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=autoescape)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.filters = {name: one for name, one in self.filters.items() if name in FILTERS} | {"replace": replace}
        self.tags = {name: one for name, one in self.tags.items() if name in TAGS}

    def from_string(self, source: str, *args: Any, **kwargs: Any) -> BoundTemplate:
        template = super().from_string(source, *args, **kwargs)
        _ask_for_values(template.nodes, RenderContext(template))
        return template


@string_filter
def replace(text: str, old: object, new: object = "") -> str:
    """Liquid's own, with an end: a few of them in a row could fill all memory."""
    old, new = soft_str(old), soft_str(new)
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise TooLong
    return text.replace(old, new)


def _ask_for_values(nodes: Iterable[Node], context: RenderContext) -> None:
    for node in nodes:
        for condition in node.expressions():
            if isinstance(condition, BooleanExpression):
                condition.expression = _asking(condition.expression)
        _ask_for_values(node.children(context), context)


def _asking(condition: Expression) -> Expression:
    """Return a condition in which every field that stands alone reads `field != ''`."""
    if isinstance(condition, Path):
        return NeExpression(condition.token, condition, StringLiteral(condition.token, ""))
    if isinstance(condition, LogicalAndExpression | LogicalOrExpression):
        condition.left, condition.right = _asking(condition.left), _asking(condition.right)
    elif isinstance(condition, LogicalNotExpression):
        condition.right = _asking(condition.right)
    return condition
