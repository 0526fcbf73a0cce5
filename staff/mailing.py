"""Mail to colleagues: plain SMTP. Nothing here is for customers, and nothing goes through the outbox."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from staff import joining
from staff.models import Invitation, Organisation


def invite(invitation: Invitation) -> None:
    """Send an invitation with its link, in the language of who invites. Raises OSError, smtplib.SMTPException."""
    context = {"invitation": invitation, "organisation": Organisation.current(), "link": joining.link(invitation)}
    language = invitation.by.language if invitation.by else settings.LANGUAGE_CODE
    with translation.override(language):
        subject, _, text = render_to_string("staff/mail/invitation.txt", context).partition("\n")
    send_mail(subject.strip(), text.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [invitation.user.email])
