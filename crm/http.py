"""What htmx wants of a response, and where a request came from."""

import json
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of the page (a boosted or restored page is a whole one)."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def trigger(response: HttpResponse, name: str, detail: object = None) -> HttpResponse:
    """Let the browser raise the event `name` with `detail` after this answer is swapped in."""
    events = json.loads(response.get("HX-Trigger", "{}"))
    response["HX-Trigger"] = json.dumps(events | {name: detail}, ensure_ascii=True)
    return response


def toast(response: HttpResponse, text: str, undo_url: str | None = None) -> HttpResponse:
    """Say in a toast what was done, with Undo (a POST to `undo_url`) where it can be undone."""
    return trigger(response, "toast", {"text": str(text), "undo": undo_url})


def undo_address(kept: Model, to: str = "") -> str:
    """Return where to POST to take back what an Undo keeps. Then `to` opens, else where the click came from."""
    return reverse("undo", args=[kept.pk]) + (f"?{urlencode({'to': to})}" if to else "")


def unchanged() -> HttpResponse:
    """Answer a poll whose part did not change: 204, never 304 (a browser makes a 200 of that)."""
    return HttpResponse(status=204)


def came_from(request: HttpRequest, otherwise: str) -> str:
    """Return the page of ours that this request came from, else the address of `otherwise` (a name or a path)."""
    came = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came, {request.get_host()}, require_https=request.is_secure())
    return came if is_ours else resolve_url(otherwise)
