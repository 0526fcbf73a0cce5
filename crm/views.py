"""Pages that belong to no room: health, errors, the palette's results, Undo."""

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm import undoing
from crm.access import signed_in
from crm.http import came_from, current_page, is_fragment, notice
from crm.models import Undo
from crm.shell import commands, find


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """The database answers, so requests can be served."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@signed_in
def palette(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    rows = find(request, text) if len(text) >= 2 else []
    taking = [] if rows or len(text) < 2 else [command for command in commands(request) if command.takes]
    context = {"text": text, "found": rows, "taking": taking, "commands": commands(request, text)}
    return render(request, "ui/_palette.html", context)


@require_POST
@signed_in
def undo(request: HttpRequest, undo_id: int) -> HttpResponse:
    """Take back what this colleague did, and open the page `to`, or where the click came from."""
    kept = get_object_or_404(Undo, pk=undo_id, by=request.user)
    right = undoing.right(kept.kind)
    if not right or not request.user.may(right):
        raise PermissionDenied
    undoing.undo(kept, by=request.user)
    to = request.GET.get("to", "")
    to = iri_to_uri(to) if url_has_allowed_host_and_scheme(to, None) else ""
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": to} if to else {"HX-Refresh": "true"})
    return redirect(to or came_from(request, "/"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    words = str(exception or "") or _("It belongs to other colleagues, or to another role. Nothing was changed.")
    if is_fragment(request):  # a page would be put into the part that asked, over what is written there
        return notice("errors/_notice.html", {"problem": words, "old": ""}, status=403)
    return render(request, "errors/403.html", {"problem": words}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs no context, no database and no user: any of them may be what failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page is older than the sign-in: somebody signed in again in another tab, or cookies are off."""
    if is_fragment(request):
        return notice("errors/_older.html", {"page": current_page(request)}, status=403)
    return HttpResponse(render_to_string("errors/csrf.html"), status=403)
