"""An arrival goes to another conversation, a conversation to the customer whose it is; what points at them follows."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Problem
from customers.models import Customer
from customers.touch import touch
from interactions import thread
from interactions.conversations import opening, settling
from interactions.models import Call, Conversation, Interaction, Message, Task

Anybodys = QuerySet[Interaction] | QuerySet[Task] | QuerySet[Message] | QuerySet[Call]


class CannotMove(Problem):
    """This cannot be moved there."""

    code = "cannot_move"


@transaction.atomic
def move(interaction: Interaction, *, to: Conversation | None, by) -> Conversation:
    """Move one interaction to another conversation, or (to None) to a new one of its own; return that.

    Its promises, its call and its message go with it. A conversation that is left empty is removed; a settled one that
    gets unanswered words opens again. Raises CannotMove across customers.
    """
    source = interaction.conversation
    if to is not None and to.customer_id != interaction.customer_id and interaction.customer_id is not None:
        raise CannotMove(_("This conversation is another customer's. Move the whole conversation instead."))
    target = to or _alone(interaction, by)
    if source == target:
        return target
    whose = target.customer if interaction.customer_id is None else interaction.customer
    Interaction.objects.filter(pk=interaction.pk).update(conversation=target, customer=whose)
    Message.objects.filter(interaction=interaction).update(conversation=target)
    Task.objects.filter(interaction=interaction).update(conversation=target, customer=target.customer)
    Call.objects.filter(interaction=interaction).update(conversation=target, customer=whose)
    record(
        "interaction.moved", about=interaction, customer=target.customer, by=by,
        source=source.pk if source else None, to=target.pk,
    )  # fmt: skip
    _notice(target)
    _redraw(source, target, by)
    interaction.refresh_from_db()
    return target


@transaction.atomic
def join(conversation: Conversation, *, to: Conversation, by) -> Conversation:
    """Move all words and promises of one conversation into another of the same customer, or of Nobody's."""
    if conversation.pk == to.pk:
        return to
    if conversation.customer_id not in (None, to.customer_id):
        raise CannotMove(_("These conversations belong to two customers."))
    _calls(conversation).update(conversation=to, customer=to.customer)
    Interaction.objects.filter(conversation=conversation).update(conversation=to, customer=to.customer)
    Message.objects.filter(conversation=conversation).update(conversation=to)
    Task.objects.filter(conversation=conversation).update(conversation=to, customer=to.customer)
    record("conversation.joined", about=conversation, customer=to.customer, by=by, to=to.pk)
    _notice(to)
    _redraw(conversation, to, by)
    return to


@transaction.atomic
def belongs_to(conversation: Conversation, customer: Customer, *, by) -> None:
    """Say whose conversation this is: out of Nobody's, or from one customer to another. Everything goes with it.

    What was sent to many stays with whom it was sent to: it counts for them.
    """
    former = conversation.customer_id
    for rows in _all_in(conversation):
        rows.update(customer=customer)
    _notice(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(customer=customer)
    conversation.refresh_from_db()
    touch([former, customer.pk])
    record("conversation.recognised", about=conversation, customer=customer, by=by, former_customer=former)
    owner, team = conversation.owner or customer.keeper, conversation.team or customer.team
    if (owner, team) != (conversation.owner, conversation.team):
        settling.give(conversation, by=by, to=owner, team=team)


def nobodys(conversation: Conversation) -> dict[str, Any]:
    """Return what is nobody's in this conversation of nobody's, fit for JSON: `nobodys_again` takes it."""
    rows = {str(rows.model._meta.model_name): rows.filter(customer=None) for rows in _all_in(conversation)}
    return {name: list(some.values_list("pk", flat=True)) for name, some in rows.items()}


@transaction.atomic
def nobodys_again(conversation: Conversation, was: dict[str, Any], *, by) -> None:
    """Undo that it belongs to somebody. was: from `nobodys`, before it did; what came in meanwhile stays theirs."""
    former = conversation.customer_id
    for rows in _all_in(conversation):
        rows.filter(pk__in=was.get(str(rows.model._meta.model_name), [])).update(customer=None)
    _notice(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(customer=None)
    conversation.refresh_from_db()
    touch([former])
    record("conversation.recognised", about=conversation, by=by, former_customer=former)


@transaction.atomic
def begin_with(message: Message, conversation: Conversation, *, words: str) -> None:
    """Let a one-to-many message of ours, in no conversation till now, begin this one. words: of it, in full.

    If its worker has not written it down yet, it comes into this conversation when that is done. No fact is told: the
    answer that opened the conversation names the message.
    """
    on_its_way = Message.objects.filter(pk=message.pk, interaction=None, conversation=None)
    on_its_way = on_its_way.filter(status__in=(Message.Status.QUEUED, Message.Status.SENDING))
    if on_its_way.update(conversation=conversation, body_text=words):
        return
    message.refresh_from_db(fields=["interaction"])
    alone = Interaction.objects.filter(pk=message.interaction_id or 0, conversation=None)
    if message.interaction and alone.update(conversation=conversation, words=words):
        opening.began(conversation, message.interaction.occurred_at)
        thread.redraw(conversation)


def _all_in(conversation: Conversation) -> list[Anybodys]:
    """Return all that carries a customer because it is in this conversation."""
    return [
        Interaction.objects.filter(conversation=conversation),
        Task.objects.filter(conversation=conversation),
        Message.objects.filter(conversation=conversation, is_marketing=False),
        _calls(conversation),
    ]


def _calls(conversation: Conversation) -> QuerySet[Call]:
    return Call.objects.filter(Q(conversation=conversation) | Q(interaction__conversation=conversation))


def _notice(conversation: Conversation) -> None:
    """Let the consoles that show its calls see that something changed."""
    _calls(conversation).update(version=F("version") + 1)


def _alone(interaction: Interaction, by) -> Conversation:
    source = interaction.conversation
    conversation = Conversation(
        customer=interaction.customer,
        subject=interaction.subject or (source.subject if source else ""),
        owner=source.owner if source else None,
        team=source.team if source else None,
        mailbox=source.mailbox if source else None,
        opened_at=interaction.occurred_at,
    )
    return opening.open(conversation, by=by)


def _redraw(source: Conversation | None, target: Conversation, by) -> None:
    thread.redraw(target)
    if not target.is_open and target.waiting_since:
        settling.reopen(target, by=by)
    touch([target.customer_id, source.customer_id if source else None])
    if source is not None and not opening.remove_if_empty(source, by=by):
        thread.redraw(source)
