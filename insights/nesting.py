"""Segments that ask for segments: which there are, in what order they are written out, and that it is no circle."""

from collections.abc import Iterable
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from crm.http import id_in
from insights.conditions import Condition
from insights.models import Segment

SEGMENT = "segment"  # the field that asks for them


def asked_in(rule: Any) -> list[int]:
    """Return the ids of the segments that a rule asks for, each once; of one that nobody checked too."""
    found: dict[int, None] = {}
    waiting = [rule]
    while waiting:
        row = waiting.pop()
        if not isinstance(row, dict):
            continue
        if row.get("field") == SEGMENT:
            value = row.get("value")
            ids = [id_in(str(one)) for one in (value if isinstance(value, list) else [value])]
            found |= dict.fromkeys(pk for pk in ids if pk)
        for rows in row.values():
            waiting += rows if isinstance(rows, list) else []
    return list(found)


class Nesting:
    """The segments that a rule may ask for: a Lookup. They are read when one is asked for first, and once.

    writing: the segment whose rule is being written: neither it nor one that asks for it is there to choose.
    """

    def __init__(self, writing: int = 0) -> None:
        self.writing = writing
        self._asked: dict[int, list[int]] = {}
        self.written_out: dict[int, Condition] = {}  # who is in each, by insights/rules.py

    @cached_property
    def _every(self) -> dict[int, Segment]:
        return {one.pk: one for one in Segment.objects.order_by("name")}

    @cached_property
    def in_use(self) -> dict[int, Segment]:
        """Those that are, by their ids, in the order of their names."""
        return {pk: one for pk, one in self._every.items() if not one.is_archived}

    def name(self, pk: int) -> str:
        """Return what a segment is called, put away or not; the number of one that is gone."""
        return f"“{self._every[pk].name}”" if pk in self._every else str(pk)

    def find(self, text: str, limit: int) -> Iterable[tuple[str, str]]:
        shut = {self.writing, *(one.pk for one in self.built_on(self.writing))}
        rows = ((str(pk), one.name) for pk, one in self.in_use.items() if pk not in shut)
        return [row for row in rows if text.casefold() in row[1].casefold()][:limit]

    def named(self, values: Iterable[str]) -> dict[str, str]:
        asked = set(values)
        return {str(pk): one.name for pk, one in self._every.items() if str(pk) in asked} if asked else {}

    def circle(self, own: int, rule: Any) -> list[Segment]:
        """Return by which segments `rule` leads back to the segment `own`, which is the first; none if it does not."""
        came_from = dict.fromkeys(asked_in(rule), 0)
        waiting = list(came_from)
        while waiting and own not in came_from:
            here = waiting.pop(0)
            for pk in self._asks(here):
                if pk not in came_from:
                    came_from[pk] = here
                    waiting.append(pk)
        path, here = [], came_from.get(own, 0)
        while here:
            path.append(here)
            here = came_from[here]
        return [self._every[pk] for pk in (own, *reversed(path))] if own in came_from else []

    def asking(self, pk: int) -> list[Segment]:
        """Return those in use that ask for a segment themselves."""
        return [one for one in self.in_use.values() if one.pk != pk and pk in self._asks(one.pk)]

    def built_on(self, pk: int) -> list[Segment]:
        """Return those in use that ask for a segment, themselves or by others; the nearest first."""
        found: dict[int, Segment] = {}
        waiting = [pk]
        while waiting:
            above = [one for one in self.asking(waiting.pop(0)) if one.pk not in {pk, *found}]
            found |= {one.pk: one for one in above}
            waiting += [one.pk for one in above]
        return list(found.values())

    def rewritten(self, pk: int, rule: Any) -> list[Segment]:
        """Take a segment to have another rule; return those that are built on it."""
        self._every[pk].rule = rule
        self._asked.clear()
        self.written_out.clear()
        return self.built_on(pk)

    def in_order(self, pk: int) -> Iterable[int]:
        """Return a segment and all that it asks for, what is asked first; of one in a circle, not what it asks for."""
        graph: dict[int, list[int]] = {}
        waiting = [pk]
        while waiting:
            here = waiting.pop()
            if here not in graph and here not in self.written_out:
                is_circle = self.circle(here, self.in_use[here].rule)
                graph[here] = [] if is_circle else [one for one in self._asks(here) if one in self.in_use]
                waiting += graph[here]
        return TopologicalSorter(graph).static_order()

    def _asks(self, pk: int) -> list[int]:
        if pk not in self._asked:
            self._asked[pk] = asked_in(self._every[pk].rule) if pk in self._every else []
        return self._asked[pk]
