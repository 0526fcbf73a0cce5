"""What a column of a file tells about cells that leave it open: all of its cells are asked, once."""

from collections.abc import Callable

from crm import money
from customers import importing
from customers.identity import normalise
from customers.models import ImportFile

MOST_KNOWN = 256  # columns of which a process remembers what they tell: a file never changes
Tell = Callable[[str], str]

_known: dict[tuple[str, str, Tell], str] = {}


def told(file: ImportFile, name: str, tell: Tell) -> str:
    """Return what the cells in the column of a field say, if they agree; "" if none says anything, or they differ.

    tell: what one cell says, "" for nothing. Raises FileGone.
    """
    column = file.mapping[name]
    key = file.path, column, tell
    if key not in _known:
        if len(_known) == MOST_KNOWN:
            _known.clear()
        place = file.header.index(column)
        with importing.opened_again(file) as opened:
            rows = importing.rows_from(file, opened, start=importing.first_byte(file), number=2)
            said = {tell(row.cells[place]) for row in rows if not row.trouble and place < len(row.cells)}
        said.discard("")
        _known[key] = said.pop() if len(said) == 1 else ""
    return _known[key]


def number(file: ImportFile, name: str, text: str) -> str:
    """Return a number as a cell writes it, plainly where it can be a thousand or a one and its column tells which.

    Raises FileGone.
    """
    if not money.is_ambiguous(text):
        return text
    sign = told(file, name, money.sign_in)
    return str(money.number(text, sign)) if sign else text


def day(file: ImportFile, name: str, text: str, country: str) -> str:
    """Return a day as a cell writes it, as ISO where that can be two days.

    What its column says decides, then `country`: one program wrote all of it, so one 12/31/2026 tells what 03/04/2026
    is. Raises FileGone.
    """
    if not normalise.is_open(text):
        return text
    found = normalise.day(text, country, begins=told(file, name, normalise.begins_with))
    return found.isoformat() if found else text
