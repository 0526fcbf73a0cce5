"""Settings: what other currencies are worth."""

from datetime import date
from decimal import Context, Decimal

from babel import Locale
from django import forms
from django.contrib import messages
from django.db.models import Count, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm import days, formats, lists, money
from crm.problems import Invalid
from sales import bookkeeping, exchanging
from sales.models import ExchangeRate, Purchase, Recount
from staff.access import allowed
from staff.forms import currencies
from staff.models import Organisation

SHORT = Context(prec=4)  # figures of the rate the other way round


def named(code: str) -> str:
    """Return a currency with its name: "USD, US dollar"."""
    name = Locale.parse(formats.locale_name()).currencies.get(code)
    return f"{code}, {name}" if name else code


def in_words(currency: str, base: str, rate: Decimal) -> str:
    """Say a rate both ways: "1 USD = €0.92, 1 EUR = US$1.087"."""
    back = SHORT.divide(Decimal(1), rate)
    return f"1 {currency} = {formats.price(rate, base)}, 1 {base} = {formats.price(back, currency)}"


class RateForm(forms.Form):
    """A new rate, or (`rate` given) another number for one."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    from_on = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Purchases of this day and later go by it, until the day of its next rate."),
    )
    rate = forms.CharField(label=gettext_lazy("Rate"), max_length=30, widget=forms.TextInput({"inputmode": "decimal"}))

    def __init__(self, *args, base: str, rate: ExchangeRate | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.base = base
        self.fields["rate"].help_text = self._explained(rate)
        if rate is not None:
            del self.fields["currency"], self.fields["from_on"]
            return
        codes = {code for code, _name in currencies()} | set(bookkeeping.bought_in(without_rate=True))
        self.fields["currency"].choices = [("", "—"), *((code, named(code)) for code in sorted(codes - {base}))]

    def _explained(self, rate: ExchangeRate | None) -> str:
        """Say which way round a rate is meant, by an example."""
        other = rate.currency if rate else "USD" if self.base != "USD" else "GBP"
        sample = rate.rate if rate else Decimal("0.92") if self.base == "EUR" else Decimal("1.25")
        words = _("How many %(base)s one unit of the other currency is worth. Write %(rate)s for %(example)s.")
        said = {"base": self.base, "rate": f"{sample.normalize():f}", "example": in_words(other, self.base, sample)}
        return words % said

    def clean_rate(self) -> Decimal:
        value = money.number(self.cleaned_data["rate"])
        if value is None or self.base not in (money.named_in(self.cleaned_data["rate"]) or (self.base,)):
            raise forms.ValidationError(_("This is not a rate. Write a number above 0, like 0.92."))
        return value

    def take_back(self, trouble: Invalid) -> None:
        """Tie what the deed refused to its field."""
        for name, words in trouble.details["fields"].items():
            self.add_error(name if name in self.fields else None, words)


@require_safe
@allowed("sales.rates")
def index(request: HttpRequest) -> HttpResponse:
    """The currencies with their rate of today, and those that purchases wait for."""
    base, today = Organisation.current().currency, days.today()
    rates = ExchangeRate.objects.filter(base=base).order_by("currency", "-from_on")
    by_now = rates.filter(from_on__lte=today).distinct("currency")
    known = rates.values("currency").annotate(count=Count("id"), first_on=Min("from_on")).order_by("currency")
    in_force = {one.currency: one for one in by_now}
    unrated = Purchase.objects.filter(base_cents=None).exclude(currency=base).values("currency")
    context = {
        "base": base,
        "base_name": named(base),
        "known": [{**row, "now": in_force.get(row["currency"])} for row in known],
        "unrated": unrated.annotate(count=Count("id"), first_on=Min("purchased_on")).order_by("currency"),
        "counting": Recount.objects.filter(finished_at=None).order_by("currency").values_list("currency", flat=True),
        "named": named,
        "in_words": in_words,
    }
    return render(request, "sales/money.html", context)


@require_safe
@allowed("sales.rates")
def currency(request: HttpRequest, code: str) -> HttpResponse:
    """All rates of one currency, the newest first."""
    rates = ExchangeRate.objects.filter(base=Organisation.current().currency, currency=code)
    page = lists.page_of(rates, order=("-from_on", "-id"), cursor=request.GET.get("cursor"))
    if not page and not rates.exists():
        raise Http404
    context = {"code": code, "name": named(code), "page": page, "in_words": in_words, "today": days.today()}
    return render(request, "sales/currency.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("sales.rates")
def new(request: HttpRequest) -> HttpResponse:
    initial = {"currency": request.GET.get("currency"), "from_on": request.GET.get("from_on") or days.today()}
    form = RateForm(request.POST or None, base=Organisation.current().currency, initial=initial)
    if form.is_valid() and (made := _set(request, form, **form.cleaned_data)):
        return redirect("sales:currency", made.currency)
    return render(request, "sales/rate.html", {"form": form, "rate": None}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("sales.rates")
def change(request: HttpRequest, rate_id: int) -> HttpResponse:
    rate = _rate(rate_id)
    form = RateForm(request.POST or None, base=rate.base, rate=rate, initial={"rate": f"{rate.rate.normalize():f}"})
    if form.is_valid():
        said = {"currency": rate.currency, "from_on": rate.from_on, "rate": form.cleaned_data["rate"]}
        if _set(request, form, **said):
            return redirect("sales:currency", rate.currency)
    return render(request, "sales/rate.html", {"form": form, "rate": rate}, status=422 if form.errors else 200)


def _set(request: HttpRequest, form: RateForm, *, currency: str, from_on: date, rate: Decimal) -> ExchangeRate | None:
    """Set a rate and say it both ways, so that one that is upside down is seen; None if the deed refused."""
    try:
        made, _is_new = exchanging.set_rate(currency, from_on=from_on, rate=rate, by=request.user)
    except Invalid as trouble:
        form.take_back(trouble)
        return None
    said = {"rate": in_words(made.currency, made.base, made.rate), "day": formats.day(made.from_on)}
    messages.success(request, _("From %(day)s on: %(rate)s.") % said)
    return made


@require_POST
@allowed("sales.rates")
def removal(request: HttpRequest, rate_id: int) -> HttpResponse:
    rate = _rate(rate_id)
    exchanging.remove(rate, by=request.user)
    messages.success(request, _("Removed. Its purchases go by the rate before it, if there is one."))
    others = ExchangeRate.objects.filter(Q(base=rate.base, currency=rate.currency))
    return redirect("sales:currency", rate.currency) if others.exists() else redirect("sales:money")


def _rate(rate_id: int) -> ExchangeRate:
    return get_object_or_404(ExchangeRate, pk=rate_id, base=Organisation.current().currency)
