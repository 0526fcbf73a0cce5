"""The template environment: components are macros in templates/ui/, and an undefined name is an error."""

import contextlib
import os
import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zlib import crc32

import jinja2
import lucide
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from markupsafe import Markup, escape

from crm import drawing, formats, marks

PLACES = ("987654321", "987654322", "987654323")  # numbers that no path holds by itself


def environment(**options: Any) -> jinja2.Environment:
    """Return Filo's Jinja2 environment; Django hands it loader and options."""
    options.update(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    options["extensions"] = ["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
    env = jinja2.Environment(bytecode_cache=_compiled(), **options)  # nosec B701  # autoescape is in options
    env.install_gettext_callables(  # type: ignore[attr-defined]  # jinja2.ext.i18n adds it
        _said, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.policies["ext.i18n.trimmed"] = True
    env.globals.update(url=url, static=static, icon=icon, mark=mark, language=get_language, widget=widget)
    env.globals.update(theme_of=theme_of, part=_drawer(env), undo_seconds=settings.UNDO_SECONDS)
    env.globals.update({name: getattr(formats, name) for name in formats.__all__})
    env.globals.update({name: getattr(drawing, name) for name in drawing.__all__})
    env.filters.update({name: getattr(formats, name) for name in formats.__all__}, attrs=attrs)
    return env


def _said(message: str) -> str:
    """Return a message in the reader's language; a page has hundreds, and catalogues are slow to ask."""
    return _said_in(get_language(), message)


@lru_cache(maxsize=8192)
def _said_in(language: str | None, message: str) -> str:
    return gettext(message)  # `language` is the one that it asks for


def _compiled() -> jinja2.BytecodeCache | None:
    """Return where compiled templates lie: beside them, as with Python; None where nobody may write.

    All of a Filo's processes would compile them each for itself; what is compiled depends on this file too.
    """
    folder = Path(__file__).resolve().parents[1] / "templates" / "__pycache__"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    if not os.access(folder, os.W_OK):
        return None
    return jinja2.FileSystemBytecodeCache(str(folder), f"%s.{crc32(Path(__file__).read_bytes()):08x}")


def _drawer(env: jinja2.Environment) -> Callable[..., Markup]:
    """Return part(name, …): a template that depends on what it is given and the language alone, drawn once for each.

    The frame of a page costs more than many a page in it; most of it is the same for everybody of one role.
    """

    @lru_cache(maxsize=1024)
    def drawn(name: str, language: str | None, given: tuple[tuple[str, Any], ...]) -> Markup:
        return Markup(env.get_template(name).render(dict(given)))  # nosec B704  # a template escapes

    def part(name: str, /, **given: Any) -> Markup:
        return drawn(name, get_language(), tuple((key, _frozen(value)) for key, value in given.items()))

    return part


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the path of the page `name`, as in url("customers:page", 7). Raises NoReverseMatch."""
    if kwargs or not args or not all(type(arg) is int for arg in args):
        return reverse(name, args=args, kwargs=kwargs)
    # a list draws the same address for each of its rows, but for the number
    return _shape(name, len(args)).format(*args)


@lru_cache(maxsize=1024)
def _shape(name: str, places: int) -> str:
    """Return the path of a page with {0}, {1}, … where its numbers stand."""
    path = reverse(name, args=[int(place) for place in PLACES[:places]]).replace("{", "{{").replace("}", "}}")
    for number, place in enumerate(PLACES[:places]):
        path = path.replace(place, f"{{{number}}}", 1)
    return path


def static(path: str) -> str:
    """Return the address of a file under static/."""
    return staticfiles_storage.url(path)


@lru_cache(maxsize=1024)
def icon(name: str, cls: str = "", label: str | None = None) -> Markup:
    """Draw the Lucide icon `name`; without a label it is decoration. Raises lucide.IconDoesNotExist."""
    drawn = re.sub(r"^<svg[^>]*>|</svg>$|\s+(?=<)", "", _icon_file(name).strip())
    drawn = Markup(" ".join(drawn.split()).replace(" />", "/>"))  # nosec B704  # a file of Lucide's
    access = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    classes = f"icon {cls}" if cls else "icon"
    return Markup('<svg class="{}" {} viewBox="0 0 24 24">{}</svg>').format(classes, access, drawn)


def mark(key: str, cls: str = "") -> Markup:
    """Draw what stands for a channel, or for something else in a timeline; its word is for screen readers."""
    found = marks.of(key)
    classes = ["ch", f"ch-{found.hue}" if found.hue else "", cls]
    return icon(found.icon, " ".join(filter(None, classes)), str(found.label))


def _icon_file(name: str) -> str:
    try:
        return _icons().read(f"{name}.svg").decode()
    except KeyError:
        raise lucide.IconDoesNotExist(f"The icon {name!r} does not exist.") from None


@lru_cache(maxsize=1)
def _icons() -> ZipFile:
    """Return the archive of all icons: lucide itself opens it anew for each. In memory: a file is shared by forks."""
    return ZipFile(BytesIO((files(lucide) / "lucide.zip").read_bytes()))


THEMES = ("system", "light", "dark")


def theme_of(request: HttpRequest | None) -> str:
    """Return how this reader wants it: their setting, else the cookie that the sign-in page has, else the device."""
    user = getattr(request, "user", None)
    wish = getattr(user, "theme", None) or (request.COOKIES.get("theme") if request else None)
    return wish if wish in THEMES else "system"


def attrs(values: dict[str, Any]) -> Markup:
    """Write a macro's extra arguments as attributes: hx_post becomes hx-post, True a bare name, None nothing."""
    return Markup("").join(_attribute(name, value) for name, value in values.items() if value not in (None, False))


def _attribute(name: str, value: Any) -> Markup:
    name = name.rstrip("_").replace("_", "-")
    return Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, escape(value))


CLASSES = {"checkbox": "check", "radio": "check", "select": "select", "textarea": "textarea"}  # by Django's input type


def widget(bound: Any, *, described: str = "", **extra: Any) -> Markup:
    """Draw a Django form's field with our class. `described`: id of its hint or error; `extra` become attributes."""
    kind = getattr(bound.field.widget, "input_type", None) or "textarea"
    given = {name.rstrip("_").replace("_", "-"): value for name, value in extra.items() if value is not None}
    given.setdefault("class", CLASSES.get(kind, "input"))
    if described:
        given["aria-describedby"] = described
    if bound.errors:
        given["aria-invalid"] = "true"
    return Markup(bound.as_widget(attrs=given))  # nosec B704  # Django escaped it
