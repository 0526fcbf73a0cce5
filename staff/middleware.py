"""Each reader's language and time zone, for the length of one request."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone, translation


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
