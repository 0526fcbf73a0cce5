"""The figures of one customer, as rules compare them: the page and the API show what a segment asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Min
from django.utils.timezone import now
from django.utils.translation import gettext

from crm import formats
from customers.models import Customer, Touched
from insights import figures, sources
from insights.fields import SEGMENTS, every
from insights.kinds import Field, Kind
from insights.models import FailingSource
from insights.wording import every_one
from sales import bookkeeping


@dataclass(frozen=True)
class Shown:
    """One figure and its value; None: not known, never. `failing`: its source, if what it says is old."""

    field: Field
    value: Any
    failing: FailingSource | None = None

    @property
    def names(self) -> list[str]:
        """What it is, or each of what it is, as the reader's language calls it, in the order of a list.

        Rows that are no more have no name any more.
        """
        if not self.field.kind.is_chosen or self.value in (None, "", []):
            return []
        values = self.value if isinstance(self.value, list) else [self.value]
        named = self.field.named(values)
        unnamed = [] if self.field.lookup else [str(one) for one in values if str(one) not in named]
        return [*named.values(), *unnamed]


def of_customer(customer: Customer) -> list[Shown]:
    """Return what is known of `customer`, in the order of the menu; empty until it was worked out for the first time.

    Retired fields are left out.
    """
    asked = [one for one in every().values() if not one.is_retired]
    with connection.cursor() as cursor:
        values = ", ".join(one.value for one in asked)
        cursor.execute(f"SELECT {values} FROM insights_profile p WHERE p.customer_id = %s", [customer.pk])
        row = cursor.fetchone()
    old = failing()
    return [Shown(one, value, old.get(one.source)) for one, value in zip(asked, row or [], strict=bool(row))]


MOST_NAMED = 10  # of one figure, on the page
UNSAID = (figures.WHO, figures.ALLOW, SEGMENTS)  # groups that the page tells elsewhere


def in_words(one: Shown) -> str:
    """Return a figure's value as its reader writes it; "" where the page leaves it out: unknown, no, told elsewhere."""
    value = one.value
    if value in (None, False, "", []) or one.field.group in UNSAID:
        return ""
    return told(one)


def told(one: Shown, *, exactly: bool = False) -> str:
    """Return a figure's value as its reader writes it, whatever it is. exactly: money with its cents."""
    kind, value = one.field.kind, one.value
    if kind == Kind.CONSENT:
        return {True: gettext("allowed"), False: gettext("refused"), None: gettext("never asked")}[value]
    if kind == Kind.YES_NO:
        return gettext("yes") if value else gettext("no")
    if value in (None, "", []):
        return gettext("never") if kind in (Kind.DAY, Kind.MOMENT) else gettext("not known")
    if kind.is_chosen:
        return every_one(one.names, MOST_NAMED)
    if kind == Kind.MONEY:
        return formats.money(value, bookkeeping.currency(), exact=exactly)
    if kind in (Kind.DAY, Kind.MOMENT):
        return formats.when(value)
    return formats.number(value) if kind == Kind.NUMBER else str(value)


def as_of(customer: Customer) -> datetime:
    """Return up to which moment everything that happened is in the customer's figures."""
    return waiting_since(customer) or now()


def waiting_since(customer: Customer) -> datetime | None:
    """Return since when something happened that is not in the customer's figures yet; None: all of it is."""
    waiting = Touched.objects.filter(customer_id__in=(customer.pk, customer.account_id))
    return waiting.aggregate(first=Min("at"))["first"]


def failing() -> dict[str, FailingSource]:
    """Return {name: what fails} of all sources that are old: those that fail, and those that need them."""
    rows = FailingSource.objects.all()
    return {name: one for one in rows for name in sources.without(frozenset([one.name]))}
