"""Purchases on a customer's page: the panel beside it and the lines of its timeline."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from crm import cursors, days, formats
from customers.models import Customer
from interactions.timeline import Entry, Window
from sales import figures
from sales.models import Purchase

LINES_SHOWN = 5


def panel(request: HttpRequest, customer: Customer) -> str:
    """Draw what the customer's account bought; nothing if it never did."""
    if not request.user.is_authenticated or not request.user.may("sales.view"):
        return ""
    newest = list(figures.last_lines(customer.account_id, LINES_SHOWN))
    if not newest:
        return ""
    found = figures.of_account(customer.account_id)
    context = {"customer": customer, "figures": found, "said": said, "lines": newest, "unrated": _unrated(found)}
    return render_to_string("sales/_purchases.html", context, request)


def _unrated(found: figures.Figures | None) -> str:
    """Say what is in no sum: "¥1,000,000 and $300.00"; "" if all is."""
    return formats.joined([formats.money(one.sum_cents, one.currency) for one in found.without_rate] if found else [])


def lines(customer: Customer, viewer=None) -> QuerySet[Purchase]:
    """Return the lines of this customer's account, as in the panel, and what a person ordered for another one."""
    bought = Q(account=customer.account_id)
    return Purchase.objects.filter(bought if customer.is_account else bought | Q(person=customer.pk))


def timeline(customer: Customer, window: Window) -> list[Entry]:
    rows = _before(lines(customer).select_related("product", "person", "account"), window)
    drawn = list(rows.order_by("-purchased_on", "-id")[: window.limit])
    named = _nameable(drawn, customer, window.viewer)
    return [_entry(one, customer, named) for one in drawn]


def _nameable(drawn: list[Purchase], customer: Customer, viewer) -> set[int]:
    """Return who else of these purchases may be named: whom the viewer sees, and the customer's own account."""
    others = {pk for one in drawn for pk in (one.account_id, one.person_id) if pk} - {customer.pk, customer.account_id}
    if viewer is None or not others:
        return others | {customer.account_id}
    seen = Customer.objects.visible_to(viewer).filter(pk__in=others)
    return {customer.account_id, *seen.values_list("pk", flat=True)}


def _entry(one: Purchase, customer: Customer, named: set[int]) -> Entry:
    return Entry(
        source="purchases",
        id=one.pk,
        at=days.begin(one.purchased_on),
        title=_("%(what)s, %(amount)s")
        % {"what": said(one), "amount": formats.money(one.amount_cents, one.currency, exact=True)},
        mark="purchase",
        who=", ".join(_told(one, customer, named)),
        is_quiet=True,
        on=one.purchased_on,
        subject=one,
    )


def _told(one: Purchase, customer: Customer, named: set[int]) -> Iterator[str]:
    if one.order_ref:
        yield _("order %s") % one.order_ref
    if one.person and one.person_id != customer.pk and one.person_id in named:
        yield one.person.name
    if one.account_id != customer.pk and one.account_id in named:
        yield _("through %(name)s") % {"name": one.account.name}


def said(one: Purchase) -> str:
    """Return what was bought in words: "3 × Costiera blend"."""
    if one.product is None:
        return _("Purchase") if one.quantity == 1 else _("Purchase of %s") % formats.number(one.quantity.normalize())
    name = one.product.name or one.product.sku
    return name if one.quantity == 1 else f"{formats.number(one.quantity.normalize())} × {name}"


def _before(rows: QuerySet[Purchase], window: Window) -> QuerySet[Purchase]:
    """Return the rows of the window: its place is a moment, a purchase stands at the beginning of its day."""
    at = window.before_at
    if at is None:
        return rows
    day = days.of(at)
    if at > days.begin(day):
        return rows.filter(purchased_on__lte=day)
    if window.before_id is None:
        return rows.filter(purchased_on__lt=day)
    return rows.filter(cursors.after(("purchased_on", "pk"), (day, window.before_id), falling=True))
