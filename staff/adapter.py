"""What allauth asks us."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: colleagues are invited. Links in mails lead to PUBLIC_URL, whatever host was asked."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, temp_key = key.partition("-")
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": temp_key})

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("staff:profile")
