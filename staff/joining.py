"""A colleague is invited, and joins by a signed link that works once and for three days."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm.events.recording import record
from crm.problems import Problem
from staff.models import Invitation, Organisation, Team, User

LASTS = timedelta(days=3)
SALT = "staff.invitation"


class AlreadyHere(Problem):
    """Somebody with this e-mail address works here already."""

    code = "already_here"


class InvitationOver(Problem):
    """This invitation has expired, was used, or was replaced by a newer one. Ask your administrator for another."""

    code = "invitation_over"
    status = 410


@transaction.atomic
def invite(email: str, *, role: str, by: User, name: str = "", team: Team | None = None) -> Invitation:
    """Ask somebody to join; the mail follows from the fact. Raises AlreadyHere."""
    email = email.strip().lower()
    here = AlreadyHere(_("%(email)s works here already, or was invited. Look under People.") % {"email": email})
    if User.objects.filter(email=email).exists():
        raise here
    waits = {"is_active": False, "time_zone": Organisation.current().time_zone}
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, None, name=name.strip() or email, role=role, team=team, **waits)
    except IntegrityError:  # somebody else invited them this moment
        raise here from None
    invitation = Invitation.objects.create(user=user, by=by, sent_at=now())
    record("user.invited", about=user, by=by, email=email, role=role)
    return invitation


@transaction.atomic
def invite_again(invitation: Invitation, *, by: User) -> None:
    """Send a new link; the old one stops working. Raises InvitationOver if it was accepted."""
    if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(sent_at=now(), by=by):
        raise InvitationOver(_("%(name)s has joined already.") % {"name": invitation.user})
    invitation.refresh_from_db()
    record("user.invited", about=invitation.user, by=by, email=invitation.user.email, role=invitation.user.role)


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User) -> None:
    """Take back an invitation that nobody used, and the colleague-to-be with it. Raises InvitationOver."""
    open_one = Invitation.objects.select_for_update().filter(pk=invitation.pk, accepted_at=None).first()
    if open_one is None:
        raise InvitationOver(_("%(name)s has joined already.") % {"name": invitation.user})
    record("user.changed", about=open_one.user, by=by, email=open_one.user.email, withdrawn=True)
    open_one.user.delete()


def link(invitation: Invitation) -> str:
    """Return the address that the invited colleague opens."""
    token = signing.dumps([invitation.pk, invitation.sent_at.isoformat()], salt=SALT)
    return settings.PUBLIC_URL + reverse("staff:join", args=[token])


def read(token: str) -> Invitation:
    """Return the open invitation of a link. Raises InvitationOver."""
    try:
        pk, sent_at = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        raise InvitationOver() from None
    found = Invitation.objects.select_related("user", "by").filter(
        pk=pk, sent_at=datetime.fromisoformat(sent_at), sent_at__gt=now() - LASTS, accepted_at=None
    )
    if not (invitation := found.first()):
        raise InvitationOver()
    return invitation


@transaction.atomic
def join(invitation: Invitation, *, name: str, password: str) -> User:
    """Let the invited colleague in, once. Raises InvitationOver if somebody was faster."""
    fresh = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, sent_at=invitation.sent_at)
    if not fresh.update(accepted_at=now()):
        raise InvitationOver()
    user = User.objects.get(pk=invitation.user_id)
    user.name, user.is_active = name.strip(), True
    user.set_password(password)
    user.save(update_fields=["name", "is_active", "password"])
    record("user.joined", about=user, by=user)
    return user
