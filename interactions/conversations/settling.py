"""How a conversation stands: settled, reopened, given to somebody, called a complaint. The only place that says so."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import undoing
from crm.events.recording import record
from crm.models import Undo
from crm.problems import Invalid, Problem
from customers.touch import touch
from interactions import recognising, thread
from interactions.conversations import locking, standing
from interactions.models import Conversation

Status = Conversation.Status


class AlreadySettled(Problem):
    """This conversation was already settled."""

    code = "already_settled"


class NotSettled(Problem):
    """This conversation is open."""

    code = "not_settled"


class MayNotOwn(Invalid):
    """This colleague may not open conversations."""

    code = "may_not_own"


@transaction.atomic
def settle(conversation: Conversation, *, by, answer: str = "", heard: str = "", part_of: Undo | None = None) -> None:
    """Close a conversation: nothing waits in it any more. Its promises stay open.

    heard: up to where whoever closes it has read. part_of: what the deed keeps of the conversation that this is a part
    of; None: this can be undone by itself. Raises AlreadySettled, SaidMeanwhile, Gone.
    """
    locking.lock_as_shown(conversation, heard)
    if part_of is None:
        standing.keep(undoing.keep("conversation.settled", about=conversation, by=by), conversation)
    closed = {"status": Status.SETTLED, "settled_at": now(), "settled_by": by}
    if not Conversation.objects.open().filter(pk=conversation.pk).update(**closed):
        raise AlreadySettled(_("This conversation was already settled."))
    thread.answered(conversation)
    _tell("conversation.settled", conversation, by, answer=answer)


@transaction.atomic
def reopen(conversation: Conversation, *, by=None, because: str = "") -> None:
    """Open a settled conversation again: they answered, or a colleague changed their mind. Raises NotSettled, Gone."""
    locking.lock(conversation)
    settled = Conversation.objects.filter(pk=conversation.pk, status=Status.SETTLED)
    if not settled.update(status=Status.OPEN, settled_at=None, settled_by=None):
        raise NotSettled(_("This conversation is open."))
    _tell("conversation.reopened", conversation, by, because=because)


def reopen_if_waiting(conversation: Conversation, *, by=None, because: str = "") -> None:
    """Open a settled conversation again if words of theirs wait in it, because what answered them is gone."""
    if not conversation.is_open and conversation.waiting_since:
        reopen(conversation, by=by, because=because)


@transaction.atomic
def take_back(conversation: Conversation, *, by) -> None:
    """Open a conversation again that was settled by mistake: as it was, while that can be undone; else just open.

    Raises NotSettled and ChangedMeanwhile.
    """
    kept = undoing.last(conversation, "conversation.settled")
    if kept and kept.is_open:
        undoing.undo(kept, by=by)
        conversation.refresh_from_db()
    else:
        reopen(conversation, by=by)


@undoing.undoes("conversation.settled", right="interactions.settle")
def _unsettle(kept: Undo, by) -> None:
    for piece in kept.pieces.all():
        standing.put_back(kept, piece, by=by)


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
def give(conversation: Conversation, *, by, to=None, team=None, part_of: Undo | None = None) -> None:
    """Hand a conversation to a colleague, a team, or (neither) to nobody. Its customer is opened to the colleague.

    part_of: what the deed keeps, with the conversation's owner and team, that this is a part of. Harmless where it is
    theirs already. Raises MayNotOwn, Gone.
    """
    if to is not None and not to.may(Conversation.RIGHT):
        raise MayNotOwn(_("%(name)s may not open conversations. Choose a colleague who may.") % {"name": to})
    locking.lock(conversation)
    lies_with = team or (to.team if to else None) or conversation.team
    if (conversation.owner, conversation.team) == (to, lies_with):
        return
    Conversation.objects.filter(pk=conversation.pk).update(owner=to, team=lies_with)
    if to is not None and conversation.customer is not None:
        recognising.open_to(to, [conversation.customer], because="handed", kept=part_of)
    given = {"to": to.pk if to else None, "team": team.pk if team else None}
    _tell("conversation.given", conversation, by, **given)


def _tell(kind: str, conversation: Conversation, by, **data: Any) -> None:
    conversation.refresh_from_db()
    record(kind, about=conversation, customer=conversation.customer, by=by, **data)
    touch([conversation.customer_id])
