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
from liquid.expression import Expression

FILTERS = frozenset(
    {"default", "upcase", "downcase", "capitalize", "strip", "append", "prepend", "replace", "truncate"}
)
TAGS = frozenset({"content", "output", "if", "unless", "case", "illegal", "comment", "#"})


class Dialect(Environment):
    """Liquid cut down. `{% if city %}` asks whether there is a town: by Liquid's own rule an empty text is true."""

    def __init__(self, *, autoescape: bool = False) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=autoescape)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.filters = {name: one for name, one in self.filters.items() if name in FILTERS}
        self.tags = {name: one for name, one in self.tags.items() if name in TAGS}

    def from_string(self, source: str, *args: Any, **kwargs: Any) -> BoundTemplate:
        template = super().from_string(source, *args, **kwargs)
        _ask_for_values(template.nodes, RenderContext(template))
        return template


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
