"""The conversations of a deed that is undone: what it opened goes, what it emptied is back, others stand again."""

from django.db import transaction

from crm.models import Undo
from crm.undoing import How
from interactions.conversations import opening, standing
from interactions.models import Conversation


@transaction.atomic
def revert(kept: Undo, *, by, stays_open: bool = False, in_part: bool = False) -> None:
    """Let the conversations of a deed stand as before it, once what it wrote is gone and what it moved is back.

    One that it opened is removed, unless something came into it. stays_open as in `standing.put_back`. Raises
    ChangedMeanwhile for one that is gone; in_part: it is passed over.
    """
    for piece in kept.pieces.filter(model=Conversation._meta.label_lower).order_by("-number"):
        there = Conversation.objects.filter(pk__in=piece.ids)
        if piece.how == How.MADE:
            for conversation in there:
                opening.remove_if_empty(conversation, by=by)
        elif piece.how == How.REMOVED:
            opening.bring_back(piece, by=by)
        elif not in_part or there.exists():
            standing.put_back(kept, piece, by=by, stays_open=stays_open)
