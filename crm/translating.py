"""The catalogues of words: extracted with Babel from Python and Jinja2, one django.po per language.

bin/translate            extract, and bring every django.po up to date
bin/translate check      fail if that would change anything, or if a catalogue has gaps
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "locale"
ROOMS = ["crm", "staff", "customers", "interactions", "sales", "insights", "campaigns", "portal", "api", "templates"]
KEYWORDS = DEFAULT_KEYWORDS | {"gettext_lazy": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2)}
EVERYTHING = ["it"]  # languages of the whole interface; English is the source
CUSTOMERS_ONLY = ["es", "pt"]  # what customers read, and no more
READ_BY_CUSTOMERS = re.compile(  # paths begin so; what a channel puts around a message stands in its wrapping
    r"templates/portal/|portal/|interactions/channels/\w+/wrapping|interactions/links|customers/channels"
    r"|templates/errors/|templates/bare|templates/ui/_notice"
)
MOST = 20  # sentences that `check` prints


def extract() -> Catalog:
    """Return every text that is marked for translation, with the places where it stands."""
    found = Catalog(project="Filo", fuzzy=False, charset="utf-8")
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    for room in ROOMS:
        rows = extract_from_dir(ROOT / room, methods, options, KEYWORDS, ["Translators:"])
        for path, line, words, comments, context in rows:
            found.add(words, None, [(f"{room}/{path}", line)], auto_comments=comments, context=context)
    for path, words in _words_of_problems():
        found.add(words, None, [(path, 0)])
    return found


def _words_of_problems() -> Iterator[tuple[str, str]]:
    """Yield (path, first line of the docstring) of every Problem: what it says when nothing else is said."""
    classes = list(_classes())
    names = {"Problem"}
    while more := {each.name for _, each in classes if names & _bases(each)} - names:
        names |= more
    for path, each in classes:
        if names & _bases(each) and (words := ast.get_docstring(each)):
            yield path, words.split("\n")[0]


def _classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    yield str(path.relative_to(ROOT)), node


def _bases(node: ast.ClassDef) -> set[str]:
    return {base.id for base in node.bases if isinstance(base, ast.Name)}


def update() -> None:
    found = extract()
    for language in [*EVERYTHING, *CUSTOMERS_ONLY]:
        catalogue = _updated(language, found)
        _path(language).parent.mkdir(parents=True, exist_ok=True)
        with _path(language).open("wb") as target:
            _write(target, catalogue)
        print(f"{language}: {len(catalogue)} texts, {len(list(gaps(catalogue)))} to translate")


def check(found: Catalog | None = None) -> list[str]:
    """Return what is wrong with the catalogues, in sentences. `found`: what extract() returned just now."""
    found, wrong = found or extract(), []
    for language in [*EVERYTHING, *CUSTOMERS_ONLY]:
        now, then = _read(language), _updated(language, found)
        if _ids(now) != _ids(then):
            wrong.append(f"{language}: out of date; run bin/translate.")
        wrong += [f"{language}: not translated: {each.id!r} ({_place(each)})" for each in gaps(then)]
    return wrong


def gaps(catalogue: Catalog) -> Iterator[Message]:
    """Yield the texts without a translation, or with one that Babel only guessed."""
    for message in catalogue:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(words)):
            yield message


def _updated(language: str, found: Catalog) -> Catalog:
    wanted = found if language in EVERYTHING else _for_customers(found)
    catalogue = _read(language)
    catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def _for_customers(found: Catalog) -> Catalog:
    chosen = Catalog(project="Filo", fuzzy=False, charset="utf-8")
    for message in found:
        if message.id and any(READ_BY_CUSTOMERS.match(path) for path, _ in message.locations):
            chosen[message.id] = message
    return chosen


def _read(language: str) -> Catalog:
    if not _path(language).exists():
        return Catalog(locale=language, project="Filo", fuzzy=False, charset="utf-8")
    with _path(language).open("rb") as source:
        return read_po(source, locale=language)


def _write(target, catalogue: Catalog) -> None:
    # Without line numbers and dates: a moved line is no change of a translation.
    catalogue.header_comment = "# Filo's words. Brought up to date by bin/translate; translations are edited here."
    for message in catalogue:
        message.locations = sorted({(path, 0) for path, _ in message.locations})
    write_po(target, catalogue, width=120, sort_by_file=True, omit_header=False, include_lineno=False)


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _ids(catalogue: Catalog) -> set:
    return {(message.id, message.context) for message in catalogue if message.id}


def _place(message: Message) -> str:
    return message.locations[0][0] if message.locations else "?"


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        wrong = check()
        more = [f"… and {len(wrong) - MOST} more"] if len(wrong) > MOST else []
        sys.exit("\n".join(wrong[:MOST] + more) or None)
    update()
