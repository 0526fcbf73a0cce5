"""Which customers changed → which profile rows to redo, set-based, and the segments of those rows after them."""

import structlog
from django.db import connection, transaction

from crm import apart, days, locks
from customers.models import Customer
from customers.touch import touch
from insights import segments

log = structlog.get_logger("filo.profiles")

BATCH_SIZE = 20_000  # touched customers a transaction: about a second of work
REDOING = "profile of customer"  # what one may fail at: crm.apart
PROFILES = "profiles"  # the lock: two passes over the same rows would wait for each other anyway

PROFILE = """
WITH target AS MATERIALIZED (SELECT c.* FROM customers_customer c {which}),
touch AS (
    SELECT customer_id,
        max(occurred_at) AS last_touch_at,
        max(occurred_at) FILTER (WHERE direction = 'in') AS last_in_at,
        max(occurred_at) FILTER (WHERE direction = 'out') AS last_out_at,
        max(occurred_at) FILTER (WHERE direction = 'in' AND channel = 'email') AS last_email_in_at,
        max(occurred_at) FILTER (WHERE direction = 'out' AND channel = 'email') AS last_email_out_at,
        max(occurred_at) FILTER (WHERE direction = 'in' AND channel = 'phone') AS last_phone_in_at,
        max(occurred_at) FILTER (WHERE direction = 'out' AND channel = 'phone') AS last_phone_out_at,
        max(occurred_at) FILTER (WHERE channel = 'visit') AS last_visit_at,
        count(*) FILTER (WHERE occurred_at > now() - interval '12 months') AS interactions_12m
    FROM interactions_interaction
    WHERE customer_id IS NOT NULL AND direction <> 'inside' AND kind NOT IN ('automatic', 'bounce') {of_customers}
    GROUP BY customer_id
),
orders AS (  -- lines of one day and one number are one order; those of days to come are none yet
    SELECT account_id, purchased_on, order_ref, sum(base_cents) AS cents
    FROM sales_purchase WHERE purchased_on <= %(today)s {of_accounts}
    GROUP BY account_id, purchased_on, order_ref
),
bought AS (
    SELECT account_id, min(purchased_on) AS first_on, max(purchased_on) AS last_on, count(*) AS orders,
        sum(cents) AS cents,
        count(*) FILTER (WHERE purchased_on > %(today)s::date - interval '12 months') AS orders_12m,
        COALESCE(sum(cents) FILTER (WHERE purchased_on > %(today)s::date - interval '12 months'), 0) AS cents_12m
    FROM orders GROUP BY account_id
),
points AS (
    SELECT customer_id,
        count(*) FILTER (WHERE channel = 'email') AS emails,
        count(*) FILTER (WHERE channel = 'phone') AS phones,
        count(*) FILTER (WHERE channel = 'phone' AND line <> 'fixed') AS mobiles,
        count(*) FILTER (WHERE channel = 'email' AND bounced_at IS NULL AND complained_at IS NULL) AS good_emails
    FROM customers_contactpoint WHERE TRUE {of_customers} GROUP BY customer_id
),
said AS (
    SELECT customer_id, purpose, channel,
        bool_or(is_given) FILTER (WHERE contact_point_id IS NULL) AS whole,
        count(*) FILTER (WHERE contact_point_id IS NOT NULL AND is_given) AS point_yes,
        count(*) FILTER (WHERE contact_point_id IS NOT NULL AND NOT is_given) AS point_no
    FROM customers_consentstate WHERE TRUE {of_customers} GROUP BY customer_id, purpose, channel
),
allowed AS (  -- yes where at least one address may be written to; no where all are refused; else never asked
    SELECT s.customer_id, s.purpose, s.channel,
        s.point_yes > 0 OR (COALESCE(s.whole, false) AND s.point_no < GREATEST(
            CASE s.channel WHEN 'email' THEN t.emails WHEN 'sms' THEN t.mobiles ELSE t.phones END, 1)) AS yes
    FROM said s LEFT JOIN points t USING (customer_id)
),
consent AS (
    SELECT customer_id,
        bool_or(yes) FILTER (WHERE purpose = 'offers' AND channel = 'email') AS offers_email,
        bool_or(yes) FILTER (WHERE purpose = 'offers' AND channel = 'phone') AS offers_phone,
        bool_or(yes) FILTER (WHERE purpose = 'offers' AND channel = 'sms') AS offers_sms,
        bool_or(yes) FILTER (WHERE purpose = 'surveys' AND channel = 'email') AS surveys_email,
        bool_or(yes) FILTER (WHERE purpose = 'service' AND channel = 'email') AS service_email
    FROM allowed GROUP BY customer_id
),
matter AS (
    SELECT customer_id, bool_or(is_complaint) AS complaint FROM interactions_conversation
    WHERE status = 'open' AND customer_id IS NOT NULL {of_customers} GROUP BY customer_id
),
promise AS (
    SELECT customer_id, bool_or(due_at < now()) AS late FROM interactions_task
    WHERE status = 'open' AND customer_id IS NOT NULL {of_customers} GROUP BY customer_id
)
INSERT INTO insights_profile ({columns})
SELECT c.id, c.account_id, c.kind, c.language, c.country, c.city, c.born_on, c.keeper_id, c.team_id, c.custom,
    c.created_at::date, COALESCE(points.good_emails, 0) > 0, COALESCE(points.phones, 0) > 0,
    consent.offers_email, consent.offers_phone, consent.offers_sms, consent.surveys_email, consent.service_email,
    touch.last_touch_at, touch.last_in_at, touch.last_out_at, touch.last_email_in_at, touch.last_email_out_at,
    touch.last_phone_in_at, touch.last_phone_out_at, touch.last_visit_at, COALESCE(touch.interactions_12m, 0),
    matter.customer_id IS NOT NULL, COALESCE(matter.complaint, false),
    promise.customer_id IS NOT NULL, COALESCE(promise.late, false),
    bought.first_on, bought.last_on, COALESCE(bought.orders, 0), COALESCE(bought.cents, 0),
    COALESCE(bought.orders_12m, 0), COALESCE(bought.cents_12m, 0), '{{}}', now()
FROM target c
LEFT JOIN touch ON touch.customer_id = c.id
LEFT JOIN bought ON bought.account_id = c.account_id
LEFT JOIN points ON points.customer_id = c.id
LEFT JOIN consent ON consent.customer_id = c.id
LEFT JOIN matter ON matter.customer_id = c.id
LEFT JOIN promise ON promise.customer_id = c.id
ON CONFLICT (customer_id) DO UPDATE SET {updates}
"""
_NAMES = """
customer_id account_id kind language country city born_on keeper_id team_id custom registered_on has_email
has_phone offers_email offers_phone offers_sms surveys_email service_email last_touch_at last_in_at last_out_at
last_email_in_at last_email_out_at last_phone_in_at last_phone_out_at last_visit_at interactions_12m
has_open_conversation has_open_complaint has_open_promise has_late_promise first_purchase_on last_purchase_on orders
spent_cents orders_12m spent_12m_cents segments refreshed_at
"""
COLUMNS = tuple(_NAMES.split())
KEPT = {"customer_id", "segments"}  # segments follow in a step of their own


def refresh_everybody() -> None:
    """Redo everybody at once; if somebody's row raises, slice by slice, and that one is put aside."""
    try:
        refresh()
        return
    except apart.MACHINERY:
        raise
    except Exception:
        log.exception("full pass raised")
    reached = 0
    while ids := list(Customer.objects.filter(pk__gt=reached).order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE]):
        _refresh_each(ids)
        reached = ids[-1]
    segments.evaluate()


@transaction.atomic
def refresh(customer_ids: list[int] | None = None) -> None:
    """Redo the profile rows of `customer_ids`, or of everybody (None), and the segments of those rows.

    The persons of a changed account are redone with it: they carry its figures.
    """
    locks.one_at_a_time(PROFILES)
    with connection.cursor() as cursor:
        ids = _with_people(cursor, customer_ids) if customer_ids is not None else None
        if ids == []:
            return
        _rebuild(cursor, ids)
    segments.evaluate(ids)


def refresh_touched() -> int:
    """Redo one batch of touched customers. Returns how many marks were taken off; 0 when there is nothing to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not locks.try_alone(PROFILES):
            return 0  # somebody is at it
        cursor.execute(
            """DELETE FROM customers_touched WHERE id = ANY(ARRAY(
               SELECT id FROM customers_touched WHERE customer_id <> ALL(%s::bigint[]) ORDER BY id LIMIT %s
               FOR UPDATE SKIP LOCKED)) RETURNING customer_id""",
            [apart.resting(REDOING), BATCH_SIZE],
        )  # not IN: a nested loop would ask the SELECT again for each row, past its limit
        marks = [row[0] for row in cursor.fetchall()]
        if marks:
            touch(_refresh_each(sorted(set(marks))))
        return len(marks)


def _refresh_each(customer_ids: list[int]) -> list[int]:
    """Redo some profiles; return those that raised, which are put aside and tried again later."""
    _made, bad = apart.in_halves(customer_ids, lambda some: refresh(list(some)))
    for pk, error in bad:
        log.error("profile raised", customer=pk, exc_info=error)
        apart.note(REDOING, pk, apart.why(error))
    raised = [pk for pk, _error in bad]
    apart.settle(REDOING, set(customer_ids) - set(raised))
    return raised


def refresh_all_touched() -> None:
    """Redo every touched customer, before an audience is frozen, say."""
    while refresh_touched():
        pass


def _with_people(cursor, customer_ids: list[int]) -> list[int]:
    cursor.execute(
        "SELECT id FROM customers_customer WHERE id = ANY(%s) OR account_id = ANY(%s)", [customer_ids, customer_ids]
    )
    return [row[0] for row in cursor.fetchall()]


def _rebuild(cursor, ids: list[int] | None) -> None:
    some = ids is not None
    sql = PROFILE.format(
        which="WHERE c.id = ANY(%(ids)s)" if some else "",
        of_customers="AND customer_id = ANY(%(ids)s)" if some else "",
        of_accounts="AND account_id IN (SELECT account_id FROM target)" if some else "",
        columns=", ".join(COLUMNS),
        updates=", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS if name not in KEPT),
    )
    cursor.execute(sql, {"ids": ids, "today": days.today()})
