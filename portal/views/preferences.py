"""The customer's own page: a signed link opens their choices and nothing else."""

from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from crm.access import open_to_all
from customers.models import Customer
from interactions import links
from portal import preferring
from staff.models import Organisation


def opened_by_link(view):
    """Give the view the customer whom the link names, in their language; a link that opens nothing says what to do."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        customer = _named_by(token)
        language = (customer and customer.language) or translation.get_language_from_request(request)
        with translation.override(_spoken(language)):
            try:
                link = links.read(token)
                response = view(request, customer, link, token) if customer else _opens_nothing(request)
            except links.BadLink:
                response = _opens_nothing(request)
        # Not no-referrer: with that a browser posts our own form with "Origin: null", and Django refuses it.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "no-store"
        return response

    return open_to_all("A signed link that expires.")(opened)


def _spoken(language: str) -> str:
    """Return the nearest language that we speak: pt for pt-BR; English if there is none."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return "en"


def _named_by(token: str) -> Customer | None:
    """Return whom a link names, however old it is: the words about it are in their language too."""
    try:
        return Customer.objects.filter(pk=links.read(token, lasts=None).customer_id).first()
    except links.BadLink:
        return None


def _opens_nothing(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/opens_nothing.html", {"organisation": Organisation.current()}, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link
def page(request: HttpRequest, customer: Customer, link: links.Link, token: str) -> HttpResponse:
    if request.method == "POST":
        preferring.choose(customer, set(request.POST.getlist("on")))
        return redirect(f"/p/{token}/?saved=1")
    kind = preferring.message_kind(customer, link)
    context = {
        "customer": customer,
        "token": token,
        "organisation": Organisation.current(),
        "kind": kind if link.message_id else None,
        "channels": preferring.choices(customer, kind.channels if link.message_id else ()),
        "saved": "saved" in request.GET,
    }
    return render(request, "portal/preferences.html", context)


@csrf_exempt  # the reader's mail program posts this by itself (RFC 8058); the link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link
def unsubscribe(request: HttpRequest, customer: Customer, link: links.Link, token: str) -> HttpResponse:
    """GET asks, POST does."""
    is_done = request.method == "POST"
    kind = preferring.unsubscribe(customer, link) if is_done else preferring.message_kind(customer, link)
    context = {"token": token, "organisation": Organisation.current(), "kind": kind, "done": is_done}
    return render(request, "portal/unsubscribe.html", context)


@require_POST
@opened_by_link
def stop(request: HttpRequest, customer: Customer, link: links.Link, token: str) -> HttpResponse:
    preferring.stop(customer, link)
    return redirect(f"/p/{token}/?saved=1")
