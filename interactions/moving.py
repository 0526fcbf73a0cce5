"""An arrival goes to another conversation, a conversation to the customer whose it is; what points at them follows."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from crm import undoing
from crm.events.recording import record
from crm.models import Undo
from crm.problems import Problem
from crm.undoing import How
from customers.models import Customer, Opening
from customers.touch import touch
from interactions import outcomes, thread
from interactions.conversations import locking, opening, reverting, settling, standing
from interactions.models import Call, Conversation, Direction, Interaction, Message, Task
from staff.access import first_who_may

GO_WITH_IT = (Call.objects, Task.objects, Message.objects)  # what goes with an interaction
Anybodys = QuerySet[Interaction] | QuerySet[Task] | QuerySet[Message] | QuerySet[Call]


class CannotMove(Problem):
    """This cannot be moved there."""

    code = "cannot_move"


@transaction.atomic
def move(interaction: Interaction, *, to: Conversation | None, by) -> Conversation:
    """Move one interaction to another conversation, or (to None) to a new one of its own; return that.

    Its promises, its call and its message go with it. A conversation that is left empty is removed; a settled one that
    gets unanswered words opens again. Raises CannotMove across customers, Gone.
    """
    following: list[QuerySet] = [rows.filter(interaction=interaction) for rows in GO_WITH_IT]
    following.append(Interaction.objects.filter(pk=interaction.pk))
    told = Call.objects.filter(interaction=interaction) | _calls(*filter(None, [to]))
    if not _lock(told, *following):
        raise locking.Gone
    interaction.refresh_from_db()
    source = interaction.conversation
    locking.lock(source, to)
    if to is not None and to.customer_id != interaction.customer_id and interaction.customer_id is not None:
        raise CannotMove(_("This conversation is another customer's. Move the whole conversation instead."))
    if to is not None and source == to:
        return to
    kept = undoing.keep("interaction.moved", about=interaction, by=by)
    target = to or _alone(interaction, kept, by)
    whose = target.customer if interaction.customer_id is None else interaction.customer
    _keep(kept, *following)
    _keep_among(kept, target, source)
    Interaction.objects.filter(pk=interaction.pk).update(conversation=target, customer=whose)
    Message.objects.filter(interaction=interaction).update(conversation=target)
    Task.objects.filter(interaction=interaction).update(conversation=target, customer=target.customer)
    Call.objects.filter(interaction=interaction).update(conversation=target, customer=whose)
    record(
        "interaction.moved", about=interaction, customer=target.customer, by=by,
        source=source.pk if source else None, to=target.pk,
    )  # fmt: skip
    _notice(target)
    waits = interaction.kind not in thread.QUIET_KINDS and interaction.outcome not in outcomes.SILENT
    is_theirs = interaction.direction == Direction.IN and waits
    _redraw_target(target, by, came=interaction.occurred_at if is_theirs else None)
    is_ours = interaction.direction == Direction.OUT or interaction.kind in thread.BOTH_SPEAK
    _redraw_source(source, by, kept, may_unanswer=is_ours)
    interaction.refresh_from_db()
    return target


@transaction.atomic
def join(conversation: Conversation, *, to: Conversation, by) -> Conversation:
    """Move all that is in one conversation into another of the same customer, or what is nobody's into one's.

    Returns that; the first one is gone. Raises CannotMove across customers, Gone.
    """
    if conversation.pk == to.pk:
        return to
    _lock_all_in(conversation, to)
    if conversation.customer_id not in (None, to.customer_id):
        raise CannotMove(_("These conversations belong to two customers."))
    kept = undoing.keep("conversation.joined", about=conversation, by=by)
    _keep(kept, _calls(conversation), Task.objects.filter(conversation=conversation))
    _keep(kept, conversation.messages.all(), conversation.interactions.all())
    _keep_among(kept, to, conversation)
    _calls(conversation).update(conversation=to, customer=to.customer)
    Interaction.objects.filter(conversation=conversation).update(conversation=to, customer=to.customer)
    Message.objects.filter(conversation=conversation).update(conversation=to)
    Task.objects.filter(conversation=conversation).update(conversation=to, customer=to.customer)
    record("conversation.joined", about=conversation, customer=to.customer, by=by, to=to.pk)
    _notice(to)
    _redraw_target(to, by, came=conversation.waiting_since)
    _redraw_source(conversation, by, kept)
    return to


@transaction.atomic
def belongs_to(conversation: Conversation, customer: Customer, *, by, part_of: Undo | None = None) -> None:
    """Say whose conversation this is: out of Nobody's, or from one customer to another. Everything goes with it.

    What was sent to many stays with whom it was sent to: it counts for them. part_of: what the deed keeps that this is
    a part of; None: this can be undone by itself. Raises Gone.
    """
    _lock_all_in(conversation)
    kept = part_of or undoing.keep("conversation.recognised", about=conversation, by=by)
    former = conversation.customer_id
    for rows in _all_in(conversation):
        undoing.changing(kept, rows, "customer")
        rows.update(customer=customer)
    _notice(conversation)
    undoing.changing(kept, Conversation.objects.filter(pk=conversation.pk), "customer", "owner", "team")
    Conversation.objects.filter(pk=conversation.pk).update(customer=customer)
    conversation.refresh_from_db()
    touch([former, customer.pk])
    record("conversation.recognised", about=conversation, customer=customer, by=by, former_customer=former)
    owner = first_who_may(Conversation.RIGHT, conversation.owner, customer.keeper)
    team = conversation.team or customer.team
    if (owner, team) != (conversation.owner, conversation.team):
        settling.give(conversation, by=by, to=owner, team=team, part_of=kept)


def put_back(kept: Undo, *, by) -> None:
    """Bring back what a deed took to other conversations and customers.

    What came in meanwhile stays where it is; in a matter that is a customer's again it is that customer's.
    """
    whose = set(_customers(kept))
    undoing.put_back(kept, Interaction, Task, Message, Call, Opening)
    Call.objects.filter(pk__in=undoing.ids_of(kept, Call, How.CHANGED)).update(version=F("version") + 1)
    reverting.revert(kept, by=by)
    changed = Conversation.objects.filter(pk__in=undoing.ids_of(kept, Conversation, How.CHANGED))
    for conversation in changed.exclude(customer=None):
        for rows in _all_in(conversation):
            another = rows.exclude(customer=None).exclude(customer=conversation.customer_id)
            another.update(customer=conversation.customer_id)
    touch(whose.union(_customers(kept)))


@undoing.undoes("conversation.joined", "conversation.recognised", right="interactions.log")
def _back(kept: Undo, by) -> None:
    put_back(kept, by=by)


@undoing.undoes("interaction.moved", right="interactions.log")
def _move_back(kept: Undo, by) -> None:
    moved = Interaction.objects.filter(pk=kept.about_id).select_related("customer").defer("html", "quoted")
    was = moved.first()
    if was is None:
        raise undoing.ChangedMeanwhile
    put_back(kept, by=by)
    now = moved.get()
    places = {"source": was.conversation_id, "to": now.conversation_id}
    record("interaction.moved", about=now, customer=now.customer, by=by, is_undone=True, **places)


def _customers(kept: Undo) -> QuerySet:
    moved = Interaction.objects.filter(pk__in=undoing.ids_of(kept, Interaction, How.CHANGED))
    return moved.values_list("customer_id", flat=True).distinct()


def _keep(kept: Undo, *following: QuerySet) -> None:
    """Keep where these rows are and whose; of a message only where it is."""
    for rows in following:
        fields = ("conversation",) if rows.model is Message else ("conversation", "customer")
        undoing.changing(kept, rows, *fields)


def _keep_among(kept: Undo, *conversations: Conversation | None) -> None:
    for conversation in conversations:
        if conversation is not None:
            standing.keep(kept, conversation)


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
        _calls(conversation),
        Task.objects.filter(conversation=conversation),
        Message.objects.filter(conversation=conversation, is_marketing=False),
        Interaction.objects.filter(conversation=conversation),
    ]


def _lock_all_in(conversation: Conversation, *others: Conversation) -> None:
    """Lock what is in a conversation, then that and others: what was just being written into it is there now.

    The calls of others too: their consoles are told (`_notice`).
    """
    _lock(_calls(conversation, *others), *_all_in(conversation))
    locking.lock(conversation, *others)


def _lock(*following: QuerySet) -> int:
    """Lock these rows, one kind after the other; return how many of the last there are."""
    found = 0
    for rows in following:
        one_table = rows.model._base_manager.filter(pk__in=rows.values("pk"))
        found = len(one_table.select_for_update().order_by("pk").values_list("pk"))
    return found


def _calls(*conversations: Conversation) -> QuerySet[Call]:
    return Call.objects.filter(Q(conversation__in=conversations) | Q(interaction__conversation__in=conversations))


def _notice(conversation: Conversation) -> None:
    """Let the consoles that show its calls see that something changed."""
    _calls(conversation).update(version=F("version") + 1)


def _alone(interaction: Interaction, kept: Undo, by) -> Conversation:
    source = interaction.conversation
    conversation = Conversation(
        customer=interaction.customer,
        subject=interaction.subject or (source.subject if source else ""),
        owner=source.owner if source else None,
        team=source.team if source else None,
        mailbox=source.mailbox if source else None,
        opened_at=interaction.occurred_at,
    )
    opening.open(conversation, by=by)
    undoing.made(kept, Conversation, [conversation.pk])
    return conversation


def _redraw_target(target: Conversation, by, *, came: datetime | None) -> None:
    """Draw the card anew of where something came in. It waits for what waited there and for what came, not for longer.

    came: when their words that came in were said. A settled matter opens again for them, for nothing else.
    """
    waits = min(filter(None, (target.waiting_since, came)), default=thread.ALL_OF_TIME)
    thread.redraw(target, settled_before=waits)
    if came:
        settling.reopen_if_waiting(target, by=by)
    if not target.is_open:
        thread.answered(target)
    touch([target.customer_id])


def _redraw_source(source: Conversation | None, by, kept: Undo, *, may_unanswer: bool = False) -> None:
    """Draw the card anew of where something was taken out. may_unanswer: it was ours, and answered what is left."""
    if source is None:
        return
    touch([source.customer_id])
    waited = source.waiting_since or thread.ALL_OF_TIME
    if not opening.remove_if_empty(source, by=by, kept=kept):
        thread.redraw(source, settled_before=None if may_unanswer else waited)
        if not source.is_open:
            thread.answered(source)
