"""How a conversation stands: settled, reopened, given to somebody, called a complaint. The only place that says so."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Problem
from customers.touch import touch
from interactions import recognising, thread
from interactions.models import Conversation

Status = Conversation.Status


class AlreadySettled(Problem):
    """This conversation was already settled."""

    code = "already_settled"


class NotSettled(Problem):
    """This conversation is open."""

    code = "not_settled"


@transaction.atomic
def settle(conversation: Conversation, *, by, answer: str = "") -> None:
    """Close a conversation: nothing waits in it any more. Its promises stay open. Raises AlreadySettled."""
    closed = {"status": Status.SETTLED, "settled_at": now(), "settled_by": by}
    if not Conversation.objects.open().filter(pk=conversation.pk).update(**closed):
        raise AlreadySettled(_("This conversation was already settled."))
    thread.answered(conversation)
    _tell("conversation.settled", conversation, by, answer=answer)


@transaction.atomic
def reopen(conversation: Conversation, *, by=None, because: str = "") -> None:
    """Open a settled conversation again: they answered, or a colleague changed their mind. Raises NotSettled."""
    settled = Conversation.objects.filter(pk=conversation.pk, status=Status.SETTLED)
    if not settled.update(status=Status.OPEN, settled_at=None, settled_by=None):
        raise NotSettled(_("This conversation is open."))
    _tell("conversation.reopened", conversation, by, because=because)


@transaction.atomic
def complain(conversation: Conversation, *, by) -> None:
    """Say that this conversation is a complaint: while it is open, nobody offers them anything. Harmless twice."""
    if Conversation.objects.filter(pk=conversation.pk, is_complaint=False).update(is_complaint=True):
        _tell("complaint.marked", conversation, by)


@transaction.atomic
def calm(conversation: Conversation, *, by) -> None:
    """Say that this conversation is no complaint, or none any more. Harmless twice."""
    if Conversation.objects.filter(pk=conversation.pk, is_complaint=True).update(is_complaint=False):
        _tell("complaint.unmarked", conversation, by)


@transaction.atomic
def give(conversation: Conversation, *, by, to=None, team=None) -> None:
    """Hand a conversation to a colleague, a team, or (neither) to nobody. Its customer is opened to the colleague."""
    Conversation.objects.filter(pk=conversation.pk).update(
        owner=to, team=team or (to.team if to else None) or conversation.team
    )
    if to is not None and conversation.customer is not None:
        recognising.open_to(to, [conversation.customer], because="handed")
    given = {"to": to.pk if to else None, "team": team.pk if team else None}
    _tell("conversation.given", conversation, by, **given)


def standing(conversation: Conversation) -> dict[str, Any]:
    """Return how it stands, in values that fit into JSON: `put_back` takes them, or some of them."""
    settled_at = conversation.settled_at
    return {
        "status": conversation.status,
        "settled_at": settled_at.isoformat() if settled_at else None,
        "settled_by_id": conversation.settled_by_id,
        "is_complaint": conversation.is_complaint,
        "owner_id": conversation.owner_id,
        "team_id": conversation.team_id,
    }


@transaction.atomic
def put_back(conversation: Conversation, stood: dict[str, Any], *, by=None) -> None:
    """Let it stand as it did, because what changed that is undone; what is not in `stood` stays."""
    conversation.refresh_from_db()
    before = standing(conversation)
    changes = {name: value for name, value in stood.items() if before[name] != value}
    if not changes:
        return
    if changes.get("settled_at"):
        changes["settled_at"] = datetime.fromisoformat(changes["settled_at"])
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    if changes.get("status") == Status.SETTLED:
        thread.answered(conversation)
    for kind in _changed(changes):
        _tell(kind, conversation, by, is_undone=True)


def _changed(changes: dict[str, Any]) -> list[str]:
    """Return what is to be told of changes: the kinds of their facts."""
    kinds = []
    if "status" in changes:
        kinds.append("conversation.settled" if changes["status"] == Status.SETTLED else "conversation.reopened")
    if "is_complaint" in changes:
        kinds.append("complaint.marked" if changes["is_complaint"] else "complaint.unmarked")
    if "owner_id" in changes or "team_id" in changes:
        kinds.append("conversation.given")
    return kinds


def _tell(kind: str, conversation: Conversation, by, **data: Any) -> None:
    conversation.refresh_from_db()
    record(kind, about=conversation, customer=conversation.customer, by=by, **data)
    touch([conversation.customer_id])
