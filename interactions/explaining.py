"""Why a wording cannot be read, in words for who wrote it; the parser's own are for programmers."""

import re

from django.utils.translation import gettext as _
from liquid.exceptions import OutputStreamLimitError

from interactions.dialect import TooLong

_open_field = re.compile(r"\{\{(?:(?!\}\}).)*(?:\{[{%]|\Z)", re.DOTALL)
_open_tag = re.compile(r"\{%(?:(?!%\}).)*(?:\{[{%]|\Z)", re.DOTALL)
_token = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def where(source: str, at: int) -> tuple[int, str]:
    """Return the line, from 1, and the field or condition in which the character `at` of a source stands."""
    found = next((token for token in _token.finditer(source) if token.start() <= at < token.end()), None)
    return source.count("\n", 0, at) + 1, " ".join(found[0].split()) if found else source[at : at + 40]


def why_not(error: Exception) -> str:
    """Return in plain words why a wording that can be read cannot be filled in; part of a sentence."""
    if isinstance(error, TooLong | OutputStreamLimitError):
        return _("it becomes far too long")
    said = str(getattr(error, "message", None) or error)
    if found := re.match(r"(\w+)\(\) missing", said):
        return _("after “%(filter)s” must stand : and a text in quotes") % {"filter": found[1]}
    if found := re.match(r"(\w+)\(\) (?:takes|got)", said):
        return _("more stands after “%(filter)s” than it takes") % {"filter": found[1]}
    if found := re.match(r"(\w+) expected an? (?:integer|number)", said):
        return _("after “%(filter)s:” must stand a number") % {"filter": found[1]}
    if "are not supported between" in said:
        return _("a field is a text, which is neither larger nor smaller than a number, nor in one")
    if "is undefined" in said:
        return _("a field has no parts: write its name alone")
    return said[:200]


def ends_open(source: str) -> bool:
    """Tell whether nothing closes the last field or condition: a parser looks for that anew from each brace."""
    return source.rfind("{{") > source.rfind("}}") or source.rfind("{%") > source.rfind("%}")


def unclosed(source: str) -> str:
    """Return in plain words what is not closed in a source; "" if all is."""
    if _open_field.search(source):
        return _("A field is not closed: write }} after its name.")
    if _open_tag.search(source):
        return _("A condition is not closed: write %} at its end.")
    return ""


def why(source: str, error: Exception) -> str:
    """Return in plain words why a source cannot be read: the commonest slips first."""
    if words := unclosed(source):
        return words
    said = str(getattr(error, "message", None) or error)
    if "end of expression" in said and (end := re.search(r"end(?:if|unless|case)", said)):
        return _("A condition has no end: write {%% %(end)s %%} where it ends.") % {"end": end[0]}
    if found := re.search(r"unexpected tag '(\w+)'", said):
        return _("“{%% %(tag)s %%}” cannot stand here.") % {"tag": found[1]}
    at = getattr(getattr(error, "token", None), "start_index", -1)
    if at < 0:
        return _("A field or condition is empty or not finished: between {{ and }} stands a name.")
    return _("This cannot be read: “%(near)s”. Between {{ and }} stands a name, and perhaps | and a filter.") % {
        "near": source[max(0, at - 10) : at + 20].strip()
    }
