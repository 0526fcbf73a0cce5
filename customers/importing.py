"""Files on their way in: received, checked, started, and taken in batches that a kill loses and doubles nothing of."""

import hashlib
import io
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid, Problem
from crm.words import Words
from customers.dialects import Bytes, Dialect, Record, is_text, records, rewrite
from customers.mapping import ImportField, guess
from customers.models import ImportFile

CHECKED_ROWS = 500  # from the beginning of the file
SHOWN_ROWS = 10
SIGN = "decimal_sign"  # among the options: "." or ",", as somebody chose it; "": as the file shows
MOST_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file. `values`: our field → cell, without the empty ones.

    `key` names a row that has no number of its own: its content, and how many like it came before in the file.
    """

    number: int  # in the file, the header is 1
    values: Mapping[str, str]
    cells: list[str]
    key: str


@dataclass
class Tally:
    """What became of a batch of rows. `skipped` did not land, of `noted` only a piece did not: (row, why)."""

    made: int = 0
    updated: int = 0
    same: int = 0
    skipped: list[tuple[Row, str]] = field(default_factory=list)
    noted: list[tuple[Row, str]] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)  # added up over the whole file, e.g. cents
    customers: set[int] = field(default_factory=set)  # whom the rows made or found

    def add(self, other: "Tally") -> None:
        for name in ("made", "updated", "same", "skipped", "noted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.figures = summed(self.figures, other.figures)
        self.customers |= other.customers


def summed(some: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Add figures by name; a sum may be zero or below (returned goods), which a Counter would drop."""
    return {name: some.get(name, 0) + more.get(name, 0) for name in {**some, **more}}


@dataclass(frozen=True)
class Kind:
    """What a file may hold. `take` writes a batch in the caller's transaction and must change nothing the second time.

    `look` says, without writing, what of which row cannot be read; `fields` may be a function, if they change.
    """

    name: str
    label: Words
    fields: Sequence[ImportField] | Callable[[], Sequence[ImportField]]
    take: Callable[[list[Row], ImportFile], Tally]
    look: Callable[[list[Row], ImportFile], list[tuple[Row, str]]] | None = None
    has_numbers: bool = False  # whose decimal sign somebody may have to choose

    def fields_now(self) -> Sequence[ImportField]:
        return self.fields() if callable(self.fields) else self.fields


_kinds: dict[str, Kind] = {}


def kind(name: str, *what, **more) -> None:
    """Register a Kind of file; rooms above do so in contributions.py."""
    _kinds[name] = Kind(name, *what, **more)


def kinds() -> list[Kind]:
    return list(_kinds.values())


def kind_of(file: ImportFile) -> Kind:
    """Return what a file holds. Raises NoSuchKind."""
    if file.kind not in _kinds:
        raise NoSuchKind(_("Nobody here can read files of this kind any more."))
    return _kinds[file.kind]


class NoSuchKind(Problem):
    """Nobody here can read files of this kind."""

    code = "no_such_kind"
    status = 422


class UnreadableFile(Problem):
    """This file cannot be read as CSV."""

    code = "unreadable"
    status = 422


class FileGone(Problem):
    """The file is gone from our disk. Upload it again: rows that landed already do not land twice."""

    code = "file_gone"


class WrongStatus(Problem):
    """The import is not in a state for that any more. Look at it again."""

    code = "wrong_status"


# ---- receive, check, start


def receive(upload: Bytes, *, name: str, kind: str, system: str, by: Any = None, country: str = "") -> ImportFile:
    """Keep an uploaded file, find out how it is written, and guess which column is what.

    `system`: whose numbers its ids are; `country` (ISO 3166): how phones without a prefix are read, "" the
    organisation's. Raises UnreadableFile, NoSuchKind.
    """
    if kind not in _kinds:
        raise NoSuchKind(_("There is no such kind of import."))
    path = default_storage.save(f"imports/{uuid.uuid4().hex}.csv", ContentFile(b""))
    try:
        dialect = _keep(upload, path)
        header, sample = _head(path, dialect)
    except UnreadableFile:
        default_storage.delete(path)
        raise
    return ImportFile.objects.create(
        kind=kind,
        name=name[:250],
        system=system.strip()[:60],
        path=path,
        size_bytes=default_storage.size(path),
        dialect=asdict(dialect),
        header=header,
        mapping=guess(header, sample, _kinds[kind].fields_now()),
        options={"country": country},
        by=by,
    )


def _keep(upload: Bytes, path: str) -> Dialect:
    upload.seek(0)
    start = upload.read(8)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableFile(_("This is a spreadsheet. Save it as CSV and choose that file."))
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")):
        raise UnreadableFile(_("This is no CSV file."))
    if upload.seek(0, io.SEEK_END) > MOST_BYTES:
        raise UnreadableFile(_("This file is larger than %d MB. Cut it in two.") % (MOST_BYTES // 1024**2))
    if not is_text(upload):
        raise UnreadableFile(_("This is no CSV file: it holds bytes that no text has."))
    with default_storage.open(path, "wb") as target:
        return rewrite(upload, target)


def _head(path: str, dialect: Dialect) -> tuple[list[str], list[list[str]]]:
    """Return the header, each name once, and the first rows."""
    with default_storage.open(path, "rb") as file:
        found = list(islice(records(file, dialect, start=0, number=1), SHOWN_ROWS * 10))
    if not found:
        raise UnreadableFile(_("There is nothing in this file."))
    names: list[str] = []
    for place, cell in enumerate(found[0].cells, 1):
        name = " ".join(cell.split())[:100] or _("Column %d") % place
        names.append(name if name not in names else f"{name} ({place})")
    return names, [one.cells for one in found[1:]]


@dataclass(frozen=True)
class Check:
    """What a file looks like before it is taken in: its first rows as we read them, and what is wrong."""

    rows: list[Row]
    troubles: list[tuple[int, str]]  # (number of the row, what is wrong), of the first CHECKED_ROWS rows
    checked: int  # rows


def check(file: ImportFile, *, mapping: Mapping[str, str], sign: str = "") -> Check:
    """Say which column is what (our field → their column) and look at the beginning of the file. sign: of decimals.

    Raises Invalid if a column is missing or used twice, or a field is required; WrongStatus once it has started;
    FileGone.
    """
    kind = kind_of(file)
    mapping = {name: column for name, column in mapping.items() if column}
    _check_mapping(kind, file, mapping)
    file.mapping, file.options = mapping, {**file.options, SIGN: sign}
    seen = look(file)
    checked = ImportFile.objects.filter(pk=file.pk, status__in=[ImportFile.Status.UPLOADED, ImportFile.Status.CHECKED])
    if not checked.update(mapping=mapping, options=file.options, status=ImportFile.Status.CHECKED):
        raise WrongStatus(_("This import has started already; its columns stay as they are."))
    file.status = ImportFile.Status.CHECKED
    return seen


def _check_mapping(kind: Kind, file: ImportFile, mapping: Mapping[str, str]) -> None:
    fields = {one.name: one for one in kind.fields_now()}
    wrong = {name: _("There is no such field.") for name in mapping if name not in fields}
    wrong |= {
        name: _("There is no column “%s”.") % column for name, column in mapping.items() if column not in file.header
    }
    wrong |= {
        name: _("Say which column holds this: %s.") % one.label
        for name, one in fields.items()
        if one.is_required and name not in mapping
    }
    if not mapping:
        wrong["mapping"] = _("Say what at least one column holds.")
    if wrong:
        raise Invalid(" ".join(dict.fromkeys(map(str, wrong.values()))), fields=wrong)


def look(file: ImportFile) -> Check:
    """Look at the beginning of a file with its present columns; changes nothing. Raises FileGone."""
    kind, seen = kind_of(file), Counter[bytes]()
    with opened_again(file) as opened:
        found = list(islice(rows_from(file, opened, start=first_byte(file), number=2), CHECKED_ROWS))
    rows = [as_row(one, file, seen) for one in found if not one.trouble]
    troubles = [(one.number, one.trouble) for one in found if one.trouble]
    if kind.look:
        troubles += [(row.number, words) for row, words in kind.look(rows, file)]
    return Check(rows[:SHOWN_ROWS], sorted(troubles), len(found))


def opened_again(file: ImportFile) -> File:
    """Open what was uploaded. Raises FileGone."""
    try:
        return default_storage.open(file.path, "rb")
    except FileNotFoundError:
        raise FileGone from None


def rows_from(file: ImportFile, opened: Bytes, *, start: int, number: int) -> Iterator[Record]:
    return records(opened, Dialect(**file.dialect), start=start, number=number, width=len(file.header))


def first_byte(file: ImportFile) -> int:
    """Return where the rows begin: after the header."""
    with opened_again(file) as opened:
        return next(records(opened, Dialect(**file.dialect), start=0, number=1)).end


def digest(cells: Sequence[str]) -> bytes:
    """Return what stands for the content of a row."""
    return hashlib.blake2b("\x1f".join(cells).encode("utf-8", "replace"), digest_size=12).digest()


def as_row(one: Record, file: ImportFile, seen: Counter[bytes]) -> Row:
    """Read a record with the file's columns; `seen` counts how often each content came."""
    content = digest(one.cells)
    seen[content] += 1
    places = {column: place for place, column in enumerate(file.header)}
    values = {
        name: cell
        for name, column in file.mapping.items()
        if places[column] < len(one.cells) and (cell := one.cells[places[column]].strip())
    }
    return Row(one.number, values, one.cells, f"{content.hex()}-{seen[content]}")


@transaction.atomic
def start(file: ImportFile, *, by: Any = None) -> None:
    """Let the file be taken in, from where it stopped. Raises WrongStatus unless it is checked, stopped or failed."""
    _become(file, ImportFile.Status.RUNNING, "CHECKED STOPPED FAILED", started_at=file.started_at or now(), trouble="")
    record("import.started", about=file, by=by, name=file.name, holds=file.kind)


@transaction.atomic
def stop(file: ImportFile) -> None:
    """Take no further batch; what is in stays in. Raises WrongStatus unless it runs."""
    _become(file, ImportFile.Status.STOPPED, "RUNNING")


def _become(file: ImportFile, status: str, before: str, **fields: Any) -> None:
    allowed = [ImportFile.Status[name] for name in before.split()]
    if not ImportFile.objects.filter(pk=file.pk, status__in=allowed).update(status=status, **fields):
        raise WrongStatus(_("The import is not in a state for that any more. Look at it again."))
    file.refresh_from_db()
