"""How often and when: one cap on marketing per customer, quiet hours, no offers into a complaint."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from crm import days
from customers import reach
from customers.models import Customer
from interactions.models import Conversation, Message
from staff.models import Organisation

CAP, COMPLAINT = "cap", "complaint"
REASONS = {
    CAP: _("Got enough messages lately"),
    COMPLAINT: _("Has an open complaint"),
}
ON_THEIR_WAY = (Message.Status.QUEUED, Message.Status.SENDING, Message.Status.IN_DOUBT)


def refusals(
    customer_ids: Sequence[int], *, origin: str = "", origin_id: int | None = None, organisation: Organisation
) -> dict[int, str]:
    """Return why marketing may not go to some of these customers now: customer → key of REASONS.

    The cap counts what was sent in the last N days and what is on its way, per person and per account, those before
    it in `customer_ids` included. What this origin has queued for the customer already is not held against them.
    """
    if not customer_ids:
        return {}
    reasons = dict.fromkeys(_capped(customer_ids, (origin, origin_id), organisation), CAP)
    return reasons | complaining(customer_ids)


def complaining(customer_ids: Collection[int]) -> dict[int, str]:
    """Return {customer: COMPLAINT} of those who have an open one."""
    rows = Conversation.objects.open().filter(customer__in=customer_ids, is_complaint=True)
    return dict.fromkeys(rows.values_list("customer_id", flat=True), COMPLAINT)


def _capped(customer_ids: Sequence[int], origin: tuple[str, int | None], organisation: Organisation) -> list[int]:
    asked = Customer.objects.filter(pk__in=customer_ids).values("account_id")
    accounts = dict(Customer.objects.filter(account__in=asked).values_list("pk", "account_id"))
    theirs, own = _recent(list(accounts), origin, organisation)
    totals: Counter[int] = Counter()  # of the account, so at least what the person got
    for pk, count in theirs.items():
        totals[accounts[pk]] += count
    full = []
    for pk in customer_ids:
        account = accounts.get(pk, pk)
        if totals[account] - own[pk] >= organisation.cap_messages:
            full.append(pk)
        elif not own[pk]:
            totals[account] += 1
    return full


def _recent(
    customer_ids: Sequence[int], origin: tuple[str, int | None], organisation: Organisation
) -> tuple[Counter[int], Counter[int]]:
    """Return marketing messages per customer, and how many of them are of `origin`."""
    counts = (
        Message.objects.filter(Q(status__in=ON_THEIR_WAY) | Q(sent_at__gte=_since(organisation)))
        .filter(customer__in=customer_ids, is_marketing=True)
        .values_list("customer_id")
        .annotate(all=Count("pk"), own=Count("pk", filter=Q(origin=origin[0], origin_id=origin[1])))
    )
    rows = list(counts.order_by())
    return Counter({pk: every for pk, every, _ in rows}), Counter({pk: own for pk, _, own in rows})


def _since(organisation: Organisation) -> datetime:
    """Return from when on the cap counts: today is one of its days."""
    return days.begin(days.last_days(organisation.cap_days)[0])


COMPLAINING = """EXISTS (SELECT 1 FROM interactions_conversation v
    WHERE v.customer_id = c.id AND v.status = 'open' AND v.is_complaint)"""
FULL = """(SELECT count(*) FROM customers_customer x JOIN interactions_message m ON m.customer_id = x.id
    WHERE x.account_id = c.account_id AND m.is_marketing
        AND (m.status = ANY(%s) OR m.sent_at >= %s)) >= %s"""


def conditions(organisation: Organisation) -> list[reach.Condition]:
    """Return the same reasons as `refusals`, for a whole set in one statement (customers.reach.verdicts)."""
    on_their_way = [str(status) for status in ON_THEIR_WAY]
    return [
        reach.Condition(COMPLAINT, COMPLAINING),
        reach.Condition(CAP, FULL, [on_their_way, _since(organisation), organisation.cap_messages]),
    ]


def due(at: datetime, zone: str, organisation: Organisation) -> datetime:
    """Return `at`, or the end of the quiet hours that it falls into. zone: the customer's; "": the organisation's."""
    if organisation.quiet_from is None or organisation.quiet_until is None:
        return at
    local = at.astimezone(_zone(zone) or _zone(organisation.time_zone) or ZoneInfo("UTC"))
    if not _is_quiet(local.time(), organisation.quiet_from, organisation.quiet_until):
        return at
    end = organisation.quiet_until
    until = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (until if until > local else until + timedelta(days=1)).astimezone(at.tzinfo)


def _is_quiet(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start <= end else clock >= start or clock < end


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
