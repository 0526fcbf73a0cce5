"""Why somebody is in a segment, or is not: what each piece of its rule says of them, asked as the segment asks it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, connection, transaction
from django.utils.translation import gettext as _

from crm import apart
from customers.models import Customer
from insights import showing, wording
from insights.conditions import Condition
from insights.fields import SEGMENT, every
from insights.kinds import Field
from insights.models import FailingSource, ListedCustomer, Membership, Segment, SegmentChange
from insights.rules import InvalidRule, Node, check, compile_segment
from insights.showing import Shown

Path = tuple[int, ...]


@dataclass
class Explained:
    """A piece of a rule and what it says of one customer. `holds` None: it cannot be asked, `lacks` says why.

    A group has `match` and `children`; a single rule `words`, and what is known of the customer, `shown`. One that asks
    for segments has a child for each of them, with its number in `segment`.
    """

    path: Path
    condition: Condition | None
    match: str = ""
    words: str = ""
    asked: Field | None = None
    segment: int = 0
    lacks: str = ""
    children: list["Explained"] = field(default_factory=list)
    holds: bool | None = None
    shown: Shown | None = None

    def all_of_it(self) -> Iterator["Explained"]:
        """Yield it and all that is in it."""
        yield self
        for child in self.children:
            yield from child.all_of_it()


@dataclass(frozen=True)
class Presence:
    """Whether somebody is in a segment: since when; if not, when they left (None: they never were). The list's row."""

    is_in: bool
    since: datetime | None
    left_at: datetime | None
    listed: ListedCustomer | None


def presence(segment: Segment, customer: Customer) -> Presence:
    """Return whether `customer` is in `segment`, as counts and campaigns have it."""
    inside = Membership.objects.filter(segment=segment, customer=customer).first()
    left = SegmentChange.objects.filter(segment=segment, customer_id=customer.pk, has_entered=False)
    row = ListedCustomer.objects.filter(segment=segment, customer=customer).select_related("by").first()
    left_at = None if inside else left.order_by("-at").values_list("at", flat=True).first()
    return Presence(inside is not None, inside.since if inside else None, left_at, row)


def explain(segment: Segment, customer: Customer) -> Explained | None:
    """Return the rule of `segment` and what each piece of it says of `customer`; None: no figure is worked out yet.

    Of a list it is the list. Raises InvalidRule if it cannot be asked of this customer.
    """
    known = every()
    whole = Explained((), compile_segment(segment, known)) if segment.is_static else _tree(segment, known)
    pieces = [one for one in whole.all_of_it() if one.condition]
    asked = {one.asked.key: one.asked for one in whole.all_of_it() if one.asked and one.asked.key != SEGMENT}
    row = _row(customer, [one.condition for one in pieces if one.condition], list(asked.values()))
    if row is None:
        return None
    said, values = row[: len(pieces)], dict(zip(asked, row[len(pieces) :], strict=True))
    failing = showing.failing()
    for one, holds in zip(pieces, said, strict=True):
        one.holds = bool(holds)  # unknown is not in it, as in insights/evaluating.py
    for one in whole.all_of_it():
        if one.asked and one.asked.key in values:
            one.shown = Shown(one.asked, values[one.asked.key], failing.get(one.asked.source))
    return whole


def old(whole: Explained) -> dict[str, FailingSource]:
    """Return {source: what fails} of the figures that a rule asks and that are not worked out anew."""
    shown = [one.shown for one in whole.all_of_it() if one.shown]
    return {one.failing.name: one.failing for one in shown if one.failing}


def _row(customer: Customer, conditions: list[Condition], fields: list[Field]) -> tuple[Any, ...] | None:
    """Return what holds for a customer's profile, and the values of fields, by one statement; None: no profile."""
    columns = ", ".join([*(f"({one.sql})" for one in conditions), *(one.value for one in fields)])
    values = [value for one in conditions for value in one.values]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM insights_profile p WHERE p.customer_id = %s", [*values, customer.pk])
            return cursor.fetchone()
    except DataError as error:
        raise InvalidRule(_("This cannot be asked of them: %(why)s.") % {"why": apart.why(error)}) from error


def _tree(segment: Segment, known: dict[str, Field]) -> Explained:
    """Return the pieces of a segment's rule, each with the condition that the segment is evaluated by.

    If it cannot be asked as a whole its single rules are asked each alone, and no group has a verdict.
    """
    try:
        node = check(segment.rule, known, own=segment.pk)
    except InvalidRule:
        node = None
    return _group(segment.rule, node, (), known)


def _group(rule: dict[str, Any], node: Node | None, path: Path, known: dict[str, Field]) -> Explained:
    match, rows = next(iter(rule.items()))
    children = []
    for at, row in enumerate(rows):
        make = _single if "field" in row else _group
        children.append(make(row, node.children[at] if node else None, (*path, at), known))
    return Explained(path, node.condition if node else None, match, children=children)


def _single(row: dict[str, Any], node: Node | None, path: Path, known: dict[str, Field]) -> Explained:
    asked = known.get(row["field"])
    piece = Explained(path, node.condition if node else None, asked=asked)
    if node is None:
        try:
            piece.condition = check({"all": [row]}, known).children[0].condition
        except InvalidRule as problem:
            piece.lacks = str(problem)
            return piece
    piece.words = wording.piece(row, known)
    if row["field"] == SEGMENT:
        piece.children = list(_segments(row, path, known))
    return piece


def _segments(row: dict[str, Any], path: Path, known: dict[str, Field]) -> Iterator[Explained]:
    """Yield each segment that a rule asks for, as a piece."""
    named = known[SEGMENT].named(row["value"])
    for at, (pk, name) in enumerate(named.items()):
        alone = check({"all": [{"field": SEGMENT, "is": "one_of", "value": [pk]}]}, known)
        yield Explained((*path, at), alone.condition, words=name, segment=int(pk))
