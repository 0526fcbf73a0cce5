"""Countries and languages to choose from, in the reader's words."""

from functools import lru_cache

from babel import Locale
from phonenumbers import SUPPORTED_REGIONS

from crm.formats import locale_name
from staff.models import Organisation

# What people speak with us, by ISO 639-1; BCP 47 variants that we meet stand beside them.
LANGUAGES = [
    "ar",
    "bg",
    "bn",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "eu",
    "fa",
    "fi",
    "fr",
    "ga",
    "gl",
    "he",
    "hi",
    "hr",
    "hu",
    "hy",
    "id",
    "is",
    "it",
    "ja",
    "ka",
    "kk",
    "ko",
    "lt",
    "lv",
    "mk",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sq",
    "sr",
    "sv",
    "sw",
    "ta",
    "th",
    "tr",
    "uk",
    "ur",
    "vi",
    "zh",
]


@lru_cache(maxsize=8)
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).territories
    rows = ((code, names[code]) for code in SUPPORTED_REGIONS if code in names)
    return tuple(sorted(rows, key=lambda row: row[1]))


@lru_cache(maxsize=8)
def _languages(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).languages
    return tuple(sorted(((code, _capital(names[code])) for code in LANGUAGES), key=lambda row: row[1]))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def countries() -> list[tuple[str, str]]:
    """Return [(ISO 3166 code, name)] by name."""
    return list(_countries(locale_name()))


def languages() -> list[tuple[str, str]]:
    """Return [(code, name)]: those of the organisation first, the rest by name."""
    ours = Organisation.current().languages
    rows = dict(_languages(locale_name()))
    return [(code, language_name(code)) for code in ours] + [row for row in rows.items() if row[0] not in ours]


def language_name(code: str) -> str:
    """Return the name of a BCP 47 code, as in "Italian"; the code itself if nobody knows it."""
    names = Locale.parse(locale_name()).languages
    return _capital(names.get(code.replace("-", "_"), names.get(code[:2], code)))
