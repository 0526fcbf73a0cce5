from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings

from staff.models import User


class Backend(AuthenticationBackend):
    """Who may be signed in, at the door and with every request after it."""

    def user_can_authenticate(self, user) -> bool:
        """Colleagues at work; those of the demo company never in production, where their password is known to all."""
        return super().user_can_authenticate(user) and not (settings.PRODUCTION and user.is_demo)

    def get_user(self, user_id: int) -> User | None:
        """Return who is signed in, with their team, whose name every page shows."""
        user = User.objects.select_related("team").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
