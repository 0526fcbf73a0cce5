"""How we recognise a customer: add an address, make it the first choice, take it away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.http import is_fragment, toast
from customers import contacting
from customers.contacting import AlreadyTheirs
from customers.forms import ContactPointForm
from customers.models import Customer
from customers.views import side
from customers.views.seen import seen
from staff.access import allowed
from staff.models import Organisation


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.change")
def new(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Ask for one more address; a part of the customer page, or a page by itself without script."""
    customer = seen(request, customer_id)
    country = customer.country or Organisation.current().country
    form = ContactPointForm(request.POST or None, country=country, initial={"channel": "email"})
    if form.is_valid():
        said = form.cleaned_data
        try:
            contacting.add(
                customer, said["channel"], said["value"], by=request.user, system=said["system"], label=said["label"]
            )
        except AlreadyTheirs as problem:
            form.add_error("value", str(problem))
        else:
            return _done(request, customer, _("Added."))
    status = 422 if form.errors else 200
    drawn = side.contact_points(request, customer, form=form)
    if is_fragment(request):
        return HttpResponse(drawn, status=status)
    return render(request, "customers/contact_points.html", {"customer": customer, "drawn": drawn}, status=status)


@require_POST
@allowed("customers.change")
def first_choice(request: HttpRequest, customer_id: int, point_id: int) -> HttpResponse:
    customer = seen(request, customer_id)
    contacting.prefer(get_object_or_404(customer.contact_points, pk=point_id), by=request.user)
    return _done(request, customer, _("Used first from now on."))


@require_POST
@allowed("customers.change")
def verification(request: HttpRequest, customer_id: int, point_id: int) -> HttpResponse:
    """Checked by hand, or (`is` = no) not after all; each is the other's undo."""
    customer = seen(request, customer_id)
    point, is_verified = get_object_or_404(customer.contact_points, pk=point_id), request.GET.get("is") != "no"
    contacting.verify(point, by=request.user, is_verified=is_verified)
    undo = request.path + ("?is=no" if is_verified else "")
    words = _("Verified: %(value)s") if is_verified else _("Not verified any more: %(value)s")
    messages.success(request, words % {"value": point.value}, extra_tags=undo)
    return redirect("customers:page", customer.pk)


@require_POST
@allowed("customers.change")
def removal(request: HttpRequest, customer_id: int, point_id: int) -> HttpResponse:
    customer = seen(request, customer_id)
    contacting.remove(get_object_or_404(customer.contact_points, pk=point_id), by=request.user)
    return _done(request, customer, _("Removed."))


def _done(request: HttpRequest, customer: Customer, words: str) -> HttpResponse:
    if is_fragment(request):
        return toast(HttpResponse(side.contact_points(request, customer)), words)
    messages.success(request, words)
    return redirect("customers:page", customer.pk)
