"""What htmx wants of a response, what a request says, and where it came from."""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme

LARGEST_ID = 2**63 - 1


def id_in(text: str) -> int:
    """Return the id of a row that somebody sent as text; 0, which no row has, for whatever is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID))
    return int(text) if is_number and int(text) <= LARGEST_ID else 0


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


def notice(template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """Answer htmx with a notice in the place of notices: what asked, and the words in it, stay as they are."""
    headers = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML", "HX-Reselect": "unset"}
    return HttpResponse(render_to_string(template, context), status=status, headers=headers)


def unchanged() -> HttpResponse:
    """Answer a poll whose part did not change: 204, never 304 (a browser makes a 200 of that)."""
    return HttpResponse(status=204)


def current_page(request: HttpRequest) -> str:
    """Return the path of the page on which somebody is who sent this, to be opened with GET; "/" when it says none."""
    htmx = getattr(request, "htmx", None)
    page = urlsplit((htmx and htmx.current_url_abs_path) or came_from(request, "/"))
    return page._replace(scheme="", netloc="", fragment="").geturl()


def came_from(request: HttpRequest, otherwise: str) -> str:
    """Return the page of ours that this request came from, else the address of `otherwise` (a name or a path)."""
    came = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came, {request.get_host()}, require_https=request.is_secure())
    return came if is_ours else resolve_url(otherwise)


def saved(content: bytes, name: str, kind: str) -> HttpResponse:
    """Answer with a file that the browser saves and never shows."""
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
