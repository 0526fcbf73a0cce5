"""How a conversation stands and what its card says: kept before a deed changes it, put back when that is undone."""

from typing import Any

from crm import undoing
from crm.events.recording import record
from crm.models import Undo, UndoPiece
from customers.touch import touch
from interactions import thread
from interactions.models import Conversation, Direction

Status = Conversation.Status
STATE = ("status", "settled_at", "settled_by_id")
CARD = (*thread.EMPTY, "waiting_since", "touched_at", "interaction_count")


def keep(kept: Undo, conversation: Conversation, *more: str) -> None:
    """Keep how a conversation stands and what its card says, before a deed changes it. more: what else it changes."""
    undoing.changing(kept, Conversation.objects.filter(pk=conversation.pk), *STATE, *CARD, *more)


def put_back(kept: Undo, piece: UndoPiece, *, by, stays_open: bool = False) -> None:
    """Let a conversation stand as before, but for what came into it meanwhile: their words keep it open.

    piece: what `keep` kept of it. stays_open: something else keeps it open too. Whatever becomes of it is told.
    Raises ChangedMeanwhile when it is gone.
    """
    conversation = Conversation.objects.filter(pk__in=piece.ids).first()
    if conversation is None:
        raise undoing.ChangedMeanwhile
    undone, was, but = _told(conversation), (piece.before or [{}])[0], set()
    if "interaction_count" in was:
        thread.redraw(conversation)
        if was["status"] == Status.SETTLED and (stays_open or _heard(conversation, kept)):
            but |= set(STATE)
        if _has_news(conversation, was):
            but |= set(CARD)
    undoing.write_back(piece, but=but)
    conversation.refresh_from_db()
    if not conversation.is_open:
        thread.answered(conversation)
    _tell(conversation, undone, by)


def _has_news(conversation: Conversation, was: dict[str, Any]) -> bool:
    """Tell whether something was said or queued meanwhile: then the card is as it was drawn anew."""
    return conversation.interaction_count != was["interaction_count"] or conversation.messages.answering().exists()


def _heard(conversation: Conversation, kept: Undo) -> bool:
    return conversation.interactions.filter(direction=Direction.IN, created_at__gte=kept.at).exists()


def _told(conversation: Conversation) -> dict[str, Any]:
    """Return what facts tell of how a conversation stands."""
    return {
        "status": conversation.status,
        "is_complaint": conversation.is_complaint,
        "customer": conversation.customer_id,
        "given": (conversation.owner_id, conversation.team_id),
    }


def _tell(conversation: Conversation, undone: dict[str, Any], by) -> None:
    """Tell what is different of a conversation since: undone is from `_told`."""
    is_settled, is_complaint = not conversation.is_open, conversation.is_complaint
    kinds = {
        "status": "conversation.settled" if is_settled else "conversation.reopened",
        "is_complaint": "complaint.marked" if is_complaint else "complaint.unmarked",
        "customer": "conversation.recognised",
        "given": "conversation.given",
    }
    now = _told(conversation)
    for name, kind in kinds.items():
        if now[name] != undone[name]:
            record(kind, about=conversation, customer=conversation.customer, by=by, is_undone=True)
    touch({conversation.customer_id, undone["customer"]})
