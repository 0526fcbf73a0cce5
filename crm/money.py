"""Money is whole cents and a currency, never a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext as _

from crm.problems import Invalid

NO_CENTS = {"JPY", "KRW", "CLP", "ISK", "VND"}  # ISO 4217 currencies without a minor unit


def cents(amount: str | Decimal, currency: str = "EUR") -> int:
    """Return `amount` of `currency` in its smallest unit, rounded half up. Raises Invalid if it is no number.

    Text may have one decimal sign, comma or point; the last of the two is taken as the decimal sign.
    """
    if isinstance(amount, str):
        amount = _plain(amount)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise Invalid(_("“%s” is not an amount. Write it like 12.50.") % amount) from None
    if not value.is_finite():
        raise Invalid(_("“%s” is not an amount. Write it like 12.50.") % amount)
    factor = 1 if currency in NO_CENTS else 100
    return int((value * factor).to_integral_value(ROUND_HALF_UP))


def _plain(text: str) -> str:
    text = text.strip().replace("\u00a0", "").replace(" ", "").replace("−", "-").replace("'", "").lstrip("€$£")
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        return text.replace(".", "").replace(",", ".")
    if comma >= 0 and point >= 0:
        return text.replace(",", "")
    return text
