"""Mail to colleagues: plain SMTP. Nothing here is for customers, and nothing goes through the outbox."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from staff import joining, signing_in
from staff.models import Invitation, Organisation, User

PARTS = ("subject", "message")


def invite(invitation: Invitation) -> None:
    """Send an invitation with its link, in the language of who invites. Raises OSError, smtplib.SMTPException."""
    context = {"invitation": invitation, "organisation": Organisation.current(), "link": joining.link(invitation)}
    language = invitation.by.language if invitation.by else settings.LANGUAGE_CODE
    with translation.override(language):
        subject, _, text = render_to_string("staff/mail/invitation.txt", context).partition("\n")
    send_mail(subject.strip(), text.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [invitation.user.email])


def new_password(user: User) -> None:
    """Send a link to choose a new password, in the reader's language. Raises OSError, smtplib.SMTPException."""
    context = {"password_reset_url": signing_in.new_password_link(user)}
    with translation.override(user.language):
        subject, text = (render_to_string(f"account/email/password_reset_key_{part}.txt", context) for part in PARTS)
    send_mail(subject.strip(), text.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [user.email])
