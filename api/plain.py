"""What the decoder says of a row that does not fit, in words that a person may read."""

import re

FITS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
KNOWN = [
    (r"Expected `str` of length <= (\d+)", r"must have at most \1 characters"),
    (r"Expected `str` matching regex .*", "must be three capital letters, such as EUR"),  # only a currency has one
    (r"Expected `datetime` with a timezone component", "must be a moment with its offset, such as +01:00"),
    (r"Expected `\w+` >= (-?\d+)", r"must be at least \1"),
    (r"Expected `\w+` <= (-?\d+)", r"must be at most \1"),
    (r"Invalid enum value '(.*)'", r"cannot be “\1”"),
    (r"Invalid RFC3339 encoded datetime", "must be a moment, such as 2026-03-01T09:30:00+01:00"),
    (r"Invalid RFC3339 encoded date", "must be a day, such as 2026-03-01"),
    (r"Invalid decimal string", "must be a number"),
]


def said(trouble: str) -> str:
    """Return the words for what msgspec says: “emails.0” must be a text, not a whole number."""
    what, _at, path = trouble.partition(" - at `$")
    field = re.sub(r"\[(.*?)\]", r".\1", path.rstrip("`")).strip(".")
    if found := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f"“{_inside(field, found[1])}” is missing."
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", what):
        return f"There is no field “{_inside(field, found[1])}”."
    if found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", what):
        return f"{_named(field)} must be {_fits(found[1])}, not {_fits(found[2])}."
    for pattern, words in KNOWN:
        if found := re.fullmatch(pattern, what):
            return f"{_named(field)} {found.expand(words)}."
    return what if what.endswith(".") else f"{what}."


def _inside(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _named(field: str) -> str:
    return f"“{field}”" if field else "It"


def _fits(kinds: str) -> str:
    return " or ".join(FITS.get(kind, kind) for kind in kinds.split(" | "))
