"""Base amounts are counted anew where a rate changed, and everywhere when the books follow another currency.

What is owed is a row with a cursor. Slices are short, each a transaction that also moves the cursor: killed at any
instant, the next one goes on there. Each counts by the rates that hold when it begins, so that an old one does no harm.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from crm import apart, locks
from crm.events.recording import record
from customers.touch import touch
from sales import bookkeeping
from sales.models import Books, Purchase, Recount
from staff.models import Organisation

SLICE_SIZE = 5_000  # purchases a transaction: some tenths of a second
FORGOTTEN_AFTER = timedelta(days=7)  # until then one can see what was counted when
RECOUNTING = "recount of purchases"  # the lock, and what one may fail at: crm.apart


def owe(currency: str, *, from_on: date | None = None, until_on: date | None = None) -> None:
    """Note, in the caller's transaction, that purchases of a currency and span are to be counted anew."""
    span = Purchase.objects.filter(currency=currency)
    span = span.filter(purchased_on__gte=from_on) if from_on else span
    span = span.filter(purchased_on__lt=until_on) if until_on else span
    if span.exists():
        Recount.objects.create(currency=currency, from_on=from_on, until_on=until_on)


def take_slice() -> bool:
    """Count the next purchases that are owed, the oldest debt first.

    Return whether there may be more. False also if somebody else is at it.
    """
    with transaction.atomic():
        if not locks.try_alone(RECOUNTING):
            return False
        one = Recount.objects.filter(finished_at=None).exclude(pk__in=apart.resting(RECOUNTING)).order_by("pk").first()
        if one is None:
            return False
        with apart.apart(RECOUNTING, one.pk):
            _count(one)
        return True


# {only}: of those whose amount can but be missing, or but be there, the others are not looked at.
_SLICE = """
WITH these AS MATERIALIZED (
    SELECT p.id, p.purchased_on, {worth} AS worth FROM (
        SELECT * FROM sales_purchase
        WHERE currency = %(currency)s AND purchased_on >= %(last_on)s
            AND (purchased_on > %(last_on)s OR id > %(last_number)s) AND purchased_on < %(until_on)s {only}
        ORDER BY purchased_on, id LIMIT %(size)s
    ) AS p
), counted AS (
    UPDATE sales_purchase AS p SET base_cents = these.worth FROM these
    WHERE p.id = these.id AND p.base_cents IS DISTINCT FROM these.worth
    RETURNING p.account_id
)
SELECT (SELECT count(*) FROM these), last.purchased_on, last.id, ARRAY(SELECT DISTINCT account_id FROM counted)
FROM (SELECT purchased_on, id FROM these ORDER BY purchased_on DESC, id DESC LIMIT 1) AS last
"""


def _count(one: Recount) -> None:
    """Count one slice, tell insights whose figures changed, and move the cursor."""
    base = bookkeeping.base()
    only = "" if base not in ("", one.currency) else "AND base_cents IS NULL" if base else "AND base_cents IS NOT NULL"
    span: dict[str, Any] = {
        "currency": one.currency,
        "last_on": one.last_on or one.from_on or date.min,
        "last_number": one.last_number,
        "until_on": one.until_on or "infinity",
        "size": SLICE_SIZE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SLICE.format(worth=bookkeeping.worth("p"), only=only), {**bookkeeping.terms(base), **span})
        count, one.last_on, one.last_number, accounts = cursor.fetchone() or (0, one.last_on, one.last_number, [])
    touch(accounts)
    one.done_count += count
    one.beat_at = now()
    one.finished_at = one.beat_at if count < SLICE_SIZE else None
    one.save(update_fields=["last_on", "last_number", "done_count", "beat_at", "finished_at"])
    if one.finished_at:
        Recount.objects.filter(finished_at__lt=one.finished_at - FORGOTTEN_AFTER).delete()


# ---- the books follow the organisation's currency


@transaction.atomic
def follow() -> None:
    """See to it that the books are in the organisation's currency: first all base amounts go, then they come anew.

    So at any moment all that there are are of one currency, and figures say which.
    """
    wanted = Organisation.current().currency
    if Books.objects.filter(currency=wanted, is_closing=False).exists() or not locks.try_alone(RECOUNTING):
        return
    bookkeeping.take()
    now_in = bookkeeping.base()
    if now_in == wanted:  # they were opened
        return
    if now_in:
        Recount.objects.filter(finished_at=None).delete()  # all is done anew
        Books.objects.update(is_closing=True)
        _owe_all()
    if not Recount.objects.filter(finished_at=None).exists():
        _count_in(wanted)


def _count_in(wanted: str) -> None:
    """No base amount is left: from now on purchases are counted in the new currency."""
    books = Books.objects.get()
    Books.objects.update(is_closing=False, currency=wanted)
    _owe_all()
    record("currency.changed", about=books, before=books.currency, after=wanted)


def _owe_all() -> None:
    for currency in bookkeeping.bought_in():
        owe(currency)
