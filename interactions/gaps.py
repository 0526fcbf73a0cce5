"""Where a wording leaves a hole in a sentence: a field that stands bare, a default that nobody has written."""

import re

TOKEN = re.compile(r"\{%-?\s*(\w+)(.*?)-?%\}|\{\{-?\s*(\w+)(.*?)-?\}\}", re.DOTALL)
DEFAULT = re.compile(r"\|\s*default\s*:")
DOTS = re.compile(r"""\|\s*default\s*:\s*(["'])\s*(…|\.\.\.)\s*\1""")
BEGIN, AGAIN = ("if", "unless", "case"), ("elsif", "when")


def bare(subject: str, body: str) -> set[str]:
    """Return the fields that stand somewhere without a default, and in no condition that asks for them.

    `default: ''` is somebody's choice: it is no gap.
    """
    return {
        name
        for source in (subject, body)
        for name, filters, asked in _outputs(source)
        if not (DEFAULT.search(filters) or re.search(rf"\b{name}\b", asked))
    }


def unwritten(subject: str, body: str) -> set[str]:
    """Return the fields whose default is still the dots that were inserted with them."""
    return {name for source in (subject, body) for name, filters, _asked in _outputs(source) if DOTS.search(filters)}


def _outputs(source: str) -> list[tuple[str, str, str]]:
    """Return [(field, its filters, the conditions around it)] in a wording that can be read."""
    found: list[tuple[str, str, str]] = []
    around: list[str] = []
    for tag, condition, name, filters in TOKEN.findall(source):
        if name:
            found.append((name, filters, " ".join(around)))
        elif tag in BEGIN:
            around.append(condition)
        elif tag in AGAIN and around:
            around[-1] += condition
        elif tag.startswith("end") and around:
            around.pop()
    return found
