"""An arrival goes to another conversation; a conversation goes to the customer whose it is."""

from django.db import transaction
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Problem
from customers.models import Customer
from customers.touch import touch
from interactions import thread
from interactions.conversations import opening, settling
from interactions.models import Conversation, Interaction, Message, Task


class CannotMove(Problem):
    """This cannot be moved there."""

    code = "cannot_move"


@transaction.atomic
def move(interaction: Interaction, *, to: Conversation | None, by) -> Conversation:
    """Move one interaction to another conversation, or (to None) to a new one of its own; return that.

    Its promises go with it. A conversation that is left empty is removed; a settled one that gets unanswered words
    opens again. Raises CannotMove across customers.
    """
    source = interaction.conversation
    if to is not None and to.customer_id != interaction.customer_id and interaction.customer_id is not None:
        raise CannotMove(_("This conversation is another customer's. Move the whole conversation instead."))
    target = to or _alone(interaction, by)
    if source == target:
        return target
    changes: dict = {"conversation": target}
    if interaction.customer_id is None and target.customer_id:
        changes["customer"] = target.customer
    Interaction.objects.filter(pk=interaction.pk).update(**changes)
    Message.objects.filter(interaction=interaction).update(conversation=target)
    Task.objects.filter(interaction=interaction).update(conversation=target, customer=target.customer)
    _redraw(source, target)
    if not target.is_open and target.waiting_since:
        settling.reopen(target, by=by)
    record(
        "interaction.moved", about=interaction, customer=target.customer, by=by,
        source=source.pk if source else None, to=target.pk,
    )  # fmt: skip
    interaction.refresh_from_db()
    return target


@transaction.atomic
def join(conversation: Conversation, *, to: Conversation, by) -> Conversation:
    """Move all words and promises of one conversation into another of the same customer, or of Nobody's."""
    if conversation.pk == to.pk:
        return to
    if conversation.customer_id not in (None, to.customer_id):
        raise CannotMove(_("These conversations belong to two customers."))
    Interaction.objects.filter(conversation=conversation).update(conversation=to, customer=to.customer)
    Message.objects.filter(conversation=conversation).update(conversation=to)
    Task.objects.filter(conversation=conversation).update(conversation=to, customer=to.customer)
    record("interaction.moved", about=conversation, customer=to.customer, by=by, source=conversation.pk, to=to.pk)
    _redraw(conversation, to)
    if not to.is_open and to.waiting_since:
        settling.reopen(to, by=by)
    return to


@transaction.atomic
def belongs_to(conversation: Conversation, customer: Customer, *, by) -> None:
    """Say whose conversation this is: out of Nobody's, or from one customer to another. Everything goes with it."""
    former = conversation.customer_id
    Conversation.objects.filter(pk=conversation.pk).update(
        customer=customer, team=conversation.team or customer.team, owner=conversation.owner or customer.keeper
    )
    Interaction.objects.filter(conversation=conversation).update(customer=customer)
    Task.objects.filter(conversation=conversation).update(customer=customer)
    Message.objects.filter(conversation=conversation, status=Message.Status.QUEUED).update(customer=customer)
    conversation.refresh_from_db()
    touch([former, customer.pk])
    record("interaction.moved", about=conversation, customer=customer, by=by, former_customer=former)


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


def _redraw(source: Conversation | None, target: Conversation) -> None:
    thread.redraw(target)
    touch([target.customer_id, source.customer_id if source else None])
    if source is None:
        return
    if not opening.remove_if_empty(source):
        thread.redraw(source)
