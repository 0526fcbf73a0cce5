"""What there is to choose from where a rule asks for one of some: [(value, words)], as a reader's language calls it."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.utils.dates import MONTHS
from django.utils.formats import date_format

from crm import days
from customers.models import Customer
from sales.models import Product
from staff.models import Team, User

MONTHS_OFFERED = 60  # of the past


def kinds() -> Iterable[tuple[str, str]]:
    return [(key, str(words)) for key, words in Customer.Kind.choices]


def languages() -> Iterable[tuple[str, str]]:
    return [(code, str(words)) for code, words in settings.LANGUAGES]


def keepers() -> Iterable[tuple[str, str]]:
    return [(str(user.pk), user.name) for user in User.objects.at_work()]


def teams() -> Iterable[tuple[str, str]]:
    return [(str(team.pk), team.name) for team in Team.objects.order_by("name")]


def products() -> Iterable[tuple[str, str]]:
    return [(str(product.pk), product.name) for product in Product.objects.order_by("name", "sku")]


def months() -> Iterable[tuple[str, str]]:
    this = days.today()
    for back in range(MONTHS_OFFERED):
        year, month = divmod(this.year * 12 + this.month - 1 - back, 12)
        yield str(year * 100 + month + 1), date_format(date(year, month + 1, 1), "YEAR_MONTH_FORMAT")


def seasons() -> Iterable[tuple[str, str]]:
    return [(str(month), MONTHS[month]) for month in range(1, 13)]
