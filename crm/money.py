"""Money is whole numbers of a currency's smallest unit ("cents", whatever that is there), never a float.

Half a cent counts as a whole one, away from zero: a return takes back to the cent what its purchase brought. It is so
for `cents()` here and, by nature, for PostgreSQL's round() of a numeric, with which purchases are converted.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import is_currency
from django.utils.translation import gettext as _

from crm.problems import Invalid

# Decimals of a currency, where they are not two: ISO 4217's list, and behind it currencies that are gone. Not Babel's
# numbers: those say how people write prices today (no decimals in Belgrade), not what a smallest unit is.
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ADP BYR ESP ITL LUF MGF TRL"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
USUAL_DIGITS = 2
DIGITS = {code: number for codes, number in ((_NONE, 0), (_THREE, 3), (_FOUR, 4)) for code in codes.split()}

MOST_DIGITS = 30  # before the decimal sign; more is no amount of anything
SIGNS = {  # sign beside an amount → the currencies that write it, the one first that is meant where nothing says which
    "€": ("EUR",), "£": ("GBP",), "¥": ("JPY", "CNY"), "US$": ("USD",), "R$": ("BRL",), "₹": ("INR",),
    "$": tuple("USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP UYU DOP".split()),
    "kr": ("SEK", "NOK", "DKK", "ISK"), "Fr.": ("CHF",), "zł": ("PLN",), "Kč": ("CZK",), "Ft": ("HUF",), "₺": ("TRY",),
}  # fmt: skip
_MARK = "|".join(map(re.escape, sorted(SIGNS, key=len, reverse=True))) + "|[A-Za-z]{3}"
_WRITTEN = re.compile(  # −€ 12,50; 12.50 USD; (12.50); 12,50- €; 12,-
    rf"(?P<open>\()?(?P<minus>-)?\s*(?P<before>{_MARK})?\s*(?P<body>[-+]?\s*[\d.,].*?)(?P<whole>(?<=\d)[.,]--?)?"
    rf"(?P<behind>(?<=\d)-)?\s*(?P<after>{_MARK})?(?(open)\))"
)
_PLAIN = re.compile(r"[-+]?[\d.,]+")
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:([.,])\d{2,3})(?:\1\d{2,3})*(?<=\d{3})")  # 12.03.2026 is no number
_GAPS = re.compile(r"(?<=\d)[ \u00a0\u2007\u2009\u202f'’](?=\d{3}(?!\d))")  # what parts thousands where signs do not
_DASHES = str.maketrans("−–—", "---")
_THOUSANDS = re.compile(r"(?<=\d)(?<!^0)[.,](?=\d{3}(?!\d))")


def digits(currency: str) -> int:
    """Return how many decimals an amount of this currency has."""
    return DIGITS.get(currency, USUAL_DIGITS)


def is_known(code: str) -> bool:
    """Tell whether there is, or was, a currency of this code."""
    return is_currency(code)


def cents(amount: str | Decimal, currency: str = "EUR", sign: str = "") -> int:
    """Return `amount` of `currency` in its smallest unit, rounded half up. Raises Invalid if it is no number.

    Text may have one decimal sign, comma or point; the last of the two is taken as the decimal sign, unless it comes
    twice, or three digits follow it where the currency has no decimals: 1,000 yen are a thousand. `sign` as in number.
    """
    if isinstance(amount, str):
        value = number(amount if sign or digits(currency) else _THOUSANDS.sub("", amount.strip()), sign)
    else:
        value = Decimal(amount)
    if value is None or not value.is_finite():
        raise Invalid(_("“%s” is not an amount. Write it like 12.50.") % amount)
    return int(value.scaleb(digits(currency)).to_integral_value(ROUND_HALF_UP))


def units(amount_cents: int, currency: str) -> Decimal:
    """Return what so many of the smallest unit are in units of the currency: 1250 are 12.50."""
    return Decimal(amount_cents).scaleb(-digits(currency))


def number(text: str, sign: str = "") -> Decimal | None:
    """Return the number that people wrote, with one decimal sign, comma or point; None if it is none.

    A currency may stand beside it. sign: the decimal sign of those that are ambiguous; "": the one that they have.
    """
    bare = _parted(text)[0]
    if sign and _EITHER.fullmatch(bare):
        bare = bare.replace(",.".replace(sign, ""), "")
    try:
        value = Decimal(_plain(bare))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value.adjusted() < MOST_DIGITS else None


def named_in(text: str) -> tuple[str, ...]:
    """Return which currencies an amount can be in by what stands beside it; () if nothing does."""
    return _parted(text)[1]


def is_ambiguous(text: str) -> bool:
    """Tell whether it can be a thousand or a one: 1,000 and 1.000, but not 0,125 nor 1 234,500."""
    return bool(_EITHER.fullmatch(_parted(text)[0]))


def sign_in(text: str) -> str:
    """Return which sign parts the decimals of what people wrote, "." or ","; "" if it does not tell."""
    bare = _parted(text)[0]
    signs = [one for one in bare if one in ".,"]
    if not signs or is_ambiguous(bare) or number(bare) is None:
        return ""
    return signs[-1] if signs.count(signs[-1]) == 1 else ",.".replace(signs[-1], "")


def _parted(text: str) -> tuple[str, tuple[str, ...]]:
    """Return (the number alone, its minus before it, the currencies beside it); ("", ()) where it is no amount."""
    text = text.strip().translate(_DASHES)
    if _PLAIN.fullmatch(text):
        return text, ()
    found = _WRITTEN.fullmatch(text.lstrip("'"))
    if not found:
        return "", ()
    marks = {currencies(mark) for mark in (found["before"], found["after"]) if mark}
    body, minuses = found["body"].strip(), sum(bool(found[one]) for one in ("open", "minus", "behind"))
    if () in marks or len(marks) > 1 or minuses + body.startswith("-") > 1:
        return "", ()
    bare = _GAPS.sub("", body[:1] + body[1:].lstrip() if body[:1] in "-+" else body)
    return ("-" if minuses else "") + bare, marks.pop() if marks else ()


def currencies(mark: str) -> tuple[str, ...]:
    """Return which currencies a sign or a code stands for, the likeliest first; () if for none."""
    return SIGNS.get(mark) or ((mark.upper(),) if is_known(mark.upper()) else ())


def _plain(text: str) -> str:
    comma, point = text.rfind(","), text.rfind(".")
    decimal, other = (",", ".") if comma > point else (".", ",")
    if text.count(decimal) < 2:
        return text.replace(other, "").replace(decimal, ".")
    return text.replace(decimal, "") if _GROUPED.fullmatch(text) else ""
