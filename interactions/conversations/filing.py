"""What was said is written down: the only place that writes an interaction, draws the card after it and tells of it."""

from django.db import connection, transaction

from crm.events.recording import record
from customers.touch import touch
from interactions import thread
from interactions.conversations import locking
from interactions.models import Direction, Interaction, Original


@transaction.atomic
def file(interaction: Interaction, *, raw: bytes = b"", **told) -> Interaction:
    """Write down one touch, given as an Interaction that is not saved yet, and return it.

    raw: the message byte for byte. told: what else its fact says. Their words, which none of us wrote down, were
    received; all else was logged. What a machine answered or sent back is filed and tells nothing here.
    What is filed in a customer's conversation is that customer's. Raises Gone.
    """
    place = interaction.conversation
    locking.lock(place)
    if place is not None and place.customer_id is not None:
        interaction.customer = place.customer
    interaction.save(force_insert=True)
    if raw:
        Original.objects.create(interaction=interaction, raw=raw)
    thread.said(interaction)
    touch([interaction.customer_id])
    if interaction.kind not in thread.QUIET_KINDS:
        is_theirs = interaction.direction == Direction.IN and interaction.author_id is None
        record(
            "interaction.received" if is_theirs else "interaction.logged",
            about=interaction, customer=interaction.customer, by=interaction.author, channel=interaction.channel,
            direction=interaction.direction, outcome=interaction.outcome, conversation=interaction.conversation_id,
            **told,
        )  # fmt: skip
    return interaction


def file_sent(subjects: dict[int, str]) -> int:
    """Write down messages that have left, by the subject that each reader saw; return how many. In the transaction
    that made them sent and gave each the number of its interaction.

    One statement for all. Those of a conversation then update its card; one-to-many ones have none. No fact is told:
    queueing or launching them was the decision.
    """
    with connection.cursor() as cursor:
        cursor.execute(SENT, [list(subjects), list(subjects.values())])
        made = cursor.fetchall()
    personal = [pk for pk, _, conversation_id in made if conversation_id]
    for interaction in Interaction.objects.filter(pk__in=personal).order_by("id"):
        thread.said(interaction, was_queued=True)
    touch(customer_id for _, customer_id, _ in made)
    return len(made)


SENT = """
INSERT INTO interactions_interaction (
    id, customer_id, conversation_id, channel, direction, kind, occurred_at, author_id, from_address, to_address,
    subject, words, quoted, html, language, outcome, attachments, message_ref, origin, origin_id, created_at)
SELECT m.interaction_id, m.customer_id, m.conversation_id, m.channel, 'out', 'message', m.sent_at, m.author_id, '',
    m.to_address, r.subject, m.body_text, '', '', '', '', '[]', m.message_ref, m.origin, m.origin_id, now()
FROM unnest(%s::bigint[], %s::text[]) AS r (id, subject) JOIN interactions_message m ON m.id = r.id
RETURNING id, customer_id, conversation_id
"""


@transaction.atomic
def take_back(interaction: Interaction, *, by=None) -> None:
    """Remove an interaction whose deed is undone, and draw the card as if it had never been."""
    conversation = interaction.conversation
    record(
        "interaction.taken_back", about=interaction, customer=interaction.customer, by=by, channel=interaction.channel,
        direction=interaction.direction, outcome=interaction.outcome, conversation=interaction.conversation_id,
    )  # fmt: skip
    Interaction.objects.filter(pk=interaction.pk).delete()
    touch([interaction.customer_id])
    if conversation is not None:
        thread.redraw(conversation)
