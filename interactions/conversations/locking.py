"""Whoever writes into a conversation locks it first: of two at once one comes after the other and sees what it did."""

from crm.problems import Problem
from interactions.models import Conversation


class Gone(Problem):
    """This conversation is not there any more: what was in it was moved. Load the page again."""

    code = "conversation_gone"


def lock(*conversations: Conversation | None) -> None:
    """Lock these, in one order, until the transaction ends, and read them anew. None among them is left out.

    Who locks what points at them too (interactions, promises, calls, messages) does that before. Raises Gone.
    """
    rows = Conversation.objects.select_for_update(no_key=True)
    for conversation in sorted((one for one in conversations if one is not None), key=lambda one: one.pk):
        try:
            conversation.refresh_from_db(from_queryset=rows)
        except Conversation.DoesNotExist:
            raise Gone from None
