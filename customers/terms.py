"""Under which texts a customer is found, and which of them a typed text asks for."""

import re
from collections.abc import Iterator

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from customers.cleaning import ROWS_OF
from customers.identity.normalise import fold

FEWEST_DIGITS = 4  # of a phone number that are worth looking for
MOST_WORDS = 6  # of a name that a search may begin with
LONGEST = 250  # characters of a term

_no_digit = re.compile(r"\D")
_like_a_number = re.compile(r"[\d\s()+./–-]+")
_zero_in_brackets = re.compile(r"\(\s*0\s*\)")


def of_name(first_name: str, last_name: str, name: str) -> set[str]:
    """The name from each of its words on, and of persons the last name first."""
    words = fold(name).split()
    terms = {" ".join(words[start:])[:LONGEST] for start in range(min(len(words), MOST_WORDS))}
    if last_name:
        terms.add(fold(f"{last_name} {first_name}")[:LONGEST])
    return terms - {""}


def of_reference(value: str) -> set[str]:
    """A number of another system, with and without its leading zeros."""
    low = value.casefold()[:LONGEST]
    return {low, low.lstrip("0") or low}


def of_phone(value: str) -> set[str]:
    """Every ending of a number in E.164 of four digits and more, also without the 0 that Italy keeps."""
    digits = value.lstrip("+")
    terms = {digits[start:] for start in range(len(digits) - FEWEST_DIGITS + 1)}
    bare = without_national_zero(digits)
    if bare != digits:
        terms |= {bare[start:] for start in range(len(bare) - FEWEST_DIGITS + 1)}
    return terms


def without_national_zero(digits: str) -> str:
    """Return "49089…" as "4989…": a 0 after a country prefix is said but not dialled, outside Italy."""
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length] + digits[length:].removeprefix("0")
    return digits


def digits_asked(text: str) -> list[str]:
    """Return the digits that `text` may ask for, the likeliest first; [] if it is no part of a phone number."""
    if not _like_a_number.fullmatch(text):
        return []
    whole = _no_digit.sub("", _zero_in_brackets.sub("", text))
    bare = whole.removeprefix("00").lstrip("0")
    variants = [whole, bare, without_national_zero(bare)]
    return [digits for digits in dict.fromkeys(variants) if len(digits) >= FEWEST_DIGITS]


def texts_asked(text: str) -> list[str]:
    """Return the folded texts that `text` may ask for: a name, an address or a number of another system."""
    low = " ".join(text.casefold().split())[:LONGEST]
    return [term for term in dict.fromkeys((fold(text)[:LONGEST], low)) if term]


def all_of(row: tuple, points: list[tuple[str, str, str]]) -> Iterator[tuple[str, int]]:
    """Yield (term, kind) of one customer. row: (first name, last name, name); points: (channel, system, value)."""
    name, address, digits = 1, 2, 3  # SearchTerm.Kind
    yield from ((term, name) for term in of_name(*row))
    for channel, system, value in points:
        if system.startswith(ROWS_OF):
            continue
        if channel == "phone":
            yield from ((term, digits) for term in of_phone(value))
        elif channel == "reference":
            yield from ((term, address) for term in of_reference(value))
        else:
            yield value[:LONGEST], address
