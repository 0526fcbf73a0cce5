"""What a message is sent and paid in: by our own price before it leaves, then by the other side's bill."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import connection

from interactions.models import Message

SENT_IN = """
UPDATE interactions_message m SET parts = r.parts, part_cost = %s, cost_currency = %s
FROM unnest(%s::bigint[], %s::smallint[]) AS r (id, parts) WHERE m.id = r.id
"""


def sent_in(parts: Mapping[int, int], *, cost: Decimal | None, currency: str) -> None:
    """Note in how many parts messages are sent, by number, and what one costs now: one statement for all."""
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(SENT_IN, [cost, currency, list(parts), list(parts.values())])


def billed(message: Message, *, parts: int, cost: Decimal, currency: str) -> None:
    """It was sent in so many parts, and all of them cost so much."""
    each = (cost / parts).quantize(Decimal("0.00001"))
    Message.objects.filter(pk=message.pk).update(parts=parts, part_cost=each, cost_currency=currency)
