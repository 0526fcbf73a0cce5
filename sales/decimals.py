"""How a file writes numbers: which sign parts the decimals, where three digits after the only one leave it open."""

from crm import money
from customers import importing
from customers.models import ImportFile

MOST_KNOWN = 256  # columns of which a process remembers how they are written: a file never changes

_known: dict[tuple[str, str], str] = {}


def chosen(file: ImportFile) -> str:
    """Return the decimal sign that somebody chose for a file: "." or ","; "" for none."""
    return file.options.get(importing.SIGN, "")


def sign_of(file: ImportFile, name: str) -> str:
    """Return the decimal sign of the column of a field: "." or ","; "" where nothing says which.

    What somebody chose for the file decides, else all cells of the column that tell, if they agree. Raises FileGone.
    """
    return chosen(file) or _shown(file, file.mapping[name])


def _shown(file: ImportFile, column: str) -> str:
    """Return the decimal sign in a column: "" if no cell tells, or they differ."""
    key = file.path, column
    if key not in _known:
        if len(_known) == MOST_KNOWN:
            _known.clear()
        place = file.header.index(column)
        with importing.opened_again(file) as opened:
            rows = importing.rows_from(file, opened, start=importing.first_byte(file), number=2)
            told = {money.sign_in(row.cells[place]) for row in rows if not row.trouble and place < len(row.cells)}
        signs = told - {""}
        _known[key] = signs.pop() if len(signs) == 1 else ""
    return _known[key]
