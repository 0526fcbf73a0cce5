"""Segments: one saved rule each, all evaluated in one scan of the profile rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import apart
from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers.identity.normalise import words
from customers.models import Customer
from insights.fields import Field, every
from insights.models import Membership, Profile, Segment
from insights.rules import Condition, InvalidRule, Node, check, compile_rule, joined

log = structlog.get_logger("filo.segments")
SAMPLE_SIZE = 5
LONGEST_NAME = 120  # characters


class NameTaken(Problem):
    """Another segment has this name. Choose one that tells them apart."""

    code = "name_taken"


@transaction.atomic
def save(segment: Segment, *, name: str, rule: dict[str, Any], by: Any) -> Segment:
    """Write a segment's name and rule, new or old; who is in it follows at once by a reaction.

    Raises InvalidRule, Invalid without a name, NameTaken.
    """
    name = words(name)[:LONGEST_NAME]
    if not name:
        raise Invalid(_("Give the segment a name."))
    if Segment.objects.filter(name__iexact=name).exclude(pk=segment.pk).exists():
        raise NameTaken
    check(rule)
    segment.name, segment.rule, segment.is_archived = name, rule, False
    segment.by = segment.by or by
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError:  # somebody else gave the name to another one this moment
        raise NameTaken from None
    record("segment.saved", about=segment, by=by, name=segment.name, rule=rule)
    return segment


@transaction.atomic
def archive(segment: Segment, *, by: Any) -> None:
    """Take a segment out of use: it keeps its history and loses its members. Harmless twice."""
    if Segment.objects.filter(pk=segment.pk, is_archived=False).update(is_archived=True):
        record("segment.saved", about=segment, by=by, name=segment.name, rule=segment.rule, is_archived=True)


def active() -> QuerySet[Segment]:
    return Segment.objects.filter(is_archived=False).order_by("name")


def trouble(segment: Segment, known: dict[str, Field] | None = None) -> str:
    """Return why the saved rule cannot be asked any more and what to do about it; "" for one that can.

    known: what fields.every() returned, where many segments are asked; None: it is asked.
    """
    try:
        check(segment.rule, known)
    except InvalidRule as problem:
        return _("%(why)s Change or remove that rule and save; until then the same people stay in this segment.") % {
            "why": problem
        }
    if segment.trouble:
        words = _("It could not be asked of everybody: %(why)s. Until it can, the same people stay in this segment.")
        return words % {"why": segment.trouble}
    return ""


EVALUATE = """
WITH seen AS MATERIALIZED (
    SELECT p.customer_id, p.segments AS old, array_remove(ARRAY[{array}]::int[], NULL) AS new
    FROM insights_profile p {which}
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


def evaluate(customer_ids: list[int] | None = None) -> None:
    """Find who is in which segment, for some customers or all (None), in one scan; the difference is written.

    Who is in a segment that cannot be asked any more stays in it, and nobody enters.
    """
    try:
        _evaluate(customer_ids, {})
    except apart.MACHINERY:
        raise
    except Exception as error:
        log.exception("segments raised")
        raising = _raising(customer_ids)
        if not raising:
            raise error
        _evaluate(customer_ids, raising)


def _raising(customer_ids: list[int] | None) -> dict[int, str]:
    """Return {segment: what it raises} of those that cannot be asked of these customers: each is asked alone."""
    who = "" if customer_ids is None else "p.customer_id = ANY(%s) AND "
    found: dict[int, str] = {}
    for pk, condition in _conditions({})[0]:
        values = condition.values if customer_ids is None else (customer_ids, *condition.values)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM insights_profile p WHERE {who}({condition.sql})", values)
        except apart.MACHINERY:
            raise
        except Exception as error:
            found[pk] = apart.why(error)
    return found


@transaction.atomic
def _evaluate(customer_ids: list[int] | None, raising: Mapping[int, str]) -> None:
    conditions, broken = _conditions(raising)
    array = ", ".join(f"CASE WHEN {condition.sql} THEN {pk} END" for pk, condition in conditions)
    values = [value for _pk, condition in conditions for value in condition.values]
    some = customer_ids is not None
    sql = EVALUATE.format(array=array, which="WHERE p.customer_id = ANY(%s)" if some else "")
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, customer_ids] if some else values)
    if not some:
        asked = Segment.objects.filter(is_archived=False).exclude(pk__in=[segment.pk for segment in broken])
        asked.update(evaluated_at=now(), trouble="")
        for segment in broken:  # told with each full pass
            segment.trouble = raising.get(segment.pk, "")
            log.warning("segment.broken", segment=segment.pk, name=segment.name, why=trouble(segment))
    for pk, why in raising.items():
        Segment.objects.filter(pk=pk).update(trouble=why)


def _conditions(raising: Mapping[int, str]) -> tuple[list[tuple[int, Condition]], list[Segment]]:
    """Return (segment, what holds for those in it) of all in use, and those that cannot be asked any more.

    raising: others that cannot be asked now.
    """
    known, rows, broken = every(), [], []
    for segment in active().order_by("pk"):
        try:
            condition = None if segment.pk in raising else compile_rule(segment.rule, known)
        except InvalidRule:
            condition = None
        if condition is None:
            condition = Condition("%s = ANY(p.segments)", (segment.pk,))
            broken.append(segment)
        rows.append((segment.pk, condition))
    return rows, broken


@contextmanager
def _asked() -> Iterator[None]:
    """What somebody's value makes of a rule is said in words, where the rule is written."""
    try:
        with transaction.atomic():
            yield
    except DataError as error:
        words = _("This cannot be asked of everybody: %(why)s.")
        raise InvalidRule(words % {"why": apart.why(error)}) from error


def count(rule: dict[str, Any]) -> int:
    """Return how many customers answer `rule` now. Raises InvalidRule."""
    return counts(rule)[()]


def counts(rule: dict[str, Any]) -> dict[tuple[int, ...], int]:
    """Return, in one scan, the number beside each piece of `rule` by its path; () is the whole.

    In "all" it is how many are left after that piece, in "any" how many that piece adds. Raises InvalidRule.
    """
    asked = [((), (tree := check(rule)).condition), *_beside(tree, Condition("TRUE"))]
    columns = ", ".join(f"count(*) FILTER (WHERE {condition.sql})" for _path, condition in asked)
    with _asked(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM insights_profile p", [v for _path, condition in asked for v in condition.values]
        )
        return dict(zip([path for path, _condition in asked], cursor.fetchone(), strict=True))


def _beside(group: Node, context: Condition) -> list[tuple[tuple[int, ...], Condition]]:
    rows: list[tuple[tuple[int, ...], Condition]] = []
    for child in group.children:
        here = joined("all", [context, child.condition])
        rows.append((child.path, here))
        if child.children:
            rows += _beside(child, context)
        if group.match == "all":
            context = here
        else:  # what the next one adds: those whom no former one has
            context = joined(
                "all", [context, Condition(f"NOT COALESCE({child.condition.sql}, false)", child.condition.values)]
            )
    return rows


def sample(rule: dict[str, Any], user: Any, size: int = SAMPLE_SIZE) -> list[Customer]:
    """Return a few customers who answer `rule`, of those that `user` may see; others each time. Raises InvalidRule."""
    condition = compile_rule(rule)
    with _asked(), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.customer_id FROM insights_profile p TABLESAMPLE SYSTEM ({_share()})
                WHERE {condition.sql} LIMIT 400""",
            list(condition.values),
        )
        ids = [row[0] for row in cursor.fetchall()]
        if len(ids) < size:
            cursor.execute(
                f"SELECT p.customer_id FROM insights_profile p WHERE {condition.sql} LIMIT 400", list(condition.values)
            )
            ids = [row[0] for row in cursor.fetchall()]
    seen = Customer.objects.visible_to(user).filter(pk__in=ids).select_related("account")
    return list(seen.order_by("?")[:size])


def _share() -> float:
    """Return what percentage of the table to look at for a sample: some 20,000 rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'insights_profile'::regclass")
        rows = max(cursor.fetchone()[0], 1)
    return min(100.0, 20_000 / rows * 100)


def members(segment: Segment, user: Any) -> QuerySet[Customer]:
    """Return those in `segment` whom `user` may see."""
    inside = Membership.objects.filter(segment=segment).values("customer_id")
    return Customer.objects.visible_to(user).filter(pk__in=inside)


def of_customer(customer: Customer) -> QuerySet[Segment]:
    """Return the segments that `customer` is in, by name."""
    return active().filter(memberships__customer=customer)


def everybody_count() -> int:
    """Return how many customers have a profile, estimated where there are many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'insights_profile'::regclass")
        rows = cursor.fetchone()[0]
    return rows if rows > 50_000 else Profile.objects.count()
