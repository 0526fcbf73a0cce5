"""One spelling for everything that identifies somebody: names, e-mail addresses, phone numbers, days."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import idna
import phonenumbers
from django.utils.translation import gettext as _

LONGEST_EMAIL = 254  # characters, RFC 5321
LONGEST_PHONE = 40  # characters as written; more is a sentence
LONGEST_HEAP = 30  # accents on one letter, as Unicode's stream-safe text has them
MOBILE, FIXED = "mobile", "fixed"  # ContactPoint.Line; "" where the number does not tell
# No plan has it; or it is a mailbox of the network: in Italy Spanish and Portuguese numbers without a plus look so.
NOBODYS = {phonenumbers.PhoneNumberType.UNKNOWN, phonenumbers.PhoneNumberType.VOICEMAIL}
LINES = {phonenumbers.PhoneNumberType.MOBILE: MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE: FIXED}
_PEOPLES = {*LINES, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
DAY, MONTH = "day", "month"  # what a day in numbers may begin with
MONTH_FIRST = {"US", "PH", "FM", "PW", "GU", "AS", "MP", "PR"}  # countries that write 12/31/1990
SCRIPT_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})

_becomes_accents = "\u0f73\u0f75\u0f81\uff9e\uff9f"  # themselves they are none
_unseen = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_spaces = re.compile(r"\s+")
_silent = re.compile(r"['’`´ʼ.]")  # D'Angelo and DAngelo, S.r.l. and Srl are one
_no_word = re.compile(r"(?:[^\w@+&]|_)+")
_local_part = re.compile(r"[^\s@<>()\[\],;:\"\\]+")
_domain = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_zero_in_brackets = re.compile(r"\(\s*0\s*\)")
# Digits that a plan had once, and that machines and address books still write: (country, as it was, as it is now).
_renumbered = (
    ("52", re.compile(r"^1([0-9]{10})$"), r"\1"),  # Mexico, a 1 before mobiles, until 2019
    ("55", re.compile(r"^([0-9]{2})([6-9][0-9]{7})$"), r"\g<1>9\2"),  # Brazil, mobiles of eight digits, until 2016
)
_said_beside = re.compile(r"(?<=\d)(?:\s*\([^()\d]*\)\s*|\.0)$")  # "(home)"; what spreadsheets put behind a number
_digits_of_a_whole = re.compile(r"[1-9][0-9]{10,14}", re.ASCII)
_same_line = (
    (re.compile(r"\+549([0-9]+)"), r"+54\1"),  # Argentina: the 9 of a mobile, which not all networks send
    (re.compile(r"\+54([1-8][0-9]+)"), r"+549\1"),
    (re.compile(r"\+55([0-9]{2})9([6-9][0-9]{7})"), r"+55\1\2"),
)
_day_or_month = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2\d{4}(?:[T ].*)?", re.DOTALL)
_year_first = ("%Y/%m/%d", "%Y.%m.%d")


@dataclass(frozen=True)
class Phone:
    """A phone number: `value` in E.164; `is_checked` says that its country's plan has such a number.

    line: MOBILE or FIXED where the plan tells them apart, else "".
    """

    value: str
    is_checked: bool
    line: str = ""


def composed(text: str, form: Literal["NFC", "NFKC", "NFKD"] = "NFC") -> str:
    """Return `text` in composed letters, or in another of Unicode's normal forms.

    Of a heap of accents on one letter the first are kept: sorting a long one would take minutes.
    """
    if text.isascii():
        return text
    if len(text) <= LONGEST_HEAP:
        return unicodedata.normalize(form, text)
    kept, height = [], 0
    for sign in text:
        height = height + 1 if unicodedata.combining(sign) or sign in _becomes_accents else 0
        if height <= LONGEST_HEAP:
            kept.append(sign)
    return unicodedata.normalize(form, "".join(kept))


def words(text: str) -> str:
    """Return `text` in composed letters, on one line, without control characters and needless spaces."""
    plain = composed(text)
    return _spaces.sub(" ", _unseen.sub("", plain)).strip()


def fold(text: str) -> str:
    """Return `text` for comparing and sorting: no accents, no capitals, words parted by one space.

    Apostrophes and full stops vanish, other signs part words: "D’Ávila-Núñez S.r.l." is "davila nunez srl".
    """
    low = text.casefold()
    if not low.isascii():
        parts = composed(low, "NFKD")
        bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
        low = bare.casefold().translate(SCRIPT_LETTERS)  # again: some letters become capitals or ligatures on the way
    return _no_word.sub(" ", _silent.sub("", low)).strip()


def sort_key(*, first_name: str, last_name: str, name: str, is_person: bool) -> str:
    """Return the folded name by which a customer is sorted: of persons the last name first."""
    if is_person and last_name:
        return fold(f"{last_name} {first_name}")[:250]
    if is_person and not first_name and "@" not in name:
        first, _space, last = words(name).rpartition(" ")
        return fold(f"{last} {first}")[:250]
    return fold(name or first_name)[:250]


def email(text: str) -> str | None:
    """Return the address in lower case with an IDNA domain; None if it is none. Takes `mailto:` and `Name <a@b>`."""
    text = _unseen.sub("", text).strip()
    if "<" in text:
        text = text.rpartition("<")[2].partition(">")[0]
    text = text.removeprefix("mailto:").removeprefix("MAILTO:").strip(" \t\r\n<>;,'\"").rstrip(".").lower()
    local, at, domain = text.rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return None
    if (
        not at
        or len(local) + 1 + len(domain) > LONGEST_EMAIL
        or not _local_part.fullmatch(local)
        or not _domain.fullmatch(domain)
    ):
        return None
    return f"{composed(local)}@{domain}"


def phone(text: str, country: str) -> Phone | None:
    """Return the number in E.164, read as somebody in `country` (ISO 3166, "" unknown) writes it; None if it is none.

    phone_trouble() says why it is none.
    """
    found = _parsed(text, country)
    if isinstance(found, str):
        return None
    value = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    kind = phonenumbers.number_type(found)  # unknown of whatever no plan has
    return Phone(value, kind not in NOBODYS, LINES.get(kind, ""))


def phone_trouble(text: str, country: str) -> str:
    """Return in words why `text` is no phone number; "" if it is one."""
    found = _parsed(text, country)
    return found if isinstance(found, str) else ""


def spellings(value: str) -> list[str]:
    """Return a number in E.164, itself first, and in what other ways networks write the same line."""
    return [value, *(other.sub(written, value) for other, written in _same_line if other.fullmatch(value))]


def phone_as_read(value: str) -> str:
    """Return a number in E.164 as people read it: +39 089 555 0147."""
    try:
        found = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber | str:
    text = _said_beside.sub("", _spaces.sub(" ", _unseen.sub("", text))).strip().removeprefix("tel:")
    if len(text) > LONGEST_PHONE:
        return _("This is too long for a phone number.")
    if text.startswith("00"):  # the prefix of most of the world, also where the country dials another one
        text = f"+{text[2:].lstrip()}"
    try:
        found = phonenumbers.parse(text, country.upper() or None)
        if not phonenumbers.is_valid_number(found):  # "(0)" is dialled in Italy, left out elsewhere, or never there
            found = phonenumbers.parse(_zero_in_brackets.sub("", text), country.upper() or None)
    except phonenumbers.NumberParseException as trouble:
        return _why(trouble.error_type)
    found = _whole(text, found) or _as_now(found)
    if not phonenumbers.is_possible_number(found):
        return _("A phone number of this country has more or fewer digits.")
    return found


def _whole(text: str, found: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber | None:
    """Return the number that digits without a plus are, as spreadsheets and machines leave them."""
    if not _digits_of_a_whole.fullmatch(text) or phonenumbers.number_type(found) not in NOBODYS:
        return None
    try:
        whole = phonenumbers.parse(f"+{text}", None)
    except phonenumbers.NumberParseException:
        return None
    return whole if phonenumbers.number_type(whole) not in NOBODYS else None


def _as_now(found: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Return a number as its plan has it today, with its country once; as it was read if that is none."""
    if phonenumbers.is_valid_number(found):
        return found
    digits, country = str(found.national_number), str(found.country_code)
    others = [before.sub(today, digits) for code, before, today in _renumbered if code == country]
    others += [digits.removeprefix(country)] if digits.startswith(country) else []
    others += [digits] if found.italian_leading_zero else []  # the 0 that mobiles lost in 2001
    for other in others:
        now = phonenumbers.PhoneNumber(found.country_code, int(other or 0))
        if phonenumbers.number_type(now) in _PEOPLES:
            return now
    return found


def _why(error_type: int) -> str:
    if error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
        return _("There is no such country prefix, or the country of this number is not known.")
    return _("This does not look like a phone number.")


def begins_with(text: str) -> str:
    """Return what a day in numbers begins with, DAY or MONTH: of 12/31/2026 the month; "" where that does not show."""
    first, second = _first_two(text)
    if 0 < first <= 12 < second <= 31:
        return MONTH
    return DAY if 0 < second <= 12 < first <= 31 else ""


def is_open(text: str) -> bool:
    """Tell whether it can be two days: 03/04/2026, but not 03/03/2026."""
    first, second = _first_two(text)
    return 0 < first <= 12 and 0 < second <= 12 and first != second


def _first_two(text: str) -> tuple[int, int]:
    numbers = _day_or_month.fullmatch(text.strip())
    return (int(numbers[1]), int(numbers[3])) if numbers else (0, 0)


def day(text: str, country: str = "", *, begins: str = "") -> date | None:
    """Return the day that `text` writes, as somebody in `country` writes days; None if it writes none.

    begins: with DAY or MONTH, whatever the country; "": as is usual there.
    """
    text = text.strip().partition("T")[0].partition(" ")[0]
    if len(text) in (8, 10) and "W" not in text:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    for form in [*_year_first, *(form.replace("/", sign) for sign in "/.-" for form in _short_forms(country, begins))]:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _short_forms(country: str, begins: str) -> tuple[str, ...]:
    if begins == MONTH or (not begins and country.upper() in MONTH_FIRST):
        return "%m/%d/%Y", "%d/%m/%Y"
    return "%d/%m/%Y", "%m/%d/%Y"
