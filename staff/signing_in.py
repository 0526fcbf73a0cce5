"""A colleague who forgot the password gets a link by mail, which works once and for three days."""

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction

from crm.events.recording import record
from staff.models import User


@transaction.atomic
def forgot_password(user: User) -> None:
    """Say that a colleague, or somebody in their name, asked for a new password; the mail follows from the fact.

    Not at once: how long our mail server takes, and whether it answers at all, would tell strangers who works here.
    """
    record("password.forgotten", about=user)


def new_password_link(user: User) -> str:
    """Return the address where this colleague chooses a new password."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return get_adapter().get_reset_password_from_key_url(f"{user_pk_to_url_str(user)}-{token}")
