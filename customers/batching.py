"""An import taken in batch by batch: whatever is killed when, nothing is lost and nothing doubled."""

from collections import Counter
from itertools import islice

import structlog
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import apart
from crm.events.recording import record
from customers.dialects import Record
from customers.importing import (
    FileGone,
    Kind,
    NoSuchKind,
    Row,
    Tally,
    as_row,
    digest,
    first_byte,
    kind_of,
    opened_again,
    rows_from,
    summed,
)
from customers.models import ImportedCustomer, ImportFile, SkippedRow

log = structlog.get_logger("filo.imports")
BATCH_SIZE = 2_000  # rows; one transaction, a second or less
Seen = Counter[bytes]  # content of a row → how often it came

_kept: dict[
    tuple[int, int], Seen
] = {}  # (file, byte) → the contents before it, of the batch that this process took last


def take_batch(file_id: int) -> bool:
    """Take the next batch of a running import in one transaction that also moves its cursor.

    Return whether there may be more. False also if somebody else is at it, or it does not run.
    """
    try:
        return _take_batch(file_id)
    except apart.MACHINERY:
        raise  # the batch is taken again
    except Exception as trouble:
        log.exception("import failed", file_id=file_id)
        _fail(file_id, _("A batch of it could not be taken: %s") % apart.why(trouble))
        return False


def _take_batch(file_id: int) -> bool:
    with transaction.atomic():
        running = ImportFile.objects.select_for_update(skip_locked=True).filter(status=ImportFile.Status.RUNNING)
        file = running.filter(pk=file_id).first()
        if file is None:
            return False
        try:
            kind = kind_of(file)
            found, seen = _next_batch(file)
        except (OSError, FileGone, NoSuchKind) as trouble:
            log.error("import failed", file_id=file.pk, trouble=str(trouble))
            why = _("The file cannot be read: %s.") % trouble.strerror if isinstance(trouble, OSError) else str(trouble)
            _fail(file.pk, why)
            return False
        rows = [(one, as_row(one, file, seen)) for one in found]
        tally = _take(kind, [row for one, row in rows if not one.trouble], file)
        tally.skipped += [(row, one.trouble) for one, row in rows if one.trouble]
        _note(file, found, tally)
    _kept[file.pk, file.cursor_bytes] = seen  # only now: a batch that failed is read again
    return file.status == ImportFile.Status.RUNNING


def _fail(file_id: int, why: str) -> None:
    """Stop an import; its page says why, and somebody can let it go on."""
    running = ImportFile.objects.filter(pk=file_id, status=ImportFile.Status.RUNNING)
    running.update(status=ImportFile.Status.FAILED, trouble=why, finished_at=now())


def _next_batch(file: ImportFile) -> tuple[list[Record], Seen]:
    with opened_again(file) as opened:
        begin = file.cursor_bytes or first_byte(file)
        seen = _seen_before(file, opened, begin)
        return list(islice(rows_from(file, opened, start=begin, number=file.row_number + 2), BATCH_SIZE)), seen


def _seen_before(file: ImportFile, opened, begin: int) -> Seen:
    """How often each content came before `begin`: kept from the last batch, or counted again after a restart."""
    kept = _kept.get((file.pk, begin))
    _kept.clear()
    if kept is not None:
        return kept
    seen: Seen = Counter()
    if file.cursor_bytes:
        for one in rows_from(file, opened, start=first_byte(file), number=2):
            if one.end > begin:
                break
            seen[digest(one.cells)] += 1
    return seen


def _take(kind: Kind, rows: list[Row], file: ImportFile) -> Tally:
    """Take rows; if they fail together, take them in halves, so that one bad row is skipped alone."""
    made, bad = apart.in_halves(rows, lambda some: kind.take(list(some), file))
    tally = Tally()
    for one in made:
        tally.add(one)
    for row, trouble in bad:
        log.warning("row skipped", file_id=file.pk, row=row.number, exc_info=trouble)
        tally.skipped.append((row, _("This row could not be taken: %s") % str(trouble).strip()[:500]))
    return tally


def _note(file: ImportFile, found: list[Record], tally: Tally) -> None:
    """Move the cursor and count, in the transaction of the batch."""
    noted = [(row, why, True) for row, why in tally.noted] + [(row, why, False) for row, why in tally.skipped]
    SkippedRow.objects.bulk_create(
        SkippedRow(file=file, number=row.number, cells=row.cells, reason=why, has_landed=has_landed)
        for row, why, has_landed in noted
    )
    ImportedCustomer.objects.bulk_create(
        [ImportedCustomer(file=file, customer_id=pk) for pk in sorted(tally.customers)], ignore_conflicts=True
    )
    file.made_count += tally.made
    file.updated_count += tally.updated
    file.same_count += tally.same
    file.skipped_count += len(tally.skipped)
    file.noted_count += len(tally.noted)
    file.figures = summed(file.figures, tally.figures)
    file.beat_at = now()
    if found:
        file.cursor_bytes, file.row_number = found[-1].end, found[-1].number - 1
    if len(found) < BATCH_SIZE:
        file.status, file.finished_at, file.cursor_bytes = ImportFile.Status.FINISHED, now(), file.size_bytes
    file.save()
    if file.status == ImportFile.Status.FINISHED:
        counts = {name: getattr(file, f"{name}_count") for name in ("made", "updated", "same", "skipped", "noted")}
        record("import.finished", about=file, by=file.by, name=file.name, holds=file.kind, **counts)
