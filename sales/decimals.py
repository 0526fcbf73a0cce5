"""How a file writes numbers: which sign parts the decimals, where three digits after the only one leave it open."""

from crm import money
from customers import columns, importing
from customers.models import ImportFile


def chosen(file: ImportFile) -> str:
    """Return the decimal sign that somebody chose for a file: "." or ","; "" for none."""
    return file.options.get(importing.SIGN, "")


def sign_of(file: ImportFile, name: str) -> str:
    """Return the decimal sign of the column of a field: "." or ","; "" where nothing says which.

    What somebody chose for the file decides, else all cells of the column that tell, if they agree. Raises FileGone.
    """
    return chosen(file) or columns.told(file, name, money.sign_in)
