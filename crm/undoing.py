"""What can be taken back: a deed keeps what it changes, row by row, and a room says how its kind is undone.

    kept = undoing.keep("promise.kept", about=task, by=anna)
    undoing.changing(kept, Task.objects.filter(pk=task.pk), "status", "closed_at")   # then change them
    undoing.undo(kept, by=anna)

All that is kept stands in the database, in the transaction of the deed, at most PIECE_SIZE rows in a piece.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, connection, models, transaction
from django.utils.timezone import now

from crm.models import Undo, UndoPiece
from crm.problems import Problem

PIECE_SIZE = 2_000  # rows
FORGOTTEN_AFTER = timedelta(days=7)  # since it was too late
How = UndoPiece.How
Way = Callable[[Undo, Any], None]
_ways: dict[str, Way] = {}
_rights: dict[str, str] = {}  # what a colleague must have a right to who undoes a deed of this kind
_partial: set[str] = set()  # kinds of deeds that may be undone in part

KEEP = """
INSERT INTO crm_undo_piece (undo_id, number, model, how, ids, before)
SELECT %s, (SELECT COALESCE(max(number), 0) FROM crm_undo_piece WHERE undo_id = %s) + part, %s, %s,
    array_agg(key ORDER BY key), jsonb_agg(was ORDER BY key)
FROM (SELECT {key} AS key, to_jsonb(one) AS was, (row_number() OVER (ORDER BY {key}) - 1) / %s + 1 AS part
      FROM ({rows}) AS one) AS numbered
GROUP BY part RETURNING cardinality(ids)
"""
CHANGE_BACK = """
UPDATE {table} AS row SET ({columns}) = ROW({values})
FROM crm_undo_piece AS piece, jsonb_populate_recordset(NULL::{table}, before) AS was
WHERE piece.id = %s AND row.{key} = was.{key}
"""
BRING_BACK = """
INSERT INTO {table} ({columns}) SELECT {values}
FROM crm_undo_piece AS piece, jsonb_populate_recordset(NULL::{table}, before) AS was WHERE piece.id = %s
"""
KEPT = "SELECT name FROM crm_undo_piece, jsonb_object_keys(before -> 0) AS name WHERE id = %s"


class TooLate(Problem):
    """It is too late to undo this."""

    code = "too_late"


class AlreadyUndone(Problem):
    """This was already undone."""

    code = "already_undone"


class ChangedMeanwhile(Problem):
    """This changed meanwhile, so it cannot be undone any more."""

    code = "changed_meanwhile"


def undoes(*kinds: str, right: str = "", in_part: bool = False) -> Callable[[Way], Way]:
    """Register the decorated function (undo, by) as the way in which deeds of these kinds are undone.

    It runs in a transaction that holds the rows of the Undo and of the deed. It looks whether what stands there can
    still be taken back, else raises a Problem; puts back; and records its fact. right: of those who do such deeds; ""
    for what only the machine does. in_part: rows to which something was done since do not forbid it; the way leaves
    them.
    """

    def register(way: Way) -> Way:
        _ways.update(dict.fromkeys(kinds, way))
        _rights.update(dict.fromkeys(kinds, right))
        _partial.update(kinds if in_part else ())
        return way

    return register


def right(kind: str) -> str:
    """Return the right that a colleague needs to undo a deed of this kind; "" where none of them does."""
    return _rights.get(kind, "")


def keep(kind: str, *, about: models.Model, by: Any = None, until: datetime | None = None) -> Undo:
    """Begin to keep what a deed changes, in its transaction, before it changes it. until: None is UNDO_SECONDS hence.

    Raises ValueError for a kind that nobody undoes.
    """
    if kind not in _ways:
        raise ValueError(f"Nobody says how {kind} is undone.")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("What can be undone is kept in the transaction of its deed.")
    at = now()
    until = until or at + timedelta(seconds=settings.UNDO_SECONDS)
    label, who = about._meta.label_lower, by if by is not None and by.pk else None
    return Undo.objects.create(kind=kind, about=label, about_id=about.pk, by=who, at=at, until=until)


def changing(kept: Undo, rows: models.QuerySet, *fields: str) -> int:
    """Lock `rows` and keep what stands in these fields of them; return how many rows there are. Change them next."""
    return _keep(kept, rows, How.CHANGED, fields)


def removing(kept: Undo, rows: models.QuerySet) -> int:
    """Lock `rows` and keep all of them; return how many there are. Remove them next."""
    return _keep(kept, rows, How.REMOVED, [field.attname for field in rows.model._meta.concrete_fields])


def made(kept: Undo, model: type[models.Model], ids: Iterable[int]) -> None:
    """Keep that the deed made these rows."""
    label, number = model._meta.label_lower, kept.pieces.count()
    ordered = sorted(ids)
    UndoPiece.objects.bulk_create(
        UndoPiece(undo=kept, number=number + n, model=label, how=How.MADE, ids=ordered[start : start + PIECE_SIZE])
        for n, start in enumerate(range(0, len(ordered), PIECE_SIZE), start=1)
    )


def ids_of(kept: Undo, model: type[models.Model], how: How) -> list[int]:
    """Return the rows of this model that the deed made, changed or removed."""
    pieces = kept.pieces.filter(model=model._meta.label_lower, how=how).order_by("number")
    return [pk for ids in pieces.values_list("ids", flat=True) for pk in ids]


def last(about: models.Model, *kinds: str) -> Undo | None:
    """Return the last deed of these kinds to this row, undone or not; None: there was none lately."""
    return Undo.objects.about(about).filter(kind__in=kinds).order_by("-id").first()


@transaction.atomic
def undo(kept: Undo, *, by: Any) -> None:
    """Take a deed back, whole or not at all.

    Raises AlreadyUndone, TooLate, and ChangedMeanwhile where a later deed to the same rows stands, or a row is gone.
    """
    mine = Undo.objects.select_for_update().filter(pk=kept.pk).first()
    if mine is not None and mine.undone_at:
        raise AlreadyUndone
    if mine is None or mine.until <= now():
        raise TooLate
    _demand_last(mine)
    try:
        with transaction.atomic():
            _ways[mine.kind](mine, by)
            connection.check_constraints()  # not as late as at the commit, where nobody could say it in words
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    Undo.objects.filter(pk=mine.pk).update(undone_at=now(), undone_by=by if by is not None and by.pk else None)


def put_back(kept: Undo, *only: type[models.Model]) -> None:
    """Put the rows of these models (none named: of all) back as they were, what was done last first.

    Rows that the deed made are deleted, with what Django deletes with them; changed ones get the fields that were kept,
    whatever stands there now; removed ones are there again, under their old key. Raises ChangedMeanwhile for a changed
    row that is gone.
    """
    pieces = kept.pieces.order_by("-number").defer("before")
    if only:
        pieces = pieces.filter(model__in=[model._meta.label_lower for model in only])
    for piece in pieces:
        write_back(piece)


def write_back(piece: UndoPiece, *, but: Collection[str] = ()) -> None:
    """Put the rows of one piece back. but: columns that keep what stands there now. Raises ChangedMeanwhile."""
    model = apps.get_model(piece.model)
    if piece.how == How.MADE:
        model._base_manager.filter(pk__in=piece.ids).delete()
    else:
        _write(piece, model, CHANGE_BACK if piece.how == How.CHANGED else BRING_BACK, but)


def forget() -> int:
    """Forget what has been too late for days, with all that was kept of it; return how many deeds."""
    old = Undo.objects.filter(until__lt=now() - FORGOTTEN_AFTER)
    return old.delete()[1].get(Undo._meta.label, 0)


def _keep(kept: Undo, rows: models.QuerySet, how: str, fields: Iterable[str]) -> int:
    model, quoted = rows.model, connection.ops.quote_name
    key = model._meta.pk
    one_table = model._base_manager.filter(pk__in=rows.values("pk")).select_for_update()
    names = {key.attname, *(model._meta.get_field(name).attname for name in fields)}
    try:
        sql, params = one_table.order_by("pk").values(*sorted(names)).query.sql_with_params()
    except EmptyResultSet:
        return 0
    statement = KEEP.format(key=quoted(key.column), rows=sql)
    label = model._meta.label_lower
    with connection.cursor() as cursor:
        cursor.execute(statement, [kept.pk, kept.pk, label, how, PIECE_SIZE, *params])
        return sum(count for (count,) in cursor.fetchall())


def _demand_last(mine: Undo) -> None:
    """Lock its rows, and demand that what was done to them since is undone: it would hang in the air."""
    touched: dict[str, set[int]] = defaultdict(set)
    for label, some in mine.pieces.values_list("model", "ids"):
        touched[label].update(some)
    later = UndoPiece.objects.filter(undo__gt=mine.pk, undo__undone_at=None)
    for model in _who_points_first(touched):
        ids = sorted(touched[model._meta.label_lower])
        rows = model._base_manager.filter(pk__in=ids).order_by("pk")
        list(rows.select_for_update().values_list("pk"))  # who is at it now has told by the next line what they did
        if mine.kind not in _partial and later.filter(model=model._meta.label_lower, ids__overlap=ids).exists():
            raise ChangedMeanwhile


def _who_points_first(labels: Iterable[str]) -> list[type[models.Model]]:
    """Return models in the order in which all of us lock their rows: what points at others, then what is pointed at."""
    some = [apps.get_model(label) for label in sorted(labels)]
    targets = [field.related_model for one in some for field in one._meta.concrete_fields if field.is_relation]
    return sorted(some, key=targets.count)


def _write(piece: UndoPiece, model: type[models.Model], sql: str, but: Collection[str]) -> None:
    """Write what a piece kept, but for columns that the table has lost since."""
    quoted, key = connection.ops.quote_name, str(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [piece.pk])
        kept = {name for (name,) in cursor.fetchall()}
        known = {field.column for field in model._meta.concrete_fields}
        columns = [quoted(name) for name in sorted((kept & known) - set(but))]
        names = {"table": quoted(model._meta.db_table), "key": quoted(key), "columns": ", ".join(columns)}
        cursor.execute(sql.format(**names, values=", ".join(f"was.{name}" for name in columns)), [piece.pk])
        if cursor.rowcount < len(piece.ids):
            raise ChangedMeanwhile
