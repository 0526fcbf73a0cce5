from crm.events.models import Event
from crm.events.reactions import on
from staff import mailing
from staff.models import Invitation, User


@on("user.invited")
def mail_the_invitation(event: Event) -> None:
    invitation = Invitation.objects.select_related("user", "by").filter(user=event.about_id, accepted_at=None).first()
    if invitation:
        mailing.invite(invitation)


@on("password.forgotten", is_quick=True)
def mail_a_new_password(event: Event) -> None:
    user = User.objects.at_work().filter(pk=event.about_id).first()
    if user:
        mailing.new_password(user)
