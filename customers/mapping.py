"""Which column of somebody's file is which of our fields: guessed from its name, then from what is in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm.words import Words
from customers.identity.normalise import fold

MOSTLY = 0.7  # of the filled cells of a column must look like the field


@dataclass(frozen=True)
class ImportField:
    """One thing that a file may tell us. `names`: what columns of it are called, in any language and spelling;

    `looks`: whether a cell looks like it, for columns with other names.
    """

    name: str
    label: Words
    names: tuple[str, ...] = ()
    is_required: bool = False
    looks: Callable[[str], bool] | None = None


def guess(header: Sequence[str], sample: Sequence[Sequence[str]], fields: Sequence[ImportField]) -> dict[str, str]:
    """Return {our field: their column}; each column at most once, what nobody recognises is left out."""
    mapping: dict[str, str] = {}
    folded = {column: fold(column.replace("_", " ")) for column in header}
    for is_match in (_is_named, _contains_name):
        for field in fields:
            names = {fold(name.replace("_", " ")) for name in (field.name, str(field.label), *field.names)}
            free = [column for column in header if column not in mapping.values()]
            column = next(
                (column for column in free if field.name not in mapping and is_match(folded[column], names)), ""
            )
            if column:
                mapping[field.name] = column
    for place, column in enumerate(header):
        cells = [row[place].strip() for row in sample if place < len(row) and row[place].strip()]
        if column not in mapping.values() and cells:
            mapping |= _by_look(column, cells, [field for field in fields if field.name not in mapping])
    return mapping


def _is_named(column: str, names: set[str]) -> bool:
    return column in names


def _contains_name(column: str, names: set[str]) -> bool:
    """ "Customer e-mail" is an e-mail, but a "mailing list" is none."""
    return any(f" {name} " in f" {column} " for name in names if len(name) > 3)


def _by_look(column: str, cells: list[str], fields: list[ImportField]) -> dict[str, str]:
    for field in fields:
        if field.looks and sum(map(field.looks, cells)) >= MOSTLY * len(cells):
            return {field.name: column}
    return {}
