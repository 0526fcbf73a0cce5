"""Money is whole numbers of the smallest unit that a currency has."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision, list_currencies

from crm import formats, money
from crm.problems import Invalid

# Babel says how prices are written: in these currencies without decimals, though there are some.
WRITTEN_WHOLE = set("AFN ALL IQD IRR KPW LAK LBP MGA MMK MRO RSD SLL SOS STD SYP TMM YER ZMK ZWD".split())
NO_AMOUNTS = "|free|NaN|Infinity|1-2|€|1e999999|12 50|--5|(-5)|-5-|(5|5 CR|€ 5 USD".split("|")


def test_the_decimals_of_all_currencies_are_known():
    differ = {code for code in list_currencies() if money.digits(code) != get_currency_precision(code)}
    assert differ == WRITTEN_WHOLE
    assert [money.digits(code) for code in ("JPY", "EUR", "KWD", "CLF", "IQD")] == [0, 2, 3, 4, 3]


@pytest.mark.parametrize(
    ("written", "currency", "cents"),
    [
        ("1.000.000", "JPY", 1000000), ("1,000,000", "JPY", 1000000), ("1,000", "JPY", 1000), ("¥1.000", "JPY", 1000),
        ("12,345", "KWD", 12_345), ("1.234.567,89", "EUR", 123_456_789), ("1,234,567", "EUR", 123_456_700),
        ("0.5", "JPY", 1),
        ("12,50 €", "EUR", 1250), ("1.234,50 EUR", "EUR", 123_450), ("EUR12.50", "EUR", 1250), ("12 kr", "SEK", 1200),
        ("(1,234.50)", "USD", -123_450), ("12.50-", "EUR", -1250), ("12,50- €", "EUR", -1250), ("–12,50", "EUR", -1250),
        ("-€12.50", "EUR", -1250), ("€ -12,50", "EUR", -1250), ("12,-", "EUR", 1200), ("12.-- CHF", "CHF", 1200),
        ("1\u2007234,56", "EUR", 123_456), ("1,000 JPY", "JPY", 1000), ("'12.50", "EUR", 1250),
        ("- 12,50", "EUR", -1250),
        ("-0.5", "JPY", -1), ("0.005", "EUR", 1), ("-0.005", "EUR", -1), ("2.675", "EUR", 268), ("1e3", "EUR", 100_000),
    ],
)  # fmt: skip
def test_half_a_cent_is_a_whole_one_away_from_zero(written, currency, cents):
    assert money.cents(written, currency) == cents


@pytest.mark.parametrize("written", NO_AMOUNTS)
def test_what_is_no_number_is_no_amount(written):
    with pytest.raises(Invalid):
        money.cents(written)
    assert money.number(written) is None


def test_cents_and_units_are_each_others_way_back():
    for code in ("JPY", "EUR", "KWD"):
        assert money.cents(money.units(12_345, code), code) == 12_345
    assert money.units(12_345, "KWD") == Decimal("12.345")
    assert formats.money(12_345, "KWD") == "KWD12.345"
