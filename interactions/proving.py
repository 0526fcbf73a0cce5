"""Whether a wording can be filled in for anybody: tried with all kinds of values before the first customer's.

Rendering alone would not do: a branch that is for people of one town is not rendered for a sample of another. So every
field and every condition is evaluated, wherever it stands, and then the whole is rendered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from liquid import BoundTemplate, Node, RenderContext
from liquid.expression import Expression

from interactions.dialect import LONGEST, TooLong

SAMPLES = ("Zoë O’Neil & <Söhne>", "7")  # values are texts; a number among them is one too


class Unfillable(Exception):
    """Some value makes it raise `error`. `at`: where in the source, -1 if nobody knows."""

    def __init__(self, error: Exception, at: int = -1) -> None:
        super().__init__(str(error))
        self.error = error
        self.at = at


def values_for(names: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield what may come: each field with a value, all of them empty, each alone empty."""
    names = sorted(names)
    for sample in SAMPLES:
        yield dict.fromkeys(names, sample)
    yield dict.fromkeys(names, "")
    for name in names if len(names) > 1 else ():
        yield {**dict.fromkeys(names, SAMPLES[0]), name: ""}


def prove(templates: Iterable[BoundTemplate], names: Iterable[str]) -> None:
    """Evaluate every field and condition of these templates with all kinds of values. Raises Unfillable."""
    kinds = list(values_for(names))
    for template in templates:
        for values in kinds:
            context = RenderContext(template, globals=values)
            for node in _all(template.nodes, context):
                _evaluate(node, context)


def render(parts: Callable[[Mapping[str, str]], Iterable[str]], names: Iterable[str]) -> None:
    """Render the whole with all kinds of values; `parts` returns what comes out. Raises Unfillable."""
    for values in values_for(names):
        try:
            is_too_long = sum(map(len, parts(values))) > LONGEST
        except Exception as error:  # whatever it is: the wording is at fault, and is refused in words
            raise Unfillable(error) from error
        if is_too_long:
            raise Unfillable(TooLong())


def _all(nodes: Iterable[Node], context: RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(node.children(context), context)


def _evaluate(node: Node, context: RenderContext) -> None:
    try:
        for expression in node.expressions():
            str(expression.evaluate(context))
            _evaluate_parts(expression, context)
    except Exception as error:  # as above
        token = getattr(error, "token", None) or node.token
        raise Unfillable(error, token.start_index) from error


def _evaluate_parts(expression: Expression, context: RenderContext) -> None:
    """Evaluate also what a condition passes over: the second half of an `and` whose first does not hold."""
    for part in expression.children():
        part.evaluate(context)
        _evaluate_parts(part, context)
