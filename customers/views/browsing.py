"""The customers list: filters, search, keyset pages."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm import lists, panels
from crm.http import is_fragment
from customers import listing, searching
from customers.filters import Filters
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from staff.access import allowed

FOUND_AT_MOST = 50  # customers; more are not read, the text is made longer
BY_NAME = ("sort_key", "id")
SHOWN = ("name", "kind", "city", "country", "sort_key", "account__name", "keeper__name")


@require_safe
@allowed("customers.view")
def index(request: HttpRequest) -> HttpResponse:
    """Show the customers that this colleague may see, by name; with a text, those whom it finds."""
    text = request.GET.get("q", "").strip()[:100]
    filters = Filters(request.GET, request.user)
    rows = filters.narrow(Customer.objects.visible_to(request.user))
    shown = rows.select_related("account", "keeper").only(*SHOWN)
    page = _found(shown, text, request.user) if text else _page(shown, request.GET.get("cursor"))
    count = _count(rows, page, text)
    context = {
        "text": text,
        "filters": filters,
        "page": page,
        "columns": listing.columns(),
        "cells": listing.cells(page.rows),
        "count": count,
        "address": Address(request.path, {**filters.values, "q": text}),
        "chosen": panels.draw("customers.chosen", request, ShownList(filters, page, count)) if page.rows else [],
    }
    return render(request, _template(request), context)


@require_safe
@allowed("customers.view")
def choices(request: HttpRequest) -> HttpResponse:
    """Draw the panel of filters, none of them in use; it is fetched when it is opened for the first time."""
    context = {"form": Filters({}, request.user).form, "text": request.GET.get("q", "").strip()[:100]}
    return render(request, "customers/_choices.html", context)


def _template(request: HttpRequest) -> str:
    if not is_fragment(request):
        return "customers/list.html"
    return "customers/_found.html" if request.headers.get("HX-Target") == "found" else "customers/_list.html"


@dataclass(frozen=True)
class ShownList:
    """What the list shows, for those who do something with the chosen. count: (how many in all, is it exact)."""

    filters: Filters
    page: lists.Page
    count: tuple[int, bool]

    @property
    def has_more(self) -> bool:
        """Whether the filters leave more than this page."""
        return bool(self.page.newer or self.page.older)


class Address:
    """The address of this list with something changed; what is empty is left out."""

    def __init__(self, path: str, values: dict[str, str]):
        self.path, self.values = path, values

    def __call__(self, **changes: str | None) -> str:
        kept = {name: value for name, value in {**self.values, **changes}.items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def _page(rows: CustomerQuerySet, cursor: str | None) -> lists.Page:
    return lists.page_of(rows, order=BY_NAME, cursor=cursor)


def _found(rows: CustomerQuerySet, text: str, user) -> lists.Page:
    """Return those of `rows` whom `text` finds, best first."""
    hits = [hit.customer_id for hit in searching.find(text, user, FOUND_AT_MOST)]
    found = rows.in_bulk(hits)
    return lists.Page([found[pk] for pk in hits if pk in found], None, None)


def _count(rows: CustomerQuerySet, page: lists.Page, text: str) -> tuple[int, bool]:
    """Return (how many, is it exact): what one page holds is counted, more is the planner's estimate."""
    if text or not (page.newer or page.older):
        return len(page), True
    return max(lists.estimate(rows), len(page)), False
