"""Whom a pasted text means: addresses, phones, customer numbers and addresses of pages, of those that a colleague sees.

Whom they may not see is not found, just as a stranger's address is not. Nothing here writes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from crm.http import id_in
from crm.problems import Invalid
from customers import people_files
from customers.cleaning import EMAIL, LONGEST_REFERENCE, PHONE, REFERENCE, ROWS_OF
from customers.identity import normalise
from customers.models import ContactPoint, Customer
from staff.models import Organisation

MOST_ENTRIES = 20_000
MOST_BYTES = 2_000_000
LONGEST_ENTRY = 400  # characters; more is a text and names nobody
LEAST_DIGITS = 5  # of a phone number

_pieces = re.compile(r'(?:"[^"]*"|[^,;\t"]|")+')
_separators = re.compile(r"[,;\t]")
_quotes = " \t\"'`“”„«»‘’•·▪◦‣"
_around = re.compile(r"[\s<>()\[\]{}|]+")  # what parts an address from the words beside it
_beside = re.compile(r"[/:?&=]+")  # the same, where what is left is no address: "a@x.org/b@x.org", "Mail:a@x.org"
_page = re.compile(r"(.*)/customers/([0-9]{1,19})(?:[/?#].*)?")
_digit = re.compile(r"\d", re.ASCII)
Key = tuple[str, str]  # kind of address or PAGE, normal form
PAGE = "page"


class TooMuchPasted(Invalid):
    """This is more than can be pasted at once. Cut it in parts, or import it as a file."""

    code = "too_much"


@dataclass(frozen=True)
class Several:
    """An entry that stands for more than one customer."""

    written: str
    customers: list[int]


@dataclass
class Looked:
    """What a text means: whom, once each and in its order; how often somebody came again; what else it holds."""

    found: dict[int, str] = field(default_factory=dict)  # customer → as it was written first
    again: int = 0
    several: list[Several] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # as written, a line each


def look(text: str, user: Any) -> Looked:
    """Say whom a text means, a customer a line, or with commas, semicolons, tabs between. Raises TooMuchPasted."""
    lines = read(text)
    owners = _owners({entry for line in lines for entry in line}, user)
    if len(lines) > 1 and owners.keys().isdisjoint(lines[0]) and _is_header(lines[0]):
        lines = lines[1:]
    return _sorted(lines, owners)


def look_up(entries: Iterable[str], user: Any) -> Looked:
    """Say whom some addresses mean, each an entry as it is."""
    lines = [[entry] for entry in entries]
    return _sorted(lines, _owners({entry for line in lines for entry in line}, user))


# ---- a text, as entries


def read(text: str) -> list[list[str]]:
    """Return the entries of each line that has any, without quotes. Raises TooMuchPasted."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise TooMuchPasted(_("This is more than %(most)d MB. Cut it in parts.") % {"most": MOST_BYTES // 10**6})
    lines, count = [], 0
    for line in text.replace("\x00", "").removeprefix("\ufeff").splitlines():
        entries = list(islice(_entries(line), MOST_ENTRIES + 1))
        count += len(entries)
        if count > MOST_ENTRIES:
            words = _("These are more than %(most)s customers. Cut the text in parts, or import it as a file.")
            raise TooMuchPasted(words % {"most": f"{MOST_ENTRIES:,}"})
        if entries:
            lines.append(entries)
    return lines


def _entries(line: str) -> Iterator[str]:
    """Yield what stands between separators; a name before "<address>" may have a comma in it."""
    name: list[str] = []
    has_names = "<" in line
    for piece in _pieces.finditer(line):
        bare = piece[0].strip(_quotes)
        if not bare:
            continue
        addresses = _addresses(bare)
        if len(addresses) > 1:
            yield from [*name, *addresses, *(word for word in _around.split(bare) if _is_number(word))]
            name = []
        elif "<" in bare and "@" in bare:
            yield ", ".join([*name, bare])
            name = []
        elif has_names and _is_word(bare):
            name.append(bare)
        else:
            yield from [*name, bare]
            name = []
    yield from name


def _addresses(entry: str) -> list[str]:
    """Return what has an @ in an entry, each address once, whatever else stands there: a name, a bullet, "To:"."""
    words = [word for word in _around.split(entry) if "@" in word and word.strip("@")]
    parts = [part for word in words for part in ([word] if normalise.email(word) else _beside.split(word))]
    found: dict[str, str] = {}
    for part in parts:
        if "@" in part:
            found.setdefault(normalise.email(part) or part, part)
    return list(found.values())


def _is_word(entry: str) -> bool:
    """Tell whether it can be a name: it is no address, and no number."""
    return "@" not in entry and "/" not in entry and not _digit.search(entry)


def _is_number(word: str) -> bool:
    return "@" not in word and bool(_digit.search(word))


def as_text(entries: Iterable[str]) -> str:
    """Return entries as a text that is read as these, one a line."""
    return "\n".join(f'"{entry}"' if _separators.search(entry) and '"' not in entry else entry for entry in entries)


# ---- entries, as customers


def _owners(entries: set[str], user: Any) -> dict[str, set[int]]:
    """Return {entry: whose it is, of those that `user` sees}, in as many queries as there are kinds of address."""
    country = Organisation.current().country
    written: dict[Key, list[str]] = defaultdict(list)
    for entry in entries:
        for key in _keys(entry, country):
            written[key].append(entry)
    owners: dict[str, set[int]] = defaultdict(set)
    for key, pk in _known(written.keys(), user):
        for entry in written[key]:
            owners[entry].add(pk)
    return owners


def _keys(entry: str, country: str) -> Iterator[Key]:
    page, is_short = _page.fullmatch(entry.strip("<>")), len(entry) <= LONGEST_REFERENCE
    if page:
        if _is_ours(page[1]) and id_in(page[2]):
            yield PAGE, str(int(page[2]))
    elif "@" in entry:
        written = [entry, *_addresses(entry)] if len(entry) <= LONGEST_ENTRY else []
        if value := next(filter(None, map(normalise.email, written)), None):
            yield EMAIL.value, value
    elif is_short and (number := normalise.words(entry)):
        yield REFERENCE.value, number
        yield from ((PHONE.value, value) for value in _phones(entry, country))


def _phones(entry: str, country: str) -> list[str]:
    phone = normalise.phone(entry, country) if len(_digit.findall(entry)) >= LEAST_DIGITS else None
    return normalise.spellings(phone.value) if phone else []


def _is_ours(before: str) -> bool:
    """Tell whether what stands before a path is this installation, or nothing."""
    ours = urlsplit(settings.PUBLIC_URL)
    return before.lower().rstrip("/") in ("", settings.PUBLIC_URL.lower(), ours.netloc.lower())


def _known(keys: Iterable[Key], user: Any) -> Iterator[tuple[Key, int]]:
    """Yield (key, customer) of all owners whom `user` sees. Each kind is asked for, whether or not it was written."""
    seen = Customer.objects.visible_to(user).order_by()
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, value in keys:
        by_kind[kind].append(value)
    for kind in (EMAIL.value, PHONE.value, REFERENCE.value):
        points = ContactPoint.objects.filter(channel=kind, value__in=by_kind[kind])
        points = points.exclude(system__startswith=ROWS_OF).filter(customer__in=seen)
        for value, pk in points.values_list("value", "customer_id"):
            yield (kind, value), pk
    for pk in seen.filter(pk__in=map(int, by_kind[PAGE])).values_list("pk", flat=True):
        yield (PAGE, str(pk)), pk


def _sorted(lines: list[list[str]], owners: dict[str, set[int]]) -> Looked:
    looked = Looked()
    asked: set[str] = set()
    for line in lines:
        names_somebody = any(entry in owners for entry in line)
        for entry in line:
            mine = owners.get(entry, set())
            if len(mine) == 1:
                pk = next(iter(mine))
                looked.again += pk in looked.found
                looked.found.setdefault(pk, entry)
            elif names_somebody and not mine and len(line) > 1 and _is_word(entry):
                continue  # the name beside an address
            elif entry in asked:
                looked.again += 1
            elif mine:
                looked.several.append(Several(entry, sorted(mine)))
            else:
                looked.unknown.append(entry)
            asked.add(entry)
    return looked


def _is_header(line: list[str]) -> bool:
    """Tell whether it names columns, as the first line of a file does, in whatever language."""
    known = {
        normalise.fold(name.replace("_", " "))
        for one in people_files.FIELDS
        for name in (one.name, str(one.label), *one.names)
    }
    return any(normalise.fold(entry.replace("_", " ")) in known for entry in line)
