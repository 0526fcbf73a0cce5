"""Countries and languages as people write them, to their codes."""

import re
from collections.abc import Container
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from customers.identity.normalise import fold

NAMED_IN = ("en", "it", "es", "pt", "de", "fr")  # the languages that we read names of countries and languages in
OTHER_NAMES = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "usa": "US", "uae": "AE", "ita": "IT"}
OTHER_NAMES |= {"esp": "ES", "prt": "PT", "gbr": "GB", "deu": "DE", "fra": "FR", "che": "CH", "aut": "AT", "bra": "BR"}

_tag = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?")


def country(text: str) -> str | None:
    """Return the ISO 3166 code of a country by its code or name; None if there is no such country."""
    text = text.strip()
    if len(text) == 2 and text.upper() in _country_codes():
        return text.upper()
    return _countries().get(fold(text))


def language(text: str) -> str | None:
    """Return the BCP 47 code of a language by its code or name; None if there is no such language."""
    text = text.strip()
    if _tag.fullmatch(text):
        first, _sign, rest = text.replace("_", "-").partition("-")
        if first.lower() in _language_codes():
            return f"{first.lower()}-{rest.upper() if len(rest) == 2 else rest.title()}" if rest else first.lower()
    return _languages().get(fold(text))


def time_zone(text: str) -> str | None:
    """Return the name of an IANA time zone as it is spelt there; None if there is none."""
    return _time_zones().get(text.strip().lower())


def nearest(language: str, offered: Container[str]) -> str:
    """Return what to speak to somebody of `language`: it, else its base (pt for pt-BR); "" if neither is offered."""
    return next((code for code in (language, language.partition("-")[0]) if code in offered), "")


@cache
def _time_zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())


@cache
def _countries() -> dict[str, str]:
    names = {fold(name): code for tongue in NAMED_IN for code, name in _territories(tongue)}
    return names | OTHER_NAMES


def _territories(tongue: str) -> list[tuple[str, str]]:
    names = Locale(tongue).territories.items()
    return [(str(code), str(name)) for code, name in names if code in _country_codes()]


@cache
def _language_codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").languages) if len(code) <= 3)


@cache
def _languages() -> dict[str, str]:
    return {
        fold(str(name)): str(code)
        for tongue in NAMED_IN
        for code, name in Locale(tongue).languages.items()
        if code in _language_codes()
    }
