"""Lists: static segments, of customers whom somebody put there. The only writer of who is on them.

Who is on a list is in the segment once their profiles are redone, some seconds later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils.timezone import now

from crm import apart
from crm.events.recording import record
from crm.problems import Problem
from customers.filters import Filters
from customers.loading import array
from customers.models import Customer, ImportedCustomer, ImportFile
from customers.models.customer import CustomerQuerySet
from customers.touch import touch
from insights.models import Enlistment, ListedCustomer, Membership, Segment

Origin = ListedCustomer.Origin
SLICE_SIZE = 5_000  # customers a transaction: some tenths of a second
LISTING = "putting on a list"  # what one may fail at: crm.apart
RIGHT = "insights.segments"

_ADD = """
INSERT INTO insights_listedcustomer (segment_id, customer_id, origin, by_id, at)
SELECT %s, c.id, %s, %s, now() FROM customers_customer c WHERE c.id = ANY(%s::bigint[]) ORDER BY c.id FOR KEY SHARE
ON CONFLICT (segment_id, customer_id) DO NOTHING RETURNING customer_id
"""


class NoList(Problem):
    """This segment is asked by its rules, or put away: nobody can be put on it by hand. Choose a list."""

    code = "no_list"


@transaction.atomic
def add(segment: Segment, customer_ids: Sequence[int], *, origin: str, by: Any, seer: Any) -> int:
    """Put customers on a list, those of them whom `seer` (a colleague or key) sees. Returns how many are new there.

    by: the User who did it; None: a machine. The same again changes nothing. Raises NoList.
    """
    _demand_list(segment)
    seen = Customer.objects.visible_to(seer).filter(pk__in=list(customer_ids)).values_list("pk", flat=True)
    return _put(segment, list(seen), origin=origin, by=by)


def _put(segment: Segment, customer_ids: Sequence[int], *, origin: str, by: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [segment.pk, origin, by and by.pk, array(customer_ids)])
        new = [pk for (pk,) in cursor.fetchall()]
    if new:
        touch(new)
        record("segment.listed", about=segment, by=by, count=len(new), origin=origin)
    return len(new)


@transaction.atomic
def remove(segment: Segment, customer_ids: Sequence[int], *, by: Any, seer: Any) -> int:
    """Take customers off a list, those of them whom `seer` sees. Returns how many were on it. Raises NoList."""
    _demand_list(segment)
    seen = Customer.objects.visible_to(seer).filter(pk__in=list(customer_ids))
    rows = ListedCustomer.objects.filter(segment=segment, customer__in=seen)
    gone = list(rows.select_for_update(of=("self",)).order_by("customer_id").values_list("customer_id", flat=True))
    if gone:
        ListedCustomer.objects.filter(segment=segment, customer__in=gone).delete()
        touch(gone)
        record("segment.unlisted", about=segment, by=by, count=len(gone))
    return len(gone)


def _demand_list(segment: Segment) -> None:
    if not Segment.objects.filter(pk=segment.pk, is_static=True, is_archived=False).exists():
        raise NoList


# ---- many: slice by slice, killed at any instant the next one goes on there


@transaction.atomic
def begin(segment: Segment, *, origin: str, by: Any, filters: Mapping[str, str] | None = None,
          file: ImportFile | None = None) -> Enlistment:  # fmt: skip
    """Put all whom `by` sees, and whom filters of the customers list leave or a file made or found, on a list.

    The first slice is taken at once; who is registered later is not among them. Raises NoList.
    """
    _demand_list(segment)
    last = Customer.objects.aggregate(last=Max("pk"))["last"] or 0
    at = now()
    one = Enlistment.objects.create(
        segment=segment, origin=origin, by=by, filters=dict(filters or {}), file=file, until=last, begun_at=at,
        beat_at=at,
    )  # fmt: skip
    _take(one)
    return one


def take_slice() -> bool:
    """Put the next customers of the oldest listing that is on its way on its list, in one transaction.

    Return whether there may be more. False also if somebody else is at it.
    """
    with transaction.atomic():
        owed = Enlistment.objects.filter(finished_at=None).exclude(pk__in=apart.resting(LISTING)).order_by("pk")
        one = owed.select_for_update(of=("self",), skip_locked=True).first()
        if one is None:
            return False
        with apart.apart(LISTING, one.pk):
            _take(one)
        return True


def _take(one: Enlistment) -> None:
    whom = _whom(one).filter(pk__gt=one.reached, pk__lte=one.until).order_by("pk")
    ids = list(whom.values_list("pk", flat=True)[:SLICE_SIZE])
    one.added_count += _put(one.segment, ids, origin=one.origin, by=one.by)
    one.beat_at = now()
    if len(ids) < SLICE_SIZE:
        one.reached, one.finished_at = one.until, one.beat_at
    else:
        one.reached = ids[-1]
    one.save(update_fields=["reached", "added_count", "beat_at", "finished_at"])


def _whom(one: Enlistment) -> CustomerQuerySet:
    """Return whom it is about, as their colleague sees them now: nobody for one who is gone, or may not any more."""
    by = one.by
    if by is None or not by.is_active or not by.may(RIGHT) or one.segment.is_archived:
        return Customer.objects.none()
    rows = Customer.objects.visible_to(by)
    if one.file_id:
        return rows.filter(pk__in=ImportedCustomer.objects.filter(file=one.file_id).values("customer_id"))
    filters = Filters(one.filters, by)
    return filters.narrow(rows) if filters.values == one.filters else rows.none()


# ---- who is on it


def lists() -> QuerySet[Segment]:
    """Return the lists in use, by name."""
    return Segment.objects.filter(is_static=True, is_archived=False).order_by("name")


def people(segment: Segment, user: Any) -> CustomerQuerySet:
    """Return those on a list whom `user` may see, also those who are not in the segment yet."""
    listed = ListedCustomer.objects.filter(segment=segment)
    return Customer.objects.visible_to(user).filter(pk__in=listed.values("customer"))


def told(segment: Segment, customers: Sequence[Customer]) -> dict[int, ListedCustomer]:
    """Return {customer: who put them on the list, how and when} of some customers."""
    rows = ListedCustomer.objects.filter(segment=segment, customer__in=customers).select_related("by")
    return {row.customer_id: row for row in rows}


@dataclass(frozen=True)
class Standing:
    """How a list stands, as somebody sees it: `count` are on it; of others who were or will be in it the profile waits.

    `sources`: [(name of who put them there or "", how, count, when last)], the newest first.
    """

    count: int
    entering: int
    leaving: int
    sources: list[tuple[str, str, int, datetime]]
    on_their_way: list[Enlistment]


def standing(segment: Segment, user: Any) -> Standing:
    """Return how a list stands, of those whom `user` may see: what others put on its way is counted whole."""
    seen = Customer.objects.visible_to(user)
    rows, inside = ListedCustomer.objects.filter(segment=segment), Membership.objects.filter(segment=segment)
    on_their_way = segment.enlistments.filter(finished_at=None)
    if user.scope("customers") != "all":
        rows, inside = rows.filter(customer__in=seen), inside.filter(customer__in=seen)
        on_their_way = on_their_way.filter(by=user)
    same = {"segment": segment, "customer": OuterRef("customer")}
    told = rows.values_list("by__name", "origin").annotate(n=Count("pk"), last=Max("at")).order_by("-last")
    sources = [(name or "", str(Origin(origin).label), n, last) for name, origin, n, last in told]
    return Standing(
        count=sum(n for _name, _how, n, _last in sources),
        entering=rows.exclude(Exists(Membership.objects.filter(**same))).count(),
        leaving=inside.exclude(Exists(ListedCustomer.objects.filter(**same))).count(),
        sources=sources,
        on_their_way=list(on_their_way.select_related("by").order_by("pk")),
    )
