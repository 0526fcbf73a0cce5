"""How somebody wants to read Filo: theme and language, from any page, signed in or not."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from crm.access import open_to_all
from crm.http import came_from, is_fragment
from crm.jinja2 import THEMES

YEAR = 365 * 24 * 3600  # seconds


@require_POST
@open_to_all("It changes only the looks for this reader, and is protected by the CSRF token.")
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep theme and language in cookies, and with the user where one is signed in."""
    chosen = {name: value for name, allowed in _allowed().items() if (value := request.POST.get(name)) in allowed}
    if request.user.is_authenticated and chosen:
        get_user_model().objects.filter(pk=request.user.pk).update(**chosen)
    response = HttpResponse(status=204) if is_fragment(request) else redirect(came_from(request, "/"))
    if "theme" in chosen:
        response.set_cookie("theme", chosen["theme"], max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    if "language" in chosen:
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, chosen["language"], max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    return response


def _allowed() -> dict[str, tuple[str, ...]]:
    return {"theme": THEMES, "language": tuple(settings.INTERFACE_LANGUAGES)}
