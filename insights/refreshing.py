"""Which customers changed → which profile rows to redo, set-based, and the segments of those rows after them."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import now

from crm import apart, days, locks
from crm.savepoints import savepoint
from customers.models import Customer
from customers.touch import touch
from insights import assembling, evaluating, fingerprints, slices, sources
from insights.evaluating import PROFILES
from insights.models import FailingSource, Pass, Profile
from insights.slices import Some, Span, Who

log = structlog.get_logger("filo.profiles")

BATCH_SIZE = 20_000  # customers a transaction: about a second of work
REDOING = "profile of customer"  # what one may fail at: crm.apart
TRIED_AGAIN_AFTER = timedelta(minutes=1)  # a source that failed
# What is sorted of a slice fits. Rows come by customer from every index: grouping them needs no hash of thousands.
ROOM = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_hashagg = off"
MOST = 0.25  # of the customers of a span: it is written as one
PROBES = 3  # customers who tell a source that fails from a row that does


@transaction.atomic
def refresh(customer_ids: list[int] | None = None) -> None:
    """Redo the profile rows of `customer_ids`, or of everybody (None), and the segments of those rows.

    The persons of a changed account are redone with it: they carry its figures. Raises what one row raises.
    """
    locks.one_at_a_time(PROFILES)
    if customer_ids is None:
        for span in slices.every(BATCH_SIZE):
            _write_owed(span)
        evaluating.evaluate()
    elif ids := _with_people(customer_ids):
        _write(Some(ids))
        evaluating.evaluate_some(Some(ids))


def redo(who: Who) -> bool:
    """Redo some profiles and their segments, in the caller's transaction; whose row raises is put aside.

    Of a span these are the ones that are owed. Returns whether they were most.
    """
    if isinstance(who, slices.Span):
        try:
            with savepoint():
                are_most = _write_owed(who)
                evaluating.evaluate_some(who)
            return are_most
        except apart.MACHINERY:
            raise
        except Exception:
            log.exception("slice raised")
    touch(_refresh_each(who.ids if isinstance(who, Some) else slices.ids(who)))
    return True


def refresh_touched(*, waits: bool = False) -> int:
    """Redo one batch of touched customers. Returns how many marks were taken off; 0 when there is nothing to do.

    If somebody is at profiles just now: 0, or with `waits` their turn is waited for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if waits:
            locks.one_at_a_time(PROFILES)
        elif not locks.try_alone(PROFILES):
            return 0
        cursor.execute(
            """DELETE FROM customers_touched WHERE id = ANY(ARRAY(
               SELECT id FROM customers_touched WHERE customer_id <> ALL(%s::bigint[]) ORDER BY id LIMIT %s
               FOR UPDATE SKIP LOCKED)) RETURNING customer_id""",
            [apart.resting(REDOING), BATCH_SIZE],
        )  # not IN: a nested loop would ask the SELECT again for each row, past its limit
        marks = [row[0] for row in cursor.fetchall()]
        if marks:
            redo(Some(sorted(set(marks))))
        return len(marks)


def refresh_all_touched() -> None:
    """Redo every touched customer, before an audience is frozen, say."""
    while refresh_touched(waits=True):
        pass


def try_again() -> None:
    """Touch a few customers where a source that failed is to be tried again: also while nobody changes."""
    if FailingSource.objects.filter(due_at__lte=now()).exists():
        touch(Customer.objects.order_by("pk").values_list("pk", flat=True)[:PROBES])


def touch_changing() -> None:
    """Touch those whose figures change by themselves on the organisation's day that has begun."""
    today = days.today()
    changing = Profile.objects.filter(Q(interactions_until_on__lte=today) | Q(purchases_until_on__lte=today))
    touch(changing.values_list("pk", flat=True))


def _refresh_each(customer_ids: Sequence[int]) -> list[int]:
    """Redo some profiles; return those that raised, which are put aside and tried again later."""
    _made, bad = apart.in_halves(customer_ids, lambda some: refresh(list(some)))
    for pk, error in bad:
        log.error("profile raised", customer=pk, exc_info=error)
        apart.note(REDOING, pk, apart.why(error))
    raised = [pk for pk, _error in bad]
    apart.settle(REDOING, set(customer_ids) - set(raised))
    return raised


def _with_people(customer_ids: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM customers_customer WHERE account_id = ANY(%s) AND id <> account_id", [customer_ids]
        )
        return sorted({*customer_ids, *(pk for (pk,) in cursor.fetchall())})


# ---- one statement, and a source that fails


def _write_owed(span: Span) -> bool:
    """Write the figures of those in a span whose rows are not those that their profile was made of.

    The persons of their accounts who are in another span are touched. Returns whether most of the span were owed.
    """
    try:
        with savepoint():
            owed = fingerprints.owed(span)
    except apart.MACHINERY:
        raise
    except Exception:
        log.exception("fingerprints raised")
        owed = slices.ids(span)
    if not owed:
        return False
    people = _with_people(owed)
    here = [pk for pk in people if span.first <= pk <= span.last]
    are_most = len(here) > MOST * len(slices.ids(span))
    _write(slices.with_accounts(span) if are_most else Some(here))
    touch(set(people) - set(here))
    return are_most


def _write(who: Who) -> None:
    """Write the figures of some customers. A source that fails is left out: what comes from it keeps its values."""
    failing = dict(FailingSource.objects.values_list("name", "due_at"))
    resting = frozenset(name for name, due_at in failing.items() if due_at > now())
    try:
        _execute(who, resting)
    except apart.MACHINERY:
        raise
    except Exception:
        broken = _broken(who, resting)
        if not broken:
            raise
        log.exception("sources of figures raised", sources=sorted(broken))
        for name, why in broken.items():
            due = {"why": why, "due_at": now() + TRIED_AGAIN_AFTER}
            FailingSource.objects.update_or_create(name=name, defaults=due, create_defaults=due | {"since": now()})
        _execute(who, resting | broken.keys())
        return
    if failing.keys() - resting:  # they work again: whoever was redone meanwhile is owed their figures
        FailingSource.objects.filter(name__in=failing.keys() - resting).delete()
        Pass.objects.update(recipe="")


def _execute(who: Who, failing: frozenset[str]) -> None:
    with savepoint(), connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute(assembling.statement(who, failing), assembling.values(who))
        cursor.execute("RESET work_mem; RESET enable_hashagg")


def _broken(who: Who, resting: frozenset[str]) -> dict[str, str]:
    """Return {source: why} of those that raise whoever is asked about: not those that somebody's row makes raise."""
    asked = sources.every().keys() - sources.without(resting)
    raising = {name: why for name in sorted(asked) if (why := _raises(name, who))}
    probes = [Some([pk]) for pk in _probes(who)] if raising else []
    return {
        name: why
        for name, why in raising.items()
        if _raises(name, Some([])) or (probes and all(_raises(name, one) for one in probes))
    }


def _probes(who: Who) -> list[int]:
    """Return a few customers to ask about one by one: of many some of them, of few others."""
    ids = list(who.ids) if isinstance(who, Some) else slices.ids(who)
    if len(ids) > PROBES:
        return [ids[0], ids[len(ids) // 2], ids[-1]]
    return list(Customer.objects.exclude(pk__in=ids).order_by("pk").values_list("pk", flat=True)[:PROBES])


def _raises(name: str, who: Who) -> str:
    try:
        with savepoint(), connection.cursor() as cursor:
            cursor.execute(assembling.alone(name, who), assembling.values(who))
    except apart.MACHINERY:
        raise
    except Exception as error:
        return apart.why(error)
    return ""
