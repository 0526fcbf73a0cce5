from crm.events.models import Event
from crm.events.reactions import on
from staff import mailing
from staff.models import Invitation


@on("user.invited")
def mail_the_invitation(event: Event) -> None:
    invitation = Invitation.objects.select_related("user", "by").filter(user=event.about_id, accepted_at=None).first()
    if invitation:
        mailing.invite(invitation)
