"""A conversation begins: the only place that creates one, or removes one in which nothing is left."""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import undoing
from crm.events.recording import record
from crm.models import Undo, UndoPiece
from customers.models import Customer
from interactions.models import Call, Conversation
from staff.access import first_who_may

LONGEST_SUBJECT = 80  # characters of the words that name a conversation


@transaction.atomic
def open(conversation: Conversation, *, by=None) -> Conversation:
    """Open a matter, told as a Conversation that is not saved yet, and return it.

    What was not said of it: its owner is the customer's keeper, its team the customer's, the mailbox' or the owner's,
    it begins now. Whoever has left or may not read it owns none: it lies with the team. by: who of us opened it; None:
    they did.
    """
    customer, mailbox = conversation.customer, conversation.mailbox
    whose = (conversation.owner, customer.keeper if customer else None)
    conversation.subject = conversation.subject.replace("\x00", "") or _("Conversation")
    conversation.owner = first_who_may(Conversation.RIGHT, *whose)
    teams = (one.team for one in (customer, mailbox, conversation.owner, *whose) if one)
    conversation.team = conversation.team or next((team for team in teams if team), None)
    conversation.opened_at = conversation.touched_at = conversation.opened_at or now()
    conversation.save(force_insert=True)
    record("conversation.opened", about=conversation, customer=customer, by=by, subject=conversation.subject)
    return conversation


def open_about(words: str, customer: Customer | None, *, by, at: datetime | None = None) -> Conversation:
    """Open a matter that is called by the first line of `words`, owned by `by`, and return it."""
    return open(Conversation(customer=customer, subject=named_by(words), owner=by, opened_at=at or now()), by=by)


def named_by(words: str) -> str:
    """Return what a matter is called that begins with these words: their first line, cut where it is long."""
    first = next((line.strip() for line in words.splitlines() if line.strip()), "")
    is_short = len(first) <= LONGEST_SUBJECT
    return first if is_short else first[:LONGEST_SUBJECT].rsplit(" ", 1)[0] + " …"


def began(conversation: Conversation, at: datetime) -> None:
    """Say that it began earlier than we knew. Harmless when it did not."""
    Conversation.objects.filter(pk=conversation.pk, opened_at__gt=at).update(opened_at=at)


@transaction.atomic
def remove_if_empty(conversation: Conversation, *, by=None, kept: Undo | None = None) -> bool:
    """Remove a conversation in which nothing is left to be read, kept or sent; return whether it is gone.

    kept: of the deed that left it empty, so that `bring_back` can undo it.
    """
    if conversation.interactions.exists() or conversation.tasks.exists() or conversation.messages.exists():
        return False
    record("conversation.removed", about=conversation, customer=conversation.customer, by=by)
    if kept is not None:
        undoing.changing(kept, Call.objects.filter(conversation=conversation), "conversation")
        undoing.removing(kept, Conversation.objects.filter(pk=conversation.pk))
    Conversation.objects.filter(pk=conversation.pk).delete()
    return True


def bring_back(piece: UndoPiece, *, by=None) -> None:
    """Undo that conversations were removed: they are there again, as they were."""
    undoing.write_back(piece)
    for conversation in Conversation.objects.filter(pk__in=piece.ids):
        record("conversation.opened", about=conversation, customer=conversation.customer, by=by, is_undone=True)
