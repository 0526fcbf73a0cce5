"""Whom to pick up first today: the rule of next_step, across one colleague's customers."""

from datetime import datetime

from django.utils.timezone import now

from customers.models import Customer
from interactions import thread, waiting
from interactions.models import Conversation, Task
from interactions.thread import Card

ORDER = ("answer", "complaint", "late", "today", "ask", "nothing")
LOOKED_AT = 10  # the likeliest customers of each kind


def first(user, *, skip: frozenset[int] = frozenset(), at: datetime | None = None) -> Card | None:
    """Return the card of the customer who should be picked up first, None if nothing presses.

    skip: customers that this colleague put aside for now. Those who wait longest come first within one kind.
    """
    at = at or now()
    mine = Conversation.objects.filter(owner=user, customer__isnull=False).exclude(customer__in=skip)
    waits = waiting.unanswered(mine).order_by("waiting_since", "id").values_list("customer_id", flat=True)
    complaints = mine.open().filter(is_complaint=True).order_by("touched_at").values_list("customer_id", flat=True)
    tasks = Task.objects.open().filter(owner=user, customer__isnull=False).exclude(customer__in=skip)
    owed = tasks.due_today(at).order_by("due_at", "id").values_list("customer_id", flat=True)
    ranked = list(dict.fromkeys([*waits[:LOOKED_AT], *complaints[:LOOKED_AT], *owed[:LOOKED_AT]]))
    if not ranked:
        return None
    known = Customer.objects.select_related("account").in_bulk(ranked)
    cards = thread.cards([known[pk] for pk in ranked if pk in known], user, at=at)
    pressing = [cards[pk] for pk in ranked if pk in cards and cards[pk].step.kind not in ("ask", "nothing")]
    return min(pressing, key=lambda card: ORDER.index(card.step.kind), default=None)
