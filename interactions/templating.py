"""What staff and marketers may write in a wording, and how it is rendered.

Liquid, cut down: merge fields with fallbacks ({{ first_name | default: "friend" }}), conditions, a few filters. Values
are plain texts. A wording without conditions is compiled once into pieces, and each recipient costs a join; `Compiled`
gives the same result either way.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError, OutputStreamLimitError

from crm import apart
from crm.problems import Invalid
from interactions import explaining, gaps, marking, proving
from interactions.dialect import FILTERS, Dialect, TooLong
from interactions.gateways.slots import Slot
from interactions.splicing import Piece, Values, joined, pieces_of

MOST_FILTERS = 5  # chained on one field
LONGEST_BODY = 100_000  # characters

ValueOf = Callable[[Sequence[int]], Mapping[int, str]]


class BadWording(Invalid):
    """This wording cannot be read."""

    code = "bad_wording"


class UnknownField(BadWording):
    """There is no such field."""


@dataclass(frozen=True)
class MergeField:
    """A merge field. sql: an expression over customers_customer AS c; else value_of: ids → {id: text}."""

    name: str
    label: Any
    sql: str = ""
    value_of: ValueOf | None = None


_fields: dict[str, MergeField] = {}


def field(name: str, label, *, sql: str = ""):
    """Register a merge field: by an SQL text expression over `c`, or decorate a function of customer ids → texts."""
    if sql:
        _fields[name] = MergeField(name, label, sql=sql)
        return None

    def register(value_of: ValueOf) -> ValueOf:
        _fields[name] = MergeField(name, label, value_of=value_of)
        return value_of

    return register


def fields() -> list[MergeField]:
    """Return every merge field, in the order of registration."""
    return list(_fields.values())


def values_for(customer_ids: Sequence[int], names: Sequence[str]) -> dict[int, dict[str, str]]:
    """Return the texts of some merge fields for some customers: one statement for all that are SQL, one each else."""
    ids = list(customer_ids)
    found: dict[int, dict[str, str]] = {pk: dict.fromkeys(names, "") for pk in ids}
    plain = [name for name in names if _fields[name].sql]
    if plain and ids:
        columns = ", ".join(f"({_fields[name].sql})::text" for name in plain)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT c.id, {columns} FROM customers_customer c WHERE c.id = ANY(%s)", [ids])
            for pk, *texts in cursor.fetchall():
                found[pk] |= {name: text or "" for name, text in zip(plain, texts, strict=True)}
    for name in names:
        if value_of := _fields[name].value_of:
            for pk, text in value_of(ids).items():
                found[pk][name] = text or ""
    return found


def values_of_each(
    customer_ids: Sequence[int], names: Sequence[str]
) -> tuple[dict[int, dict[str, str]], dict[int, Exception]]:
    """Return (the texts as `values_for` does, {customer: what was raised} of those of whom they cannot be read)."""
    made, bad = apart.in_halves(list(customer_ids), lambda some: values_for(some, names))
    return {pk: texts for some in made for pk, texts in some.items()}, dict(bad)


_text = Dialect()
_html = Dialect(autoescape=True)


def check(subject: str, body: str) -> list[str]:
    """Return the merge fields that a wording uses. It can then be filled in for anybody.

    Raises BadWording, in words for who wrote it, which say where; UnknownField.
    """
    names = used(subject, body)
    _known(names)
    _prove(subject, body, tuple(sorted(names)))
    return sorted(names)


def gone(subject: str, body: str) -> tuple[set[str], set[str]]:
    """Return (fields of a wording that do not exist any more, those of them that stand somewhere without a default).

    Raises BadWording.
    """
    lost = used(subject, body) - _fields.keys()
    return lost, lost & gaps.bare(subject, body)


def used(subject: str, body: str) -> set[str]:
    """Return the names of the fields that a wording uses, known or not. Raises BadWording."""
    if len(body) > LONGEST_BODY or len(subject) > LONGEST_BODY:
        raise BadWording(_("This wording is too long."))
    names: set[str] = set()
    for place, source in _places(subject, body):
        try:
            names |= _names(source)
        except BadWording as problem:
            raise BadWording(f"{place}: {problem}") from None
    return names


def _places(subject: str, body: str) -> tuple[tuple[str, str], ...]:
    return (_("In the subject"), subject), (_("In the message"), body)


def _names(source: str) -> set[str]:
    if explaining.ends_open(source):
        raise BadWording(explaining.unclosed(source))
    try:
        found = _text.from_string(source).analyze()
    except (LiquidError, RecursionError) as error:
        raise BadWording(explaining.why(source, error)) from None
    if strange := sorted(set(found.filters) - FILTERS):
        words = _("There is no filter “%(name)s”. Filters are: %(all)s.")
        raise BadWording(words % {"name": strange[0], "all": ", ".join(sorted(FILTERS))})
    if any(chain.count("|") > MOST_FILTERS for chain in re.findall(r"\{\{([^}]*)\}\}", source)):
        raise BadWording(_("At most %(number)d filters may follow one field.") % {"number": MOST_FILTERS})
    return set(found.globals)


def _known(names: set[str]) -> None:
    unknown = sorted(names - _fields.keys())
    if unknown:
        words = _("There is no field “%(name)s”. Fields are: %(all)s.")
        raise UnknownField(words % {"name": unknown[0], "all": ", ".join(sorted(_fields))})


@lru_cache(maxsize=200)  # who writes words has them checked with each pause
def _prove(subject: str, body: str, names: tuple[str, ...]) -> None:
    """Fill it in with all kinds of values, as text and as HTML. Raises BadWording."""
    for place, source in _places(subject, body):
        try:
            proving.prove([_text.from_string(source), _html.from_string(source)], names)
        except proving.Unfillable as bad:
            line, near = explaining.where(source, bad.at)
            words = _("%(place)s, line %(line)d, “%(near)s” cannot be filled in: %(why)s.")
            why = explaining.why_not(bad.error)
            raise BadWording(words % {"place": place, "line": line, "near": near, "why": why}) from None
    try:
        proving.render(lambda values: astuple(compiled(subject, body).render(values)), names)
    except proving.Unfillable as bad:
        raise BadWording(_("The message cannot be filled in: %s.") % explaining.why_not(bad.error)) from None


@dataclass(frozen=True)
class Rendered:
    """What one customer reads."""

    subject: str
    text: str
    html: str


class Compiled:
    """A subject and a body, read once. `pieces` are for `composing.Skeleton`, `slots` gives each recipient's values."""

    def __init__(self, subject: str, body: str) -> None:
        sources = (subject, marking.text(body), marking.html(body))
        self._templates = [env.from_string(text) for env, text in zip((_text, _text, _html), sources, strict=True)]
        parts = [part for template in self._templates if (part := pieces_of(template.nodes)) is not None]
        self.is_spliced = len(parts) == len(sources)
        self._parts = parts if self.is_spliced else []

    @property
    def pieces(self) -> tuple[Sequence[str | Slot], Sequence[str | Slot], Sequence[str | Slot]]:
        """Subject, text and HTML as texts and slots."""
        if not self.is_spliced:
            return [Slot("subject")], [Slot("text")], [Slot("html", is_markup=True)]
        subject, text, html = ([p if isinstance(p, str) else Slot(p.key) for p in part] for part in self._parts)
        return subject, text, html

    def slots(self, values: Values) -> dict[str, str]:
        """Return one recipient's value of each slot. Raises BadWording when a field has no value."""
        with _filling():
            if self.is_spliced:
                return {
                    piece.key: piece.value(values) for part in self._parts for piece in part if isinstance(piece, Piece)
                }
            subject, text, html = (template.render(**values) for template in self._templates)
            return {"subject": subject, "text": text, "html": html}

    def render(self, values: Values) -> Rendered:
        """Return all of it for one recipient, by the quickest way. Raises BadWording when a field has no value."""
        if not self.is_spliced:
            return Rendered(**self.slots(values))
        subject, text, html = self._parts
        with _filling():
            return Rendered(joined(subject, values), joined(text, values), joined(html, values, escaped=True))

    def subject_of(self, values: Values) -> str:
        """Return only the subject for one recipient. Raises BadWording."""
        with _filling():
            return joined(self._parts[0], values) if self.is_spliced else self._templates[0].render(**values)

    def render_slowly(self, values: Values) -> Rendered:
        """Return what Liquid itself makes of it: what `render` must be equal to."""
        return Rendered(*(template.render(**values) for template in self._templates))


@contextmanager
def _filling() -> Iterator[None]:
    try:
        yield
    except (TooLong, OutputStreamLimitError) as error:
        raise BadWording(_("The message cannot be filled in: %s.") % explaining.why_not(error)) from error
    except (LiquidError, KeyError) as error:
        raise BadWording(_("A field of this wording has no value: %(why)s") % {"why": error}) from error


@lru_cache(maxsize=200)
def compiled(subject: str, body: str) -> Compiled:
    """Return a wording compiled, from memory when it was used lately. Raises BadWording."""
    try:
        return Compiled(subject, body)
    except (LiquidError, RecursionError) as error:
        raise BadWording(_("This wording cannot be read: %(why)s") % {"why": error}) from None
