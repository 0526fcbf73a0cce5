"""What somebody tells about a customer, brought into normal form; what cannot be read becomes a note."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import days
from crm.words import Words
from customers import channels, customfields
from customers.identity import codes, normalise
from customers.models import ContactPoint, Customer, Purpose

EMAIL, PHONE, REFERENCE = ContactPoint.Channel.EMAIL, ContactPoint.Channel.PHONE, ContactPoint.Channel.REFERENCE
LONGEST = {"name": 200, "first_name": 100, "last_name": 100, "pronoun": 10, "city": 100}
FIRST_BIRTH = 1900  # an earlier year is mistyped
ROWS_OF = "rows of "  # before a system's name: keys of rows that have no number there, which nobody looks for
LONGEST_REFERENCE = 200  # characters; longer is no number of anything

PURPOSES = frozenset(Purpose.values)

_between_addresses = re.compile(r"[;,\n]|\s/\s")


@dataclass(frozen=True)
class Allowed:
    """A yes or no that comes with a customer: for one address, or ("") for all of the channel.

    `at` None: nobody knows when it was said, and then a yes never overturns a refusal that we have.
    """

    purpose: str
    channel: str
    is_given: bool
    address: str = ""
    at: datetime | None = None
    basis: str = "consent"
    proof: str = ""


@dataclass
class Person:
    """What some source knows about one customer (a company too). Empty means: it does not say."""

    reference: str = ""  # their number in the source's own system
    kind: str = ""  # Customer.Kind; empty: a person
    name: str = ""  # whole; made of the two below if empty
    first_name: str = ""
    last_name: str = ""
    pronoun: str = ""
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)  # (another system, their number there)
    language: str = ""
    country: str = ""
    time_zone: str = ""
    city: str = ""
    address: str = ""
    born_on: date | str | None = None
    custom: dict[str, Any] = field(default_factory=dict)  # CustomField.key → value
    company: str = ""  # the account's name; made if there is none
    account_id: int | None = None  # the account, if it is known
    role: str = ""  # there
    allowed: list[Allowed] = field(default_factory=list)
    keeper_id: int | None = None
    team_id: int | None = None


Key = tuple[str, str, str]  # channel, system, value


@dataclass(frozen=True, slots=True)
class Point:
    """An address in normal form; `written` only where it was written differently."""

    channel: str
    system: str
    value: str
    written: str = ""
    is_checked: bool = True
    line: str = ""  # of a phone

    @property
    def key(self) -> Key:
        return self.channel, self.system, self.value


@dataclass(slots=True)
class Clean:
    """A Person in normal form. `fields` holds only what was said."""

    kind: str
    fields: dict[str, Any]
    custom: dict[str, Any]
    points: list[Point]
    folded: str  # sort key; "" if the row has no name
    company: str
    account_id: int | None
    role: str
    allowed: list[tuple[Allowed, Key | None]]
    notes: list[str]
    withheld: str = ""  # why a piece of it that others keep was left alone
    no_account: str = ""  # why the account that it names could not be taken

    def withhold(self, words: str) -> None:
        self.withheld = words
        self.notes.append(words)

    def lose_account(self, words: str) -> None:
        self.no_account = words
        self.notes.append(words)

    @property
    def is_empty(self) -> bool:
        return not self.folded and not self.points


class Cleaner:
    """Cleans many rows of one source: what it needs from the database is read once."""

    def __init__(self, *, system: str, country: str):
        self.system = system
        self.country = country
        self.custom = customfields.Checker()

    def clean(self, person: Person) -> Clean:
        notes: list[str] = []
        fields = self._fields(person, notes)
        country = fields.get("country") or self.country
        points = [*self._references(person, notes), *self._emails(person, notes), *_phones(person, country, notes)]
        kind = person.kind or Customer.Kind.PERSON
        folded = normalise.sort_key(
            first_name=fields.get("first_name", ""),
            last_name=fields.get("last_name", ""),
            name=fields.get("name", ""),  # only as it was said: parts make a name in taking.py
            is_person=kind == Customer.Kind.PERSON,
        )
        return Clean(
            kind=kind,
            fields=fields,
            custom=self.custom.check(person.custom, notes),
            points=list({point.key: point for point in points}.values()),
            folded=folded,
            company=_cut(normalise.words(person.company), 200, "company", notes),
            account_id=person.account_id,
            role=normalise.words(person.role)[:100],
            allowed=[(allowed, key) for allowed in person.allowed for key in _address(allowed, country, notes)],
            notes=notes,
        )

    def _fields(self, person: Person, notes: list[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {
            name: _cut(normalise.words(getattr(person, name)), most, name, notes) for name, most in LONGEST.items()
        }
        fields["address"] = "\n".join(filter(None, map(normalise.words, person.address.splitlines())))
        fields["country"] = _code(person.country, codes.country, gettext_lazy("There is no country “%s”."), notes)
        fields["language"] = _code(person.language, codes.language, gettext_lazy("There is no language “%s”."), notes)
        fields["time_zone"] = _code(
            person.time_zone,
            codes.time_zone,
            gettext_lazy("There is no time zone “%s”: write one such as Europe/Rome."),
            notes,
        )
        fields["born_on"] = _born(_day(person.born_on, fields["country"] or self.country, notes), notes)
        fields["keeper_id"], fields["team_id"] = person.keeper_id, person.team_id
        return {name: value for name, value in fields.items() if value not in ("", None)}

    def _references(self, person: Person, notes: list[str]) -> Iterable[Point]:
        for system, given in [(self.system, person.reference), *person.references]:
            value = normalise.words(given)
            if len(value) > LONGEST_REFERENCE:
                notes.append(_("“%s…” is too long for a number.") % value[:30])
            elif value:
                yield Point(REFERENCE, system, value)

    def _emails(self, person: Person, notes: list[str]) -> Iterable[Point]:
        for written in _parted(person.emails):
            value = normalise.email(written)
            if value is None:
                notes.append(_("“%s” is no e-mail address.") % written[:60])
            else:
                yield Point(EMAIL, "", value, "" if written == value else written[:320])


def _phones(person: Person, country: str, notes: list[str]) -> Iterable[Point]:
    for written in _parted(person.phones):
        phone = normalise.phone(written, country)
        if phone is None:
            notes.append(_("Phone “%(text)s”: %(why)s") % {
                "text": written[:40], "why": normalise.phone_trouble(written, country)
            })  # fmt: skip
        else:
            as_written = "" if written == phone.value else written[:320]
            yield Point(PHONE, "", phone.value, as_written, phone.is_checked, phone.line)


def _parted(texts: Iterable[str]) -> Iterable[str]:
    """One cell may hold several addresses: "a@x.org; b@x.org"."""
    for text in texts:
        yield from filter(None, (part.strip() for part in _between_addresses.split(text)))


def _address(allowed: Allowed, country: str, notes: list[str]) -> Iterable[Key | None]:
    """The addresses that a consent is about: [None] for all of the channel, [] if they cannot be read."""
    channel = channels.named(allowed.channel)
    if allowed.purpose not in PURPOSES:
        notes.append(_("There is no purpose “%s”.") % allowed.purpose)
    elif not channel.asks_consent:
        notes.append(_("Nobody is asked about the channel “%s”.") % allowed.channel)
    elif not allowed.address:
        yield None
    elif channel.spoken_over == EMAIL:
        yield from ((EMAIL, "", value) for text in _parted([allowed.address]) if (value := normalise.email(text)))
    elif channel.spoken_over == PHONE:
        found = (normalise.phone(text, country) for text in _parted([allowed.address]))
        yield from ((PHONE, "", phone.value) for phone in found if phone)


def _code(text: str, find: Callable[[str], str | None], trouble: Words, notes: list[str]) -> str:
    if not text.strip():
        return ""
    code = find(text)
    if code is None:
        notes.append(trouble % text.strip()[:40])
    return code or ""


def _day(text: date | str | None, country: str, notes: list[str]) -> date | None:
    if text is None or isinstance(text, date):
        return text
    if not text.strip():
        return None
    day = normalise.day(text, country)
    if day is None:
        notes.append(_("“%s” is no day.") % text.strip()[:40])
    return day


def _born(day: date | None, notes: list[str]) -> date | None:
    if day and (day.year < FIRST_BIRTH or day > days.today()):
        notes.append(_("Nobody is born on %s. Check the year.") % day.isoformat())
        return None
    return day


def _cut(text: str, most: int, name: str, notes: list[str]) -> str:
    if len(text) > most:
        notes.append(_("“%(text)s…” is longer than %(most)d characters and was cut (%(field)s).") % {
            "text": text[:30], "most": most, "field": name
        })  # fmt: skip
    return text[:most]
