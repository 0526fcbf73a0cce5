"""What there is to choose from where a rule asks for one of some, in the reader's language, and how it is told."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from crm import days
from crm.http import id_in
from customers.models import Customer
from insights.kinds import Said
from sales.models import Product
from staff.models import Team, User

MONTHS_OFFERED = 60  # of the past
MONTH = re.compile(r"[1-9][0-9]{3}(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Rows:
    """Rows of a table, by their ids. rows: all, in the order of their list; offered: which of them may be chosen anew.

    names: columns in which a text is looked for; the first is what each is called.
    """

    rows: Callable[[], QuerySet[Any]]
    offered: Q = Q()
    names: tuple[str, ...] = ("name",)

    def find(self, text: str, limit: int) -> Iterable[tuple[str, str]]:
        has_text = Q()
        for name in self.names if text else ():
            has_text |= Q(**{f"{name}__icontains": text})
        return self._drawn(self.rows().filter(self.offered, has_text)[:limit])

    def named(self, values: Iterable[str]) -> dict[str, str]:
        ids = [pk for one in values if (pk := id_in(one))]
        return dict(self._drawn(self.rows().filter(pk__in=ids))) if ids else {}

    def _drawn(self, rows: QuerySet[Any]) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in rows.values_list("pk", self.names[0])]


class Months:
    """Months as numbers, 202611 for November 2026: any has a name, some of the past are offered, the newest first."""

    def find(self, text: str, limit: int) -> Iterable[tuple[str, str]]:
        this = days.today()
        numbers = [divmod(this.year * 12 + this.month - 1 - back, 12) for back in range(MONTHS_OFFERED)]
        offered = self.named(str(year * 100 + month + 1) for year, month in numbers)
        return [one for one in offered.items() if text.casefold() in one[1].casefold()][:limit]

    def named(self, values: Iterable[str]) -> dict[str, str]:
        return {one: _month(one) for one in sorted(values, reverse=True) if MONTH.fullmatch(one)}


def _month(number: str) -> str:
    return date_format(date(int(number[:4]), int(number[4:]), 1), "YEAR_MONTH_FORMAT")


KEEPERS = Rows(lambda: User.objects.order_by("name"), Q(is_active=True))
TEAMS = Rows(lambda: Team.objects.order_by("name"))
PRODUCTS = Rows(lambda: Product.objects.order_by("name", "sku"), names=("name", "sku"))
MONTHS_BOUGHT = Months()
_in_a_month = _("they bought in some month"), _("they bought in no month")
BOUGHT = Said(
    _("they bought %(values)s"),
    _("they did not buy %(values)s"),
    _("they bought a product"),
    _("they bought no product"),
)
BOUGHT_IN = Said(_("they bought in %(values)s"), _("they did not buy in %(values)s"), *_in_a_month)
BOUGHT_IN_ANY_YEAR = Said(
    _("they bought in %(values)s of any year"), _("they did not buy in %(values)s of any year"), *_in_a_month
)


def kinds() -> Iterable[tuple[str, str]]:
    return [(key, str(words)) for key, words in Customer.Kind.choices]


def languages() -> Iterable[tuple[str, str]]:
    return [(code, str(words)) for code, words in settings.LANGUAGES]


def seasons() -> Iterable[tuple[str, str]]:
    return [(str(month), MONTHS[month]) for month in range(1, 13)]
