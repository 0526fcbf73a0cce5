"""A conversation is settled, reopened, given to somebody, called a complaint."""

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Problem
from customers.touch import touch
from interactions import recognising
from interactions.models import Conversation


class AlreadySettled(Problem):
    """This conversation was already settled."""

    code = "already_settled"


class NotSettled(Problem):
    """This conversation is open."""

    code = "not_settled"


@transaction.atomic
def settle(conversation: Conversation, *, by, answer: str = "") -> None:
    """Close a conversation: nothing waits in it any more. Its promises stay open. Raises AlreadySettled."""
    closed = {"status": Conversation.Status.SETTLED, "settled_at": now(), "settled_by": by, "waiting_since": None}
    if not Conversation.objects.open().filter(pk=conversation.pk).update(**closed):
        raise AlreadySettled(_("This conversation was already settled."))
    conversation.refresh_from_db()
    record("conversation.settled", about=conversation, customer=conversation.customer, by=by, answer=answer)
    touch([conversation.customer_id])


@transaction.atomic
def reopen(conversation: Conversation, *, by=None, because: str = "") -> None:
    """Open a settled conversation again: they answered, or a colleague changed their mind. Raises NotSettled."""
    settled = Conversation.objects.filter(pk=conversation.pk, status=Conversation.Status.SETTLED)
    if not settled.update(status=Conversation.Status.OPEN, settled_at=None, settled_by=None):
        raise NotSettled(_("This conversation is open."))
    conversation.refresh_from_db()
    record("conversation.reopened", about=conversation, customer=conversation.customer, by=by, because=because)
    touch([conversation.customer_id])


@transaction.atomic
def give(conversation: Conversation, *, by, to=None, team=None) -> None:
    """Hand a conversation to a colleague, a team, or (neither) to nobody. Its customer is opened to the colleague."""
    Conversation.objects.filter(pk=conversation.pk).update(
        owner=to, team=team or (to.team if to else None) or conversation.team
    )
    conversation.refresh_from_db()
    if to is not None and conversation.customer is not None:
        recognising.open_to(to, [conversation.customer], because="handed")
    record(
        "conversation.given", about=conversation, customer=conversation.customer, by=by,
        to=to.pk if to else None, team=team.pk if team else None,
    )  # fmt: skip


@transaction.atomic
def mark_complaint(conversation: Conversation, is_complaint: bool) -> None:
    """Say whether this conversation is a complaint: while one is open, nobody is offered anything."""
    Conversation.objects.filter(pk=conversation.pk).update(is_complaint=is_complaint)
    conversation.is_complaint = is_complaint
    touch([conversation.customer_id])
