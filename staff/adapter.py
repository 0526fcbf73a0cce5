"""What allauth asks us."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from staff import signing_in


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: colleagues are invited. Links in mails lead to PUBLIC_URL, whatever host was asked."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, temp_key = key.partition("-")
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": temp_key})

    def send_password_reset_mail(self, user, email, context) -> None:
        signing_in.forgot_password(user)

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("staff:profile")


class MFAAdapter(DefaultMFAAdapter):
    """What a device shows and keeps with a passkey."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "Filo"}

    def generate_authenticator_name(self, user, type) -> str:
        return _("Passkey %(n)s") % {"n": Authenticator.objects.filter(user=user, type=type).count() + 1}
