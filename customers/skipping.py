"""What did not land of an import, to download, mend and import again."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from customers.models import ImportFile, SkippedRow

_formula = re.compile(r"[=@\t\r]|[+\-](?![\d .,()/\-]*$)")  # a phone number or a sum is none


def as_csv(file: ImportFile) -> Iterator[str]:
    """Yield the rows that did not land, or not whole, as lines of CSV: row, reason, and the cells as they were."""
    yield _line([_("Row"), _("Reason"), *map(_harmless, file.header)])
    for row in SkippedRow.objects.filter(file=file).order_by("number").iterator(chunk_size=1_000):
        yield _line([row.number, row.reason, *map(_harmless, row.cells)])


def _line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet must not run what a stranger wrote into a cell."""
    return f"'{cell}" if _formula.match(cell) else cell
