"""Which conversation something belongs to when nothing says so: the rule, and what a person is offered."""

import re

from django.db.models import Case, Exists, OuterRef, Q, Value, When

from customers.models import Customer
from interactions.models import Conversation, Interaction, Task

CANDIDATES = 5
# What mail programs put before a subject, each in its language, some with a number, and what servers put there.
PASSED_ON = re.compile(
    r"(?:re|res|r|aw|antw|sv|vs|odp|ynt|rif|fwd?|wg|i|tr|rv|enc|vb|回复|答复|回覆|转发|轉寄)"
    r"\s*(?:\[\d+\]|\(\d+\)|[*^]\d+)?\s*[:：]\s*",
    re.IGNORECASE,
)
NOTE = re.compile(r"(\[[^\[\]]{1,60}\])\s*")  # [EXTERNAL], the name of a list


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
    """Return a subject without "Re:" and its cousins, at most 250 characters; each note in brackets before it once."""
    rest, notes = text.replace("\x00", "").strip(), dict[str, str]()
    while found := PASSED_ON.match(rest) or NOTE.match(rest):
        if found.re is NOTE:
            notes.setdefault(found[1].lower(), found[1])
        rest = rest[found.end() :]
    return " ".join([*notes.values(), rest]).strip()[:250]
