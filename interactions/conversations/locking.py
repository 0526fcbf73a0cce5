"""Whoever writes into a conversation locks it first: of two at once one comes after the other and sees what it did."""

from crm.problems import Problem
from interactions.models import Conversation


class Gone(Problem):
    """This conversation is not there any more: what was in it was moved. Load the page again."""

    code = "conversation_gone"
    is_page_old = True


class SaidMeanwhile(Problem):
    """They said something more meanwhile. Read that first."""

    code = "said_meanwhile"
    is_page_old = True


def lock_as_shown(conversation: Conversation, heard: str) -> None:
    """Lock it for who ends their waiting. heard: `Conversation.heard` as their page showed it, "" without a page.

    Raises SaidMeanwhile: nobody answers words that they have not seen. Raises Gone.
    """
    lock(conversation)
    if heard and heard != conversation.heard:
        raise SaidMeanwhile


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
