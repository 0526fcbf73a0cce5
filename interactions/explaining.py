"""Why a wording cannot be read, in words for who wrote it; the parser's own are for programmers."""

import re

from django.utils.translation import gettext as _

_open_field = re.compile(r"\{\{(?:(?!\}\}).)*(?:\{[{%]|\Z)", re.DOTALL)
_open_tag = re.compile(r"\{%(?:(?!%\}).)*(?:\{[{%]|\Z)", re.DOTALL)


def why(source: str, error: Exception) -> str:
    """Return in plain words why a source cannot be read: the commonest slips first."""
    if _open_field.search(source):
        return _("A field is not closed: write }} after its name.")
    if _open_tag.search(source):
        return _("A condition is not closed: write %} at its end.")
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
