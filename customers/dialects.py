"""CSV as it is found: any encoding, delimiter and line end, quoted lines, broken rows. Plain data, no database."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files import File
from django.utils.translation import gettext as _

Bytes = BinaryIO | File  # what is read: an upload, a kept file
DELIMITERS = ",;\t|"
SAMPLE = 256 * 1024  # characters that decide about the delimiter
CHUNK = 1024 * 1024  # bytes
MOST_LINES = 500  # of one row; more is a quotation mark that nobody closed
LONGEST_CELL = 1024 * 1024  # characters

csv.field_size_limit(LONGEST_CELL)
_lone_return = re.compile(r"\r(?!\n)")
_strange = re.compile(r"[\x00-\x08\x0e-\x1f]")
_told = re.compile(r'"?sep=(.)"?\r?\n')  # Excel's own first line


@dataclass(frozen=True)
class Dialect:
    """How the cells of a file are parted. `encoding` is the one it came in; we keep it as UTF-8."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'


@dataclass(slots=True)
class Record:
    """One row. `number`: in the file, the header is 1; `end`: the byte after it; `trouble`: why it is not whole."""

    number: int
    end: int
    cells: list[str]
    trouble: str = ""


# ---- encodings


def encoding_of(file: Bytes) -> str:
    """Return the encoding of a file: by its mark, its zeros, by whether it is UTF-8; else Windows' own."""
    file.seek(0)
    head = file.read(4096)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) > 3 and head[start::2].count(0) > len(head) // 4:
            return name
    return "utf-8" if _is_mostly_utf8(file) else "cp1252"


def _is_mostly_utf8(file: Bytes) -> bool:
    """Some bytes may be damaged: what counts is whether most letters beyond ASCII are UTF-8."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = broken = 0
    while chunk := file.read(CHUNK):
        text = decoder.decode(chunk)
        if not text.isascii():
            strange = sum("\udc80" <= letter <= "\udcff" for letter in text)
            broken += strange
            good += sum(letter > "\x7f" for letter in text) - strange
    return broken == 0 or good > 10 * broken


def is_text(file: Bytes) -> bool:
    """Tell whether the beginning of a file is text: a stray control character is, more than one in a hundred is not."""
    encoding = encoding_of(file)
    file.seek(0)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(CHUNK // 16))
    strange = len(_strange.findall(text))
    return strange <= 1 or strange * 100 <= len(text)


def rewrite(source: Bytes, target: Bytes) -> Dialect:
    """Copy a file as UTF-8 without mark and NUL bytes, lines ended by \\n or \\r\\n; return its dialect."""
    encoding = encoding_of(source)
    sample = delimiter = ""
    for number, text in enumerate(_texts(source, encoding)):
        if number == 0 and (told := _told.match(text)):
            delimiter, text = told[1], text[told.end() :]
        sample += text[: max(0, SAMPLE - len(sample))]
        target.write(text.encode("utf-8", "replace"))
    return Dialect(encoding, delimiter) if delimiter else _dialect(sample, encoding)


def _texts(source: Bytes, encoding: str) -> Iterator[str]:
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    held, chunk = "", b"?"
    while chunk:
        chunk = source.read(CHUNK)
        text = held + decoder.decode(chunk, final=not chunk).replace("\x00", "").replace("\ufeff", "")
        held = "\r" if chunk and text.endswith("\r") else ""  # its \n may be in the next chunk
        yield _lone_return.sub("\n", text.removesuffix(held))


# ---- delimiters


def _dialect(sample: str, encoding: str) -> Dialect:
    """Return the delimiter and quote under which most rows have the same number of cells, more than one."""
    best, dialect = (0.0, 0), Dialect(encoding)
    for quote in ('"', "'") if _is_quoted_singly(sample) else ('"',):
        for delimiter in DELIMITERS:
            widths = _widths(sample, delimiter, quote)
            if not widths:
                continue
            width, count = widths.most_common(1)[0]
            score = (count / widths.total() if width > 1 else 0.0, width)
            if score > best:
                best, dialect = score, Dialect(encoding, delimiter, quote)
    return dialect


def _is_quoted_singly(sample: str) -> bool:
    return '"' not in sample and len(re.findall(r"(^|[,;\t|])'[^'\n]*'(?=$|[,;\t|\r])", sample, re.MULTILINE)) > 2


def _widths(sample: str, delimiter: str, quote: str) -> Counter[int]:
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        return Counter(len(row) for row in list(rows)[:1_000] if row)
    except csv.Error:
        return Counter()


# ---- rows


class _Runaway(Exception):
    """A row has more lines than any row has."""


class _Lines:
    """The lines of a file from a byte on, as text; remembers where the present row began and where we are."""

    def __init__(self, file: Bytes, start: int):
        self.file = file
        self.at = start
        file.seek(start)
        self.begin()

    def begin(self) -> None:
        """The next line begins a row."""
        self.first_end = 0
        self.first = ""
        self.count = 0
        self.is_cut_off = False  # the file ended inside this row

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.file.readline()
        if not line:
            self.is_cut_off = self.count > 1
            raise StopIteration
        self.at += len(line)
        text = line.decode("utf-8", "replace")
        self.count += 1
        if self.count == 1:
            self.first_end, self.first = self.at, text
        elif self.count > MOST_LINES:
            raise _Runaway
        return text


def records(file: Bytes, dialect: Dialect, *, start: int, number: int, width: int = 0) -> Iterator[Record]:
    """Yield the rows of a rewritten file from byte `start` on, the first of them being row `number`.

    width: how many cells a row must have (0: as many as it has). A row that is broken comes with its trouble and the
    cells of its first line; the one after that line comes next. Empty rows are left out, but counted.
    """
    while True:
        lines = _Lines(file, start)
        reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
        while True:
            cells, trouble = _next(reader, lines, dialect, width)
            if cells is None and not trouble:
                return
            if trouble:
                yield Record(number, lines.first_end, _split(lines.first, dialect), trouble)
                start, number = lines.first_end, number + 1
                break
            if cells and any(cell.strip() for cell in cells):
                yield Record(number, lines.at, cells)
            number += 1
            lines.begin()


def _next(reader, lines: _Lines, dialect: Dialect, width: int) -> tuple[list[str] | None, str]:
    """Return (the cells of the next row or None at the end, what is wrong with it)."""
    try:
        cells = next(reader)
    except StopIteration:
        return None, ""
    except _Runaway:
        return None, _("A quotation mark is opened and never closed.")
    except csv.Error:
        return None, _("This row cannot be read: a cell is too long.")
    trouble = _trouble(cells, lines, width)
    return (None, trouble) if trouble else (cells, "")


def _trouble(cells: list[str], lines: _Lines, width: int) -> str:
    """Say what is wrong with a row that was read; cells beyond the header that hold nothing are taken off."""
    if lines.is_cut_off:
        return _("A quotation mark is opened and never closed.")
    if not width or not any(cells):
        return ""
    if not any(cells[width:]):
        del cells[width:]
    if len(cells) == width:
        return ""
    if lines.count > 1:
        return _("A quotation mark is opened and never closed.")
    return _("This row has %(found)d cells, the header has %(width)d.") % {"found": len(cells), "width": width}


def _split(line: str, dialect: Dialect) -> list[str]:
    """The cells of a broken line, as far as they can be told."""
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=dialect.delimiter, quotechar=dialect.quote), [line])
    except csv.Error:
        return [line[:LONGEST_CELL]]
