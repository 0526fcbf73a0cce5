"""Which letters of a name or number, as people read it, are those that somebody typed."""

from customers.identity.normalise import fold


def marked(shown: str, asked: str, *, only_digits: bool = False) -> str:
    """Return the piece of `shown` that says `asked` (folded text or digits), as it stands there; "" if none does.

    Accents, capitals and, for numbers, everything that is no digit are overlooked: "0147" is "0 147" in "055 0 147".
    """
    letters = [(place, letter) for place, shape in enumerate(shown) for letter in _folded(shape, only_digits)]
    text = "".join(letter for _place, letter in letters)
    start = text.rfind(asked) if only_digits else _beginning(text, asked)
    if start < 0 or not asked:
        return ""
    return shown[letters[start][0] : letters[start + len(asked) - 1][0] + 1]


def _folded(shape: str, only_digits: bool) -> str:
    if only_digits:
        return shape if shape.isdigit() else ""
    if shape in "'’`´ʼ":
        return ""
    return (fold(shape) or shape.casefold()) if not shape.isspace() else " "


def _beginning(text: str, asked: str) -> int:
    """A word that begins so comes before the middle of one."""
    inside = f" {text}".find(f" {asked}")
    return inside if inside >= 0 else text.find(asked)
