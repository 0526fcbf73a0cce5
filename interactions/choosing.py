"""Which conversation something belongs to when nothing says so: the rule, and what a person is offered."""

import re

from django.db.models import Case, Exists, OuterRef, Q, Value, When

from customers.models import Customer
from interactions.models import Conversation, Interaction, Task

CANDIDATES = 5
ANSWERED = re.compile(r"^\s*(?:(?:re|r|aw|antw|sv|rif|fwd?|wg|i|tr|rv|enc)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def only(customer: Customer) -> Conversation | None:
    """Return the customer's only conversation that is unsettled or holds an unkept promise, however old; else None."""
    promised = Task.objects.open().filter(conversation=OuterRef("pk"))
    open_ones = Conversation.objects.filter(customer=customer).filter(Q(status="open") | Exists(promised))
    found = list(open_ones.select_related("customer", "owner")[:2])
    return found[0] if len(found) == 1 else None


def candidates(interaction: Interaction, limit: int = CANDIDATES) -> list[Conversation]:
    """Return other conversations it may belong to: with an open promise, then unsettled, then last touched."""
    if interaction.customer_id is None:
        return []
    promised = Task.objects.open().filter(conversation=OuterRef("pk"))
    rank = Case(When(Exists(promised), then=Value(0)), When(status="open", then=Value(1)), default=Value(2))
    others = Conversation.objects.filter(customer=interaction.customer_id).exclude(pk=interaction.conversation_id or 0)
    return list(others.annotate(rank=rank).order_by("rank", "-touched_at", "-id")[:limit])


def subject(text: str) -> str:
    """Return a subject without "Re:" and its cousins, at most 250 characters."""
    return ANSWERED.sub("", text.replace("\x00", "")).strip()[:250]
