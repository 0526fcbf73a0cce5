"""Columns of the customers list. Rooms above add theirs in contributions.py; all draw a whole page at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.words import Words
from customers.models import Customer

Draw = Callable[[Sequence[Customer]], dict[int, Any]]


@dataclass(frozen=True)
class Column:
    """One column: `draw(customers)` → {pk: markup}. On a phone only the cells "sub" and "right" stay."""

    name: str
    label: Words
    order: int
    draw: Draw
    on_phone: str = ""  # "" leaves, "sub" stands under the name, "right" beside it


_columns: dict[str, Column] = {}


def column(name: str, label: Words, order: int, on_phone: str = ""):
    """Register the decorated function as column `name`; customers that it leaves out get an em dash."""

    def register(draw: Draw) -> Draw:
        _columns[name] = Column(name, label, order, draw, on_phone)
        return draw

    return register


def columns() -> list[Column]:
    """Return the columns after the name, in their order."""
    return sorted(_columns.values(), key=lambda column: (column.order, column.name))


def cells(customers: Sequence[Customer]) -> dict[str, dict[int, Any]]:
    """Return {column: {pk: markup}} for the customers of one page: a query or two per column, never per row."""
    return {column.name: column.draw(customers) for column in columns()} if customers else {}
