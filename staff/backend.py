from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


class Backend(AuthenticationBackend):
    """Who may be signed in, at the door and with every request after it."""

    def user_can_authenticate(self, user) -> bool:
        """Colleagues at work; those of the demo company never in production, where their password is known to all."""
        return super().user_can_authenticate(user) and not (settings.PRODUCTION and user.is_demo)
