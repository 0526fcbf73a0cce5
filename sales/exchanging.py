"""What other currencies are worth: rates are set from a day on, and removed. The only writer of ExchangeRate."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm import money
from crm.events.recording import record
from crm.problems import Invalid
from sales import bookkeeping, recounting
from sales.models import ExchangeRate
from sales.recording import FIRST_YEAR
from staff.models import Organisation

MOST_RATE = Decimal(10) ** 9
DECIMALS = 12


@transaction.atomic
def set_rate(currency: str, *, from_on: date, rate: Decimal, by: Any = None) -> tuple[ExchangeRate, bool]:
    """Say how many units of the organisation's currency one unit of `currency` is worth from a day on.

    A day to come is fine. Purchases of that day and later, up to the next rate's, are counted anew; the same rate again
    changes nothing. Returns (the rate, whether it is new). Raises Invalid.
    """
    base = Organisation.current().currency
    _check(currency, base, from_on, rate)
    bookkeeping.take()
    found = ExchangeRate.objects.filter(base=base, currency=currency, from_on=from_on).first()
    if found is None:
        made = ExchangeRate.objects.create(base=base, currency=currency, from_on=from_on, rate=rate)
        _tell("exchange_rate.set", made, by=by, before=None)
        return made, True
    before, found.rate = found.rate, rate
    if before != rate:
        found.save(update_fields=["rate"])
        _tell("exchange_rate.set", found, by=by, before=_plain(before))
    return found, False


@transaction.atomic
def remove(rate: ExchangeRate, *, by: Any = None) -> None:
    """Take a rate back: what it was for goes by the one before it, or has none."""
    bookkeeping.take()
    if ExchangeRate.objects.filter(pk=rate.pk).delete()[0]:
        _tell("exchange_rate.removed", rate, by=by)


def _check(currency: str, base: str, from_on: date, rate: Decimal) -> None:
    wrong = {}
    if not money.is_known(currency):
        wrong["currency"] = _("“%s” is no currency. Write it like USD.") % currency[:20]
    elif currency == base:
        wrong["currency"] = _("%s is your own currency: it is worth itself.") % currency
    if not rate.is_finite() or not 0 < rate <= MOST_RATE or rate != round(rate, DECIMALS):
        wrong["rate"] = _("This is not a rate. Write a number above 0, with at most 12 decimals, like 0.92.")
    if from_on.year < FIRST_YEAR:
        wrong["from_on"] = _("There is something wrong with the day %s. Check the year.") % from_on.isoformat()
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)


def _tell(kind: str, rate: ExchangeRate, *, by: Any, **said: Any) -> None:
    """Owe what the rate is for, and record the fact."""
    later = ExchangeRate.objects.filter(base=rate.base, currency=rate.currency, from_on__gt=rate.from_on)
    until_on = later.order_by("from_on").values_list("from_on", flat=True).first()
    recounting.owe(rate.currency, from_on=rate.from_on, until_on=until_on)
    record(
        kind, about=rate, by=by, currency=rate.currency, base=rate.base, from_on=rate.from_on.isoformat(),
        rate=_plain(rate.rate), **said,
    )  # fmt: skip


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
