"""Who is not signed in is asked to; and each reader's language and time zone, for the length of one request."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.utils import timezone, translation

from crm.http import current_page, is_fragment, notice


class SignInMiddleware(LoginRequiredMiddleware):
    """A page leads to the sign-in page and back. A part is answered 401: the page, and the words on it, stay."""

    def handle_no_permission(self, request, view_func):
        if is_fragment(request):
            sign_in = redirect_to_login(current_page(request)).url
            return notice("errors/_signed_out.html", {"sign_in": sign_in}, status=401)
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(current_page(request))  # never back to an address that only takes a POST


class PreferencesMiddleware:
    """Activate what the signed-in user set; strangers get what their browser asks for, and UTC."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        if user.language in settings.INTERFACE_LANGUAGES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        try:
            timezone.activate(ZoneInfo(user.time_zone))
        except (ZoneInfoNotFoundError, ValueError):
            timezone.activate(ZoneInfo("UTC"))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()
