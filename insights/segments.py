"""Segments: a saved rule each, or a list of some customers; who is in them is found by insights/evaluating.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Count, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import apart, locks
from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers.identity.normalise import words
from customers.models import Customer
from insights import masks
from insights.conditions import Condition
from insights.fields import every
from insights.kinds import Field
from insights.masks import Path
from insights.models import Membership, Profile, Segment
from insights.nesting import Nesting
from insights.rules import InvalidRule, Node, check, check_built_on, compile_rule, compile_segment

SAMPLE_SIZE = 5
LONGEST_NAME = 120  # characters
EXACT_UP_TO = 50_000  # customers; more are counted about while a rule is written
SAMPLED = 20_000
A_MOMENT = timedelta(minutes=1)  # who sends a form again after that means another list
WRITING = "segments"  # the lock
WRITTEN = ("name", "rule", "is_archived", "by", "changed_at")  # how many are in it is counted meanwhile


class NameTaken(Problem):
    """Another segment has this name. Choose one that tells them apart."""

    code = "name_taken"


class InUse(Problem):
    """Other segments ask for this one. Change these first."""

    code = "in_use"


@transaction.atomic
def save(segment: Segment, *, name: str, rule: dict[str, Any], by: Any) -> Segment:
    """Write a segment's name and rule, new or old; who is in it follows at once by a reaction.

    One at a time: two at once could ask for each other. Raises InvalidRule, Invalid without a name, NameTaken.
    """
    locks.one_at_a_time(WRITING)
    name = _free_name(segment, name)
    known = every()
    check(rule, known, own=segment.pk or 0)
    check_built_on(segment, rule, known)
    segment.rule = rule
    return _store(segment, name, by)


@transaction.atomic
def save_list(segment: Segment, *, name: str, by: Any) -> Segment:
    """Write the name of a list of some customers, new or old; whom it holds is insights/listing.py.

    One at a time: a name is taken whatever its capitals. Raises Invalid without a name, NameTaken.
    """
    locks.one_at_a_time(WRITING)
    segment.is_static, segment.rule = True, {}
    return _store(segment, _free_name(segment, name), by)


def new_list(*, name: str, by: Any) -> Segment:
    """Return a new list, or the one of this name that `by` made a moment ago: their form came twice.

    Raises Invalid without a name, NameTaken.
    """
    try:
        with transaction.atomic():
            return save_list(Segment(), name=name, by=by)
    except NameTaken:
        theirs = active().filter(is_static=True, by=by, created_at__gte=now() - A_MOMENT)
        made = theirs.filter(name=words(name)[:LONGEST_NAME]).first()
        if made is None:
            raise
        return made


def _free_name(segment: Segment, name: str) -> str:
    name = words(name)[:LONGEST_NAME]
    if not name:
        raise Invalid(_("Give the segment a name."))
    if Segment.objects.filter(name__iexact=name).exclude(pk=segment.pk).exists():
        raise NameTaken
    return name


def _store(segment: Segment, name: str, by: Any) -> Segment:
    segment.name, segment.is_archived = name, False
    segment.by = segment.by or by
    try:
        with transaction.atomic():
            segment.save(update_fields=WRITTEN if segment.pk else None)
    except IntegrityError:  # somebody else gave the name to another one this moment
        raise NameTaken from None
    record("segment.saved", about=segment, by=by, name=segment.name, rule=segment.rule)
    return segment


@transaction.atomic
def archive(segment: Segment, *, by: Any) -> None:
    """Take a segment out of use: it keeps its history and loses its members. Harmless twice. Raises InUse."""
    locks.one_at_a_time(WRITING)
    if asking := Nesting().asking(segment.pk):
        names = ", ".join(f"“{one.name}”" for one in asking)
        raise InUse(_("Other segments ask for this one: %(names)s. Change these first.") % {"names": names})
    if Segment.objects.filter(pk=segment.pk, is_archived=False).update(is_archived=True):
        record("segment.saved", about=segment, by=by, name=segment.name, rule=segment.rule, is_archived=True)


def active() -> QuerySet[Segment]:
    return Segment.objects.filter(is_archived=False).order_by("name")


def trouble(segment: Segment, known: dict[str, Field] | None = None, user: Any = None) -> str:
    """Return why the saved rule cannot be asked any more and what to do about it; "" for one that can.

    known: what fields.every() returned, where many segments are asked; None: it is asked. user: who reads it; what was
    raised may be the value of somebody whom they do not see. None: a machine.
    """
    try:
        compile_segment(segment, known)
    except InvalidRule as problem:
        return _("%(why)s Change or remove that rule and save; until then the same people stay in this segment.") % {
            "why": problem
        }
    if segment.trouble and not sees_all(user):
        return _("It could not be asked of everybody. Until it can, the same people stay in this segment.")
    if segment.trouble:
        words = _("It could not be asked of everybody: %(why)s. Until it can, the same people stay in this segment.")
        return words % {"why": segment.trouble}
    return ""


@contextmanager
def _asked() -> Iterator[None]:
    """What somebody's value makes of a rule is said in words, where the rule is written."""
    try:
        with transaction.atomic():
            yield
    except DataError as error:
        words = _("This cannot be asked of everybody: %(why)s.")
        raise InvalidRule(words % {"why": apart.why(error)}) from error


def count(rule: dict[str, Any], user: Any = None) -> int:
    """Return how many customers answer `rule` now. `user` as in `counts`. Raises InvalidRule."""
    asked, among = compile_rule(rule), profiles(user)
    with _asked(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {among.sql} WHERE {asked.sql}", (*among.values, *asked.values))
        return cursor.fetchone()[0]


def counts(rule: dict[str, Any], user: Any = None) -> dict[Path, int]:
    """Return, in one scan, the number beside each piece of `rule` by its path; () is the whole.

    In "all" it is how many are left after that piece, in "any" how many that piece adds. Of those whom `user` may
    see: a number more for each euro would tell what a hidden customer spent. None: a machine, of all. Raises
    InvalidRule.
    """
    tree = check(rule)
    return _numbers(tree, user)[0]


def about(rule: dict[str, Any], user: Any = None) -> tuple[dict[Path, int], bool]:
    """Return what `counts` returns, and whether it is only about: of many it is scaled up from a sample of profiles.

    The sample is the same one each time, so that a number moves because its rule did. It is scaled by how many `user`
    may see, and holds some 20,000 of these. Raises InvalidRule.
    """
    tree = check(rule)
    everybody = everybody_count(user)
    if everybody <= EXACT_UP_TO:
        return _numbers(tree, user)[0], False
    share = min(100.0, SAMPLED / everybody * 100)
    numbers, looked_at = _numbers(tree, user, f"TABLESAMPLE SYSTEM ({share}) REPEATABLE (0)")
    return {path: round(n * everybody / max(looked_at, 1)) for path, n in numbers.items()}, True


def _numbers(tree: Node, user: Any, some: str = "") -> tuple[dict[Path, int], int]:
    """Return the numbers beside the pieces of a rule, and of how many rows these are. some: SQL that samples."""
    asked, bits = masks.asked(tree)
    seen = _seen_by(user)
    sql = f"SELECT {asked.sql} AS said, count(*) FROM insights_profile p {some} WHERE {seen.sql} GROUP BY said"
    with _asked(), connection.cursor() as cursor:
        cursor.execute(sql, (*asked.values, *seen.values))
        answers = cursor.fetchall()
    return masks.added_up(tree, bits, answers), sum(rows for _said, rows in answers)


def sees_all(user: Any) -> bool:
    """Tell whether what is counted for `user` is of everybody; None: a machine."""
    return user is None or user.scope("customers") == "all"


def _seen_by(user: Any) -> Condition:
    """Return what holds for the profiles of those whom `user` may see; None: a machine, sees all."""
    if sees_all(user):
        return Condition("TRUE")
    sql, values = Customer.objects.visible_to(user).order_by().values("pk").query.sql_with_params()
    return Condition(f"p.customer_id IN ({sql})", values)


def profiles(user: Any, some: str = "") -> Condition:
    """Return the profiles `p` of those whom `user` may see, to select from: a rule is asked of nobody else's value.

    None: a machine, of all. some: SQL that samples.
    """
    if sees_all(user):
        return Condition(f"insights_profile p {some}")
    seen = _seen_by(user)
    return Condition(f"(SELECT * FROM insights_profile p {some} WHERE {seen.sql} OFFSET 0) p", seen.values)


def member_counts(user: Any) -> dict[int, int]:
    """Return {segment: how many of its members `user` may see}, of the segments in use; 0 where there are none."""
    if sees_all(user):
        return dict(active().values_list("pk", "member_count"))
    seen = Membership.objects.filter(customer__in=Customer.objects.visible_to(user), segment__is_archived=False)
    found = dict(seen.values_list("segment").annotate(n=Count("pk")).order_by())
    return {pk: found.get(pk, 0) for pk in active().values_list("pk", flat=True)}


def sample(rule: dict[str, Any], user: Any, size: int = SAMPLE_SIZE, *, at_once: bool = False) -> list[Customer]:
    """Return a few customers who answer `rule`, of those that `user` may see; others each time. Raises InvalidRule.

    at_once: who is found among some thousands; else, if these are too few, all are looked through.
    """
    asked, ids = compile_rule(rule), list[int]()
    with _asked(), connection.cursor() as cursor:
        for some in (f"TABLESAMPLE SYSTEM ({_share()})", *([] if at_once else [""])):
            if len(ids) < size:
                among = profiles(user, some)
                sql = f"SELECT p.customer_id FROM {among.sql} WHERE {asked.sql} LIMIT 400"
                cursor.execute(sql, (*among.values, *asked.values))
                ids = [row[0] for row in cursor.fetchall()]
    seen = Customer.objects.visible_to(user).filter(pk__in=ids).select_related("account")
    return list(seen.order_by("?")[:size])


def _share() -> float:
    """Return what percentage of the table to look at for a sample: some 20,000 rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'insights_profile'::regclass")
        rows = max(cursor.fetchone()[0], 1)
    return min(100.0, SAMPLED / rows * 100)


def members(segment: Segment, user: Any) -> QuerySet[Customer]:
    """Return those in `segment` whom `user` may see."""
    inside = Membership.objects.filter(segment=segment).values("customer_id")
    return Customer.objects.visible_to(user).filter(pk__in=inside)


def of_customer(customer: Customer) -> QuerySet[Segment]:
    """Return the segments that `customer` is in, by name."""
    return active().filter(memberships__customer=customer)


def everybody_count(user: Any = None) -> int:
    """Return how many customers with a profile `user` may see; of all it is estimated where they are many."""
    if not sees_all(user):
        return count({"all": []}, user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'insights_profile'::regclass")
        rows = cursor.fetchone()[0]
    return rows if rows > EXACT_UP_TO else Profile.objects.count()
