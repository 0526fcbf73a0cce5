"""Who is in which segment: all rules are asked in one scan of the profile rows, and what differs is written."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.timezone import now

from crm import apart, locks
from insights import segments, slices
from insights.conditions import Condition, present
from insights.fields import every
from insights.models import Segment
from insights.rules import InvalidRule, compile_segment
from insights.slices import Who

log = structlog.get_logger("filo.segments")
AT_ONCE = 200_000  # customers in one scan: less than a second
PROFILES = "profiles"  # the lock: two who write the same rows would wait for each other anyway

EVALUATE = """
WITH seen AS NOT MATERIALIZED (  -- the rules are asked once a row; who differs is asked a second time
    SELECT p.customer_id, p.segments AS old, array_remove(ARRAY[{array}]::int[], NULL) AS new
    FROM insights_profile p WHERE {which}
),
differing AS MATERIALIZED (SELECT * FROM seen WHERE old <> new),
written AS (
    UPDATE insights_profile p SET segments = d.new FROM differing d WHERE p.customer_id = d.customer_id
),
change AS MATERIALIZED (
    SELECT customer_id, n AS segment_id, true AS has_entered FROM differing, unnest(new) n WHERE n <> ALL (old)
    UNION ALL
    SELECT customer_id, o, false FROM differing, unnest(old) o WHERE o <> ALL (new)
),
entered AS (
    INSERT INTO insights_membership (segment_id, customer_id, since)
    SELECT segment_id, customer_id, now() FROM change WHERE has_entered ON CONFLICT DO NOTHING
),
gone AS (
    DELETE FROM insights_membership m USING change g
    WHERE NOT g.has_entered AND m.segment_id = g.segment_id AND m.customer_id = g.customer_id
),
told AS (
    INSERT INTO insights_segmentchange (segment_id, customer_id, has_entered, at)
    SELECT segment_id, customer_id, has_entered, now() FROM change
),
sums AS (
    SELECT segment_id, count(*) FILTER (WHERE has_entered) - count(*) FILTER (WHERE NOT has_entered) AS delta
    FROM change GROUP BY segment_id
)
UPDATE insights_segment s SET member_count = GREATEST(s.member_count + sums.delta, 0)
FROM sums WHERE s.id = sums.segment_id
"""


def evaluate() -> None:
    """Find who is in which segment, of everybody; the difference is written, one transaction for some customers.

    Who is in a segment that cannot be asked any more stays in it, and nobody enters.
    """
    raising: dict[int, str] = {}
    for span in slices.every(AT_ONCE):
        with transaction.atomic():
            locks.one_at_a_time(PROFILES)
            raising |= evaluate_some(span)
    evaluated(raising)


def evaluate_some(who: Who) -> dict[int, str]:
    """Find who of some customers is in which segment. Returns {segment: why} of those that cannot be asked of them."""
    try:
        _evaluate(who, {})
        return {}
    except apart.MACHINERY:
        raise
    except Exception as error:
        log.exception("segments raised")
        raising = _raising(who)
        if not raising:
            raise error
        _evaluate(who, raising)
        Segment.objects.bulk_update([Segment(pk=pk, trouble=why) for pk, why in raising.items()], ["trouble"])
        return raising


def evaluated(raising: Mapping[int, str]) -> None:
    """Note that everybody was asked for the segments that are in use, but for these, which raised."""
    _rows, broken = _conditions(raising)
    asked = Segment.objects.filter(is_archived=False).exclude(pk__in=[segment.pk for segment in broken])
    asked.update(evaluated_at=now(), trouble="")
    for segment in broken:  # told with each full pass
        segment.trouble = raising.get(segment.pk, "")
        log.warning("segment.broken", segment=segment.pk, name=segment.name, why=segments.trouble(segment))


def still_raising() -> dict[int, str]:
    """Return {segment: why} of those that raised for somebody and still do."""
    return {
        pk: why
        for pk in segments.active().exclude(trouble="").values_list("pk", flat=True)
        for span in slices.every(AT_ONCE)
        for why in _raising(span, only=pk).values()
    }


def _raising(who: Who, only: int = 0) -> dict[int, str]:
    """Return {segment: what it raises} of those that cannot be asked of these customers: each is asked alone."""
    found: dict[int, str] = {}
    for pk, condition in _conditions({})[0]:
        if only not in (0, pk):
            continue
        where, values = _where(who)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                sql = f"SELECT count(*) FROM insights_profile p WHERE {where} AND ({condition.sql})"
                cursor.execute(sql, (*values, *condition.values))
        except apart.MACHINERY:
            raise
        except Exception as error:
            found[pk] = apart.why(error)
    return found


def _where(who: Who) -> tuple[str, list[Any]]:
    """Return who is asked about as SQL, with its values in order: those of rules have no names."""
    named = who.where("p.customer_id")
    for name in who.values:
        named = named.replace(f"%({name})s", "%s")
    return named, list(who.values.values())


@transaction.atomic
def _evaluate(who: Who, raising: Mapping[int, str]) -> None:
    conditions, _broken = _conditions(raising)
    array = ", ".join(f"CASE WHEN {condition.sql} THEN {pk} END" for pk, condition in conditions)
    values = [value for _pk, condition in conditions for value in condition.values]
    where, whose = _where(who)
    with connection.cursor() as cursor:
        cursor.execute(EVALUATE.format(array=array, which=where), [*values, *whose])


def _conditions(raising: Mapping[int, str]) -> tuple[list[tuple[int, Condition]], list[Segment]]:
    """Return (segment, what holds for those in it) of all in use, and those that cannot be asked any more.

    raising: others that cannot be asked now.
    """
    known, rows, broken = every(), [], []
    for segment in segments.active().order_by("pk"):
        try:
            condition = None if segment.pk in raising else compile_segment(segment, known)
        except InvalidRule:
            condition = None
        if condition is None:
            condition = present(segment.pk)
            broken.append(segment)
        rows.append((segment.pk, condition))
    return rows, broken
