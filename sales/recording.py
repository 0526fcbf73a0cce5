"""Purchases come in: the one door for files, the API and web shops. Set-based: one statement per table."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import money
from crm.events.recording import record
from customers import searching
from customers.identity.normalise import words
from customers.loading import array, copy
from customers.models import Customer
from customers.touch import touch
from sales import bookkeeping

MOST_CENTS = 10**13  # of one line; more is a number in the wrong place, and sums of many must fit 64 bits
FIRST_YEAR = 1900  # an earlier day, or one of a year that has not begun, is mistyped
LONGEST_REF = 60  # characters of another system's number that stay readable in our key; longer ones are hashed


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order: `customer_ref` is the buyer's number in the source's system, or `customer_id` is ours.

    `amount_cents` is the line's total. `line_ref` is the line's own number there; without one the line is known
    by its content and by how many equal ones came before it in the same call.
    """

    purchased_on: date
    amount_cents: int
    currency: str
    customer_ref: str = ""
    customer_id: int | None = None
    quantity: Decimal = Decimal(1)
    product: str = ""
    sku: str = ""
    order_ref: str = ""
    line_ref: str = ""


@dataclass
class Recorded:
    """What became of the lines. `skipped` is [(place in the call, why)]; sums are {currency: cents} of what is new."""

    made: int = 0
    same: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)
    customers: set[int] = field(default_factory=set)  # whose the lines are that were not skipped


@transaction.atomic
def record_many(
    lines: Sequence[Line],
    *,
    source: str,
    system: str = "",
    by: Any = None,
    seer: Any = None,
    about: models.Model | None = None,
) -> Recorded:
    """Record purchases in one transaction and one event. The same lines again change nothing.

    `system` says whose numbers `customer_ref`, `order_ref` and `line_ref` are; `source` where they come from
    ("import 12"). A line whose customer is unknown or shared by several is skipped with the reason, and so is one of
    a customer whom `seer` (a colleague or key; None: everybody) does not see.
    """
    if not lines:
        return Recorded()
    base = bookkeeping.keep()
    _stage(lines, _keys(lines, system))
    recorded = Recorded(skipped=_resolve(system, seer, _mistyped(lines)), customers=_named())
    made = _store(source, base)
    recorded.made = len(made)
    recorded.same = len(lines) - recorded.made - len(recorded.skipped)
    for _account, _person, _order, cents, currency in made:
        recorded.sums[currency] += cents
    if made:
        _tell(made, recorded, source=source, by=by, about=about)
    return recorded


# ---- which line is which


def _keys(lines: Sequence[Line], system: str) -> list[str]:
    """Return the key of each line: its own number, or its content and how-many-eth of the call it is."""
    counts: Counter[str] = Counter()
    keys = []
    for line in lines:
        key = _key(line, system) if line.line_ref else _content_key(line, system)
        counts[key] += 1
        keys.append(key if line.line_ref else f"{key}/{counts[key]}")
    return keys


def _key(line: Line, system: str) -> str:
    ref = line.line_ref
    short = ref if len(ref) <= LONGEST_REF else hashlib.blake2b(ref.encode(), digest_size=16).hexdigest()
    return f"{system}:{short}"


def _content_key(line: Line, system: str) -> str:
    said = (
        line.customer_ref, line.customer_id or "", line.purchased_on.isoformat(), line.quantity.normalize(),
        line.amount_cents, line.currency, line.product, line.sku, line.order_ref,
    )  # fmt: skip
    content = "\x1f".join(map(str, said))
    return f"{system}#{hashlib.blake2b(content.encode(), digest_size=16).hexdigest()}"


# ---- set-based: staged, resolved, stored

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS sales_incoming (
    n int, customer_ref text, customer_id bigint, account_id bigint, person_id bigint, purchased_on date,
    quantity numeric(12, 3), amount_cents bigint, currency text, product text, sku text, order_ref text,
    line_ref text COLLATE "C", is_hidden boolean NOT NULL DEFAULT false
) ON COMMIT DELETE ROWS;
TRUNCATE sales_incoming
"""
COLUMNS = [
    "n", "customer_ref", "customer_id", "purchased_on", "quantity", "amount_cents", "currency", "product", "sku",
    "order_ref", "line_ref",
]  # fmt: skip


def _stage(lines: Sequence[Line], keys: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
    copy("sales_incoming", COLUMNS, (
        (n, words(one.customer_ref), one.customer_id, one.purchased_on, one.quantity, one.amount_cents, one.currency,
         words(one.product)[:200], words(one.sku)[:80], words(one.order_ref)[:120], key)
        for n, (one, key) in enumerate(zip(lines, keys, strict=True))
    ))  # fmt: skip


_BY_REF = """
UPDATE sales_incoming AS i SET customer_id = p.customer_id
FROM customers_contactpoint p
WHERE i.customer_id IS NULL AND p.channel = 'reference' AND p.value = i.customer_ref AND p.system = %s
  AND NOT p.is_shared
"""
_SHARED = """
SELECT DISTINCT value FROM customers_contactpoint
WHERE channel = 'reference' AND system = %s AND value = ANY(%s) AND is_shared
"""
_ACCOUNTS = """
UPDATE sales_incoming AS i
SET account_id = c.account_id, person_id = CASE WHEN c.kind = 'person' THEN c.id END
FROM customers_customer c WHERE c.id = i.customer_id
"""


_HIDE = "UPDATE sales_incoming SET account_id = NULL, is_hidden = true WHERE customer_id = ANY(%s::bigint[])"


def _mistyped(lines: Sequence[Line]) -> dict[int, str]:
    """Return {place: why} of the lines on a day that nobody can mean, or in a currency that there is not."""
    last = now().year + (now().month == 12)  # the new year begins earlier elsewhere
    unknown = {code for code in {line.currency for line in lines} if not money.is_known(code)}
    wrong = {n: no_currency(line.currency) for n, line in enumerate(lines) if line.currency in unknown}
    return wrong | {
        n: _("There is something wrong with the day %s. Check the year.") % line.purchased_on.isoformat()
        for n, line in enumerate(lines)
        if not FIRST_YEAR <= line.purchased_on.year <= last
    }


def no_currency(written: str) -> str:
    return _("“%s” is no currency. Write it like EUR.") % written[:20]


def _resolve(system: str, seer: Any, mistyped: dict[int, str]) -> list[tuple[int, str]]:
    """Find account and person of each line; return [(place, why)] of those without, the mistyped among them."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sales_incoming")
        cursor.execute(_BY_REF, [system])
        cursor.execute(_ACCOUNTS)
        if seer is not None and seer.scope("customers") != "all":
            named = _named()
            seen = Customer.objects.visible_to(seer).filter(pk__in=named).values_list("pk", flat=True)
            cursor.execute(_HIDE, [array(named - set(seen))])
        if mistyped:
            cursor.execute("UPDATE sales_incoming SET account_id = NULL WHERE n = ANY(%s::int[])", [array(mistyped)])
        cursor.execute(
            "SELECT n, customer_ref, customer_id, is_hidden FROM sales_incoming WHERE account_id IS NULL ORDER BY n"
        )
        rows = cursor.fetchall()
        shared = _shared(cursor, system, [ref for _n, ref, pk, _is_hidden in rows if ref and pk is None])
        return [(n, mistyped.get(n) or _why(ref, pk, is_hidden, shared)) for n, ref, pk, is_hidden in rows]


def _named() -> set[int]:
    """Return the customers whose account is found."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT customer_id FROM sales_incoming WHERE account_id IS NOT NULL")
        return {pk for (pk,) in cursor.fetchall()}


def _shared(cursor, system: str, refs: list[str]) -> set[str]:
    """Return those numbers that several customers have."""
    if not refs:
        return set()
    cursor.execute(_SHARED, [system, refs])
    return {ref for (ref,) in cursor.fetchall()}


def _why(ref: str, pk: int | None, is_hidden: bool, shared: set[str]) -> str:
    if pk is None and ref in shared:
        words = _(
            "Several customers have the number “%s”. Remove it from all but the one whose it is, then send it again."
        )
        return words % ref
    if is_hidden:
        return _("This customer is kept by another team. Ask an administrator.")
    if ref or pk:
        return _("There is no customer with the number “%s”.") % (pk or ref)
    return _("The line does not say whose purchase it is.")


_PRODUCTS = """
INSERT INTO sales_product (name, sku) SELECT DISTINCT product, sku FROM sales_incoming
WHERE account_id IS NOT NULL AND (product <> '' OR sku <> '') ORDER BY product, sku ON CONFLICT (name, sku) DO NOTHING
"""
# Numbered in the order of the call, inserted in that of their keys: two who bring the same lines wait, and never for
# each other.
_PURCHASES = f"""
INSERT INTO sales_purchase (id, account_id, person_id, product_id, order_ref, line_ref, quantity, amount_cents,
                            currency, base_cents, purchased_on, source, created_at)
SELECT i.id, i.account_id, i.person_id, p.id, i.order_ref, i.line_ref, i.quantity, i.amount_cents, i.currency,
       {bookkeeping.worth("i")}, i.purchased_on, %(source)s, %(at)s
FROM (
    SELECT nextval(pg_get_serial_sequence('sales_purchase', 'id')) AS id, ordered.* FROM (
        SELECT * FROM sales_incoming WHERE account_id IS NOT NULL ORDER BY n
    ) AS ordered
) AS i LEFT JOIN sales_product p ON p.name = i.product AND p.sku = i.sku
ORDER BY i.line_ref
ON CONFLICT (line_ref) DO NOTHING
RETURNING account_id, person_id, order_ref, amount_cents, currency
"""

Made = tuple[int, int | None, str, int, str]  # account, person, order, cents, currency


def _store(source: str, base: str) -> list[Made]:
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS)
        cursor.execute(_PURCHASES, {**bookkeeping.terms(base), "source": source[:60], "at": now()})
        return cursor.fetchall()


def _tell(made: list[Made], recorded: Recorded, *, source: str, by: Any, about: models.Model | None) -> None:
    """Let search know the orders, insights the customers, and everybody the fact."""
    accounts = {account for account, *_rest in made}
    orders = {(person or account, order) for account, person, order, _cents, _currency in made if order}
    if orders:
        searching.store_other(orders)
    touch(_with_their_people(accounts))
    record(
        "purchases.recorded", about=about or Customer(pk=min(accounts)), by=by, source=source, count=recorded.made,
        sums=dict(recorded.sums), accounts=len(accounts),
    )  # fmt: skip


def _with_their_people(accounts: set[int]) -> list[int]:
    """An account's figures stand on its people too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer WHERE account_id = ANY(%s::bigint[])", [array(accounts)])
        return [pk for (pk,) in cursor.fetchall()]
