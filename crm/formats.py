"""Dates, money, numbers, phones and names as each reader writes them: the active language, the active time zone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent, get_currency_symbol
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from markupsafe import Markup

from crm import days
from crm.money import digits

__all__ = [
    "about", "clock", "day", "due", "duration", "filesize", "initials", "iso", "joined", "locale_name", "moment",
    "money", "month", "number", "percent", "phone", "price", "relative", "rounded", "signed", "symbol", "today",
    "tomorrow", "weekday", "when",
]  # fmt: skip

EMPTY = "—"  # an empty value is always an em dash
LOCALES = {"en": "en_GB", "it": "it_IT", "es": "es_ES", "pt": "pt_PT"}
NEAR = timedelta(days=14)  # so long a date is also said as "9 days ago"
ROUND_FROM = 100  # money of so many whole units is shown without its cents in summaries


def locale_name() -> str:
    """Return Babel's name of the reader's locale."""
    return LOCALES.get((get_language() or "en")[:2], "en_GB")


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


# --- Days and times ------------------------------------------------------------------------------------------


def today() -> date:
    """Return the day that it is: the organisation's."""
    return days.today()


def tomorrow() -> date:
    return days.today() + timedelta(days=1)


def _day_of(value: date | datetime) -> date:
    return days.shown_on(value) if isinstance(value, datetime) else value


def _days_to(value: date | datetime, now: datetime) -> int:
    """Return how many days from today: a day on our calendar, a moment as its reader's clock has it."""
    return (_day_of(value) - (days.shown_on(now) if isinstance(value, datetime) else days.today(now))).days


@lru_cache(maxsize=4096)
def _written_day(value: date, pattern: str, locale: str) -> str:
    return format_date(value, pattern, locale=_locale(locale))


def day(value: date | datetime | None, *, long: bool = False) -> str:
    """Write a day: Tue 3 Mar, with the year if it is not this one; long: Tuesday 3 March. None: an em dash."""
    if value is None:
        return EMPTY
    value = _day_of(value)
    pattern = "EEEE d MMMM" if long else "EEE d MMM"
    if value.year != today().year:
        pattern = "d MMMM yyyy" if long else "d MMM yyyy"
    return _written_day(value, pattern, locale_name())


def weekday(value: date | datetime) -> str:
    """Write the day's name in full."""
    return _written_day(_day_of(value), "EEEE", locale_name())


def month(value: date | datetime) -> str:
    """Write a month with its year, as the heading of a stretch of timeline: March 2026."""
    written = _written_day(_day_of(value), "LLLL yyyy", locale_name())
    return written[:1].upper() + written[1:]


def clock(value: datetime | None) -> str:
    """Write the time of day in the reader's zone: 14:20."""
    return EMPTY if value is None else f"{value.astimezone(days.shown_in()):%H:%M}"


def moment(value: datetime | None) -> str:
    """Write a moment in the reader's zone: Tue 3 Mar, 14:20."""
    return EMPTY if value is None else f"{day(value)}, {clock(value)}"


def relative(value: date | datetime | None, *, now: datetime | None = None) -> str:
    """Say how long ago or how soon: "9 days ago", "in 2 hours". Empty beyond 14 days either way."""
    if value is None:
        return ""
    now = now or timezone.now()
    if isinstance(value, datetime) and abs(value - now) < timedelta(days=1) and _day_of(value) == _day_of(now):
        return _near(value - now)
    left = _days_to(value, now)
    if abs(left) > NEAR.days:
        return ""
    named = {0: gettext("today"), -1: gettext("yesterday"), 1: gettext("tomorrow")}
    return named.get(left) or _said(timedelta(days=left), "day")


def _near(gap: timedelta) -> str:
    if abs(gap) < timedelta(minutes=1):
        return gettext("just now")
    return _said(gap, "minute" if abs(gap) < timedelta(hours=1) else "hour")


def _said(gap: timedelta, unit: Literal["minute", "hour", "day"]) -> str:
    return format_timedelta(gap, granularity=unit, threshold=99, add_direction=True, locale=_locale(locale_name()))


def iso(value: date | datetime | None) -> str:
    """Write for machines: a day as YYYY-MM-DD, a moment in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if value else ""


def when(value: date | datetime | None, *, near: bool = False, style: str = "") -> Markup:
    """Draw a `<time>`: a moment or a day as it is; style: day, clock, month or relative; near adds ", 9 days ago"."""
    if value is None:
        return Markup('<span class="none">{}</span>').format(EMPTY)
    words = _written(value, style) or day(value)
    title = Markup(' title="{}"').format(moment(value)) if isinstance(value, datetime) and style else ""
    drawn = Markup('<time datetime="{}"{}>{}</time>').format(iso(value), title, words)
    ago = relative(value) if near else ""
    return Markup("<span>{}, {}</span>").format(drawn, ago) if ago else drawn


def _written(value: date | datetime, style: str) -> str:
    if style in ("", "clock") and isinstance(value, datetime):
        return clock(value) if style else moment(value)
    return {"month": month, "relative": relative}.get(style, day)(value)


class Due(NamedTuple):
    """How a promise or an answer stands against its time."""

    state: str  # late, today, later
    words: str
    css: str


def due(value: date | datetime, *, now: datetime | None = None) -> Due:
    """Say how late or how soon: "2 days late", "today by 18:00", "Tue 3 Mar"."""
    now = now or timezone.now()
    late = -_days_to(value, now)
    if late > 0:
        return Due("late", ngettext("%(n)d day late", "%(n)d days late", late) % {"n": late}, "overdue")
    if isinstance(value, datetime) and value < now:
        return Due("late", gettext("%(span)s late") % {"span": duration((now - value).total_seconds())}, "overdue")
    if late == 0:
        by = gettext("today by %(time)s") % {"time": clock(value)} if isinstance(value, datetime) else gettext("today")
        return Due("today", by, "due")
    return Due("later", day(value), "faint")


def duration(seconds: float | None) -> str:
    """Say a span shortly: 40 s, 6 min, 1 h 5 min, 3 days. None: an em dash."""
    if seconds is None:
        return EMPTY
    whole = int(seconds)
    if whole < 60:
        return gettext("%(n)d s") % {"n": whole}
    minutes, hours = whole // 60, whole // 3600
    if hours >= 48:
        whole_days = hours // 24
        return ngettext("%(n)d day", "%(n)d days", whole_days) % {"n": whole_days}
    if not hours:
        return gettext("%(n)d min") % {"n": minutes}
    rest = minutes % 60 if hours < 10 else 0
    return gettext("%(h)d h %(m)d min") % {"h": hours, "m": rest} if rest else gettext("%(h)d h") % {"h": hours}


# --- Numbers and money ---------------------------------------------------------------------------------------


def number(value: float | Decimal | None) -> str:
    """Write a number with the reader's grouping: 38,214. None: an em dash."""
    return EMPTY if value is None else format_decimal(value, locale=_locale(locale_name())).replace("-", "−")


def signed(value: float) -> str:
    """Write a difference with its sign: +5, −2."""
    return f"+{number(value)}" if value > 0 else number(value)


def about(value: int | None, figures: int = 2) -> str:
    """Write an estimate as one: "about 38,000", so many figures of it. None: an em dash."""
    return EMPTY if value is None else gettext("about %(n)s") % {"n": number(rounded(value, figures))}


def rounded(value: int, figures: int) -> int:
    """Return `value` with so many figures and zeros after them: of 38,214 two are 38,000."""
    step = 10 ** max(0, len(str(abs(int(value)))) - figures)
    return round(value / step) * step


def percent(share: float | None) -> str:
    """Write a share (0.62 → 62%); one decimal only below ten percent and not whole. None: an em dash."""
    if share is None:
        return EMPTY
    fine = abs(share) < 0.1 and round(share * 100, 1) % 1
    return format_percent(share, "#,##0.0%" if fine else None, locale=_locale(locale_name())).replace("-", "−")


def symbol(currency: str) -> str:
    """Write a currency as it stands beside an amount: €, US$."""
    return get_currency_symbol(currency, locale=_locale(locale_name()))


def money(cents: int | None, currency: str = "EUR", *, exact: bool = False, short: bool = False) -> str:
    """Write money: €18,400 from €100 on, €41.50 below; exact keeps the cents, short says €15.8m. None: an em dash."""
    if cents is None:
        return EMPTY
    locale = _locale(locale_name())
    value = cents / 10 ** digits(currency)
    if short and abs(value) >= 1_000_000:
        written = format_compact_currency(value, currency, fraction_digits=1, locale=locale)
        return (written.replace("M", "m") if locale.language == "en" else written).replace("-", "−")
    if not exact and abs(value) >= ROUND_FROM:
        pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(value, currency, pattern, currency_digits=False, locale=locale).replace("-", "−")
    return format_currency(value, currency, locale=locale).replace("-", "−")


def price(amount: Decimal, currency: str) -> str:
    """Write a small price with all of its decimals: €0.084, and €0.10."""
    amount = amount.normalize()
    exponent = amount.as_tuple().exponent
    is_fine = isinstance(exponent, int) and (exponent < -digits(currency) or not digits(currency))
    written = format_currency(amount, currency, locale=_locale(locale_name()), decimal_quantization=not is_fine)
    return written.replace("-", "−")


def filesize(size: int) -> str:
    """Write a file's size in bytes for people: 840 kB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{number(round(size / factor, 1 if size < 10 * factor else None))} {unit}"
    return f"{number(size)} B"


# --- Names, phones, lists ------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def phone(value: str) -> str:
    """Write an E.164 number internationally and grouped: +39 089 555 0147. Anything else stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(value), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return value


def initials(name: str) -> str:
    """Return one or two letters that stand for a name; small words (de, van, d’) do not count."""
    capitals = [next((letter for letter in word if letter.isupper()), "") for word in (name or "").split()]
    found = [letter for letter in capitals if letter]
    if not found:
        return next((letter.upper() for letter in name or "" if letter.isalnum()), "?")
    return found[0] + (found[-1] if len(found) > 1 else "")


def joined(items: list[str]) -> str:
    """Write words as a list in a sentence: Anna, Boris and Clara."""
    return format_list([str(item) for item in items], locale=_locale(locale_name()))
