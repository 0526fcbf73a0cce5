"""Change who a customer is; when somebody else was faster, both versions are shown and the person chooses."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.problems import Invalid
from customers.changing import EditedMeanwhile, account_named, change
from customers.forms import ChangeForm, initial_of
from customers.models import Customer
from customers.views.seen import role_of, seen
from staff.access import allowed


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.change")
def edit(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = seen(request, customer_id)
    initial = initial_of(customer, role_of(customer))
    form = ChangeForm(request.POST or None, kind=customer.kind, user=request.user, initial=initial)
    if not form.is_valid():
        return _form(request, customer, form)
    try:
        change(
            customer, by=request.user, version=form.cleaned_data["version"], **_changes(form, customer, request.user)
        )
    except EditedMeanwhile as problem:  # the one place that can offer both versions
        return _conflict(request, seen(request, customer_id), form, problem)
    except Invalid as trouble:
        form.add_error("company" if "company" in form.fields else None, str(trouble))
        return _form(request, customer, form)
    messages.success(request, _("Saved."))
    return redirect("customers:page", customer.pk)


def _changes(form: ChangeForm, customer: Customer, user) -> dict[str, Any]:
    """Return what to change, the account found or made by its name."""
    changes = form.changes(customer)
    said = form.cleaned_data
    if "company" in said:
        was = "" if customer.is_account else customer.account.name
        if said["company"] != was:
            changes["account"] = account_named(said["company"], by=user) if said["company"] else customer
        if said["role"] != role_of(customer):
            changes["role"] = said["role"]
    return changes


def _form(request: HttpRequest, customer: Customer, form: ChangeForm) -> HttpResponse:
    context = {"customer": customer, "form": form}
    return render(request, "customers/change.html", context, status=422 if form.errors else 200)


def _conflict(request: HttpRequest, theirs: Customer, form: ChangeForm, problem: EditedMeanwhile) -> HttpResponse:
    """Show what differs, mine beside theirs; what is the same on both sides goes along unseen."""
    present = initial_of(theirs, role_of(theirs))
    differing, same = [], []
    for bound in form:
        mine, there = _text(bound.value()), _text(present.get(bound.name))
        if bound.name == "version" or mine == there:
            same.append((bound.html_name, there))
        else:
            differing.append((bound, mine, there, _said(bound, mine), _said(bound, there)))
    context = {"customer": theirs, "problem": problem, "differing": differing, "same": same}
    return render(request, "customers/conflict.html", context, status=problem.status)


def _text(value: Any) -> str:
    """Return a value as the form sends it."""
    if value is None:
        return ""
    return str(getattr(value, "pk", value))


def _said(bound, value: str) -> str:
    """Return a value as somebody reads it: the words of a choice."""
    choices = getattr(bound.field, "choices", ())
    return next((str(words) for key, words in choices if str(key) == value), value)
