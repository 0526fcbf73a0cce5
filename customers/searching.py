"""Find customers as somebody types: names, addresses, numbers of other systems, any four digits of a phone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from customers import terms
from customers.identity import normalise
from customers.loading import array, copy
from customers.marking import marked
from customers.models import ContactPoint, Customer, SearchTerm
from staff.models import User

FEWEST_LETTERS = 2  # of a text that is looked for
FEWEST_FOR_LIKENESS = 4  # letters; and only when fewer than ENOUGH were found by their beginning
ENOUGH = 5  # hits
FAR = 400  # terms read in their order; those whose customers are hidden count too
LIKE = 0.5  # word similarity of a typing error, 0 to 1


@dataclass(frozen=True)
class Hit:
    """One customer found. `matched` is the name or address that matched, as people read it; `mark` the part of it."""

    customer_id: int
    name: str
    company: str  # who buys for them; "" if they do so themselves
    town: str
    kind: str  # "name", "email", "phone", "reference", "other", or "like" for a name that is only similar
    matched: str
    mark: str  # a piece of `matched`, letter by letter; "" if it is not one

    @property
    def meta(self) -> str:
        """The address that matched, the company and the town, in one line."""
        address = self.matched if self.kind in ("email", "phone", "reference", "other") else ""
        return " · ".join(filter(None, (address, self.company, self.town)))


def find(text: str, user: User, limit: int = 20) -> list[Hit]:
    """Return up to `limit` customers whom `user` may see, best first: what is equal, then what begins so.

    Names in any order and without accents, e-mail addresses, numbers of other systems, and any four or more digits
    of a phone number, its last ones first. Similar names come only if hardly anything else did.
    """
    text = normalise.words(text)
    asked = _asked(text)
    if not asked:
        return []
    seen = Customer.objects.visible_to(user)
    found: dict[int, tuple[str, str, int]] = {}  # customer → (term, what was asked, kind)
    for what, is_digits in asked:
        for pk, term, kind in _by_beginning(what, is_digits, seen, limit):
            found.setdefault(pk, (term, what, kind))
    ranked = sorted(found, key=lambda pk: (found[pk][0] != found[pk][1], list(found).index(pk)))[:limit]
    if len(ranked) < min(ENOUGH, limit) and _may_be_a_name(text):
        ranked += [pk for pk in _by_likeness(asked[0][0], seen, limit) if pk not in found][: limit - len(ranked)]
    return _hits(ranked, found, normalise.fold(text))


def _asked(text: str) -> list[tuple[str, bool]]:
    """Return [(term, whether it is digits of a phone)]."""
    texts = [(one, False) for one in terms.texts_asked(text) if len(one) >= FEWEST_LETTERS]
    return texts + [(digits, True) for digits in terms.digits_asked(text)]


def _may_be_a_name(text: str) -> bool:
    return len(text) >= FEWEST_FOR_LIKENESS and "@" not in text and any(letter.isalpha() for letter in text)


def _by_beginning(what: str, is_digits: bool, seen: QuerySet[Customer], limit: int) -> list[tuple[int, str, int]]:
    """Return [(customer, term, kind)]: those whose term is `what`, then those whose begins with it."""
    kind = "= 3" if is_digits else "<> 3"
    hidden, params = _visible(seen)
    end = what + "\U0010ffff"  # the last of all letters
    sql = f"""
        SELECT customer_id, term, kind FROM (
            SELECT t.customer_id, t.term, t.kind FROM customers_searchterm t
            WHERE t.term >= %s AND t.term < %s AND t.kind {kind}{{reach}}
        ) AS t {{joined}} ORDER BY t.term, t.customer_id LIMIT %s"""
    near = sql.format(reach=" ORDER BY t.term, t.customer_id LIMIT %s", joined=f"WHERE {hidden}" if hidden else "")
    with connection.cursor() as cursor:
        cursor.execute(near, [what, end, FAR, *params, limit * 3])
        rows = cursor.fetchall()
        if hidden and len(rows) < limit:  # the first ones are mostly hidden from this user: ask from their side
            cursor.execute(sql.format(reach="", joined=f"WHERE {hidden}"), [what, end, *params, limit * 3])
            rows = cursor.fetchall()
    return rows


def _visible(seen: QuerySet[Customer]) -> tuple[str, Sequence[Any]]:
    if not seen.query.where:
        return "", ()
    sql, params = seen.values("pk").query.sql_with_params()
    return f"t.customer_id IN ({sql})", params


def _by_likeness(folded: str, seen: QuerySet[Customer], limit: int) -> list[int]:
    """Return those whose name holds the text somewhere; only if nobody's does, those who are called similarly."""
    inside = seen.filter(sort_key__contains=folded).order_by("sort_key", "pk")
    if found := list(inside.values_list("pk", flat=True)[:limit]):
        return found
    rows = seen.extra(  # the operators of pg_trgm have no lookup that keeps to its index
        where=["customers_customer.sort_key %%> %s"],
        params=[folded],
        select={"likeness": "word_similarity(%s, customers_customer.sort_key)"},
        select_params=[folded],
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL pg_trgm.word_similarity_threshold = {LIKE}")
        return list(rows.order_by("-likeness", "sort_key").values_list("pk", flat=True)[:limit])


def _hits(ranked: list[int], found: dict[int, tuple[str, str, int]], folded: str) -> list[Hit]:
    """Load who they are, and what of them matched, in two queries."""
    rows = Customer.objects.filter(pk__in=ranked).select_related("account")
    customers = {one.pk: one for one in rows.only("name", "city", "account__name")}
    addresses = defaultdict(list)
    for point in ContactPoint.objects.filter(customer__in=[pk for pk in ranked if pk in found]).order_by("pk"):
        addresses[point.customer_id].append(point)
    hits = []
    for pk in ranked:
        if one := customers.get(pk):
            kind, matched, mark = _match(one, addresses[pk], found.get(pk), folded)
            company = one.account.name if one.account_id != pk else ""
            hits.append(Hit(pk, one.name, company, one.city, kind, matched, mark))
    return hits


def _match(
    one: Customer, points: list[ContactPoint], found: tuple[str, str, int] | None, folded: str
) -> tuple[str, str, str]:
    """Return (kind, what matched as people read it, the part of it to mark)."""
    if found is None:
        return "like", one.name, marked(one.name, folded)
    term, asked, kind = found
    if kind == SearchTerm.Kind.NAME:
        return "name", one.name, marked(one.name, asked)
    if kind == SearchTerm.Kind.OTHER:
        return "other", term, term[: len(asked)]
    for point in points:
        if kind == SearchTerm.Kind.DIGITS and point.channel == "phone" and term in terms.of_phone(point.value):
            shown = normalise.phone_as_read(point.value)
            return "phone", shown, marked(shown, asked, only_digits=True)
        if point.channel == "email" and point.value == term:
            return "email", point.value, marked(point.value, asked)
        if point.channel == "reference" and term in terms.of_reference(point.value):
            return "reference", point.value, marked(point.value, asked)
    return "name", one.name, ""


@transaction.atomic
def store(customer_ids: Iterable[int]) -> None:
    """Write anew under which names and addresses these customers are found. Terms of rooms above stay."""
    ids = array(sorted(set(customer_ids)))
    if ids == "{}":
        return
    points = defaultdict(list)
    mine = "WHERE customer_id = ANY(%s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM customers_searchterm {mine} AND kind <> %s", [ids, SearchTerm.Kind.OTHER])
        cursor.execute(f"SELECT customer_id, channel, system, value FROM customers_contactpoint {mine}", [ids])
        for pk, *point in cursor.fetchall():
            points[pk].append(tuple(point))
        cursor.execute(
            "SELECT id, first_name, last_name, name FROM customers_customer WHERE id = ANY(%s::bigint[])", [ids]
        )
        rows = cursor.fetchall()
    copy("customers_searchterm", ["term", "kind", "customer_id"], (
        (term, kind, pk) for pk, *names in rows for term, kind in terms.all_of(tuple(names), points[pk])
    ))  # fmt: skip


@transaction.atomic
def store_other(values: Iterable[tuple[int, str]]) -> None:
    """Let rooms above add what a customer is found under, such as order numbers: (customer, text). Twice is once."""
    rows = {(pk, normalise.fold(text)[: terms.LONGEST]) for pk, text in values}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, term FROM customers_searchterm WHERE customer_id = ANY(%s::bigint[]) AND kind = %s",
            [array({pk for pk, _term in rows}), SearchTerm.Kind.OTHER],
        )
        rows -= set(cursor.fetchall())
    copy("customers_searchterm", ["term", "kind", "customer_id"], (
        (term, SearchTerm.Kind.OTHER.value, pk) for pk, term in sorted(rows) if term
    ))  # fmt: skip
