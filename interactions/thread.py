"""Where a conversation ended: the thread card, kept up to date in the transaction that changes it.

Each conversation's own row carries what each side said last. `said` writes it, `redraw` works it out anew after
interactions were moved or undone, `card` and `cards` draw it with what was promised, what is open and what to do.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.timezone import now

from customers.models import ConsentState, Customer, Purpose
from interactions import next_step
from interactions.models import Conversation, Direction, Interaction, Task

QUIET_KINDS = ("automatic", "bounce")  # filed, but nobody said anything
LONGEST_WORDS = 2000  # characters of a card; all of them are in the interaction
SINCE = 5  # newer touches that a card names
MOST_OPEN = 20  # open matters that a card reads


@dataclass(frozen=True)
class Saying:
    """What one side said last. words: "" where the viewer may not read them, or nobody noted any."""

    words: str
    channel: str  # a Channel value
    at: datetime
    who: str  # who of us said it, or to whom of us; "" not known


@dataclass(frozen=True)
class Card:
    """Where we left off with one customer. late and promised: open promises, first due first, each in one of them."""

    customer: Customer | None
    conversation: Conversation | None  # the one that was touched last; None: we never spoke
    they: Saying | None
    we: Saying | None
    step: next_step.Step
    late: Sequence[Task] = ()
    promised: Sequence[Task] = ()
    matters: Sequence[Conversation] = ()  # unsettled, last touched first
    since: list[Interaction] = field(default_factory=list)  # newer touches that are nobody's words: campaigns …

    @property
    def touched_at(self) -> datetime | None:
        return self.conversation.touched_at if self.conversation else None

    @property
    def waiting_since(self) -> datetime | None:
        """When the oldest of their words came that have no answer; None: none wait, or they may not be read."""
        return min((matter.waiting_since for matter in self.matters if matter.waiting_since), default=None)

    @property
    def is_waiting(self) -> bool:
        return self.step.kind == "answer"

    @property
    def has_complaint(self) -> bool:
        return any(matter.is_complaint for matter in self.matters)

    @property
    def allows_offer(self) -> bool:
        """Never while a complaint is open or a promise late."""
        return not self.late and not self.has_complaint and self.step.allows_offer


def said(
    interaction: Interaction, *, ours: str = "", is_answered: bool = True, heard_until: datetime | None = None
) -> None:
    """Bring the card of the interaction's conversation up to date, in one statement.

    A call or meeting is both sides speaking: its notes are their words, `ours` what we said (a promise). A call that
    nobody answered (is_answered False) leaves them waiting. Notes, automatic answers and bounces change no words.
    heard_until: what they said later than that is not answered by it (it came while our mail waited); usually now.
    """
    if interaction.conversation_id is None or interaction.kind in QUIET_KINDS:
        return
    changes: dict = {"interaction_count": F("interaction_count") + 1}
    changes["touched_at"] = Greatest(F("touched_at"), Value(interaction.occurred_at))
    if interaction.direction != Direction.INSIDE:
        changes |= _words(interaction, ours, is_answered, heard_until or interaction.occurred_at)
    Conversation.objects.filter(pk=interaction.conversation_id).update(**changes)


def _words(interaction: Interaction, ours: str, is_answered: bool, heard_until: datetime) -> dict:
    changes: dict = {}
    sides = _sides(interaction, ours, is_answered)
    for side, values in sides.items():  # none replaces newer words by older ones
        newer = Q(**{f"{side}_at": None}) | Q(**{f"{side}_at__lte": interaction.occurred_at})
        changes |= {name: _when(newer, name, value) for name, value in _plain(side, interaction, values).items()}
    if "our" in sides:
        # our words from before their question (logged late) do not answer it
        changes["waiting_since"] = Case(When(waiting_since__gt=heard_until, then=F("waiting_since")))
    elif "their" in sides:
        changes["waiting_since"] = Coalesce(F("waiting_since"), Value(interaction.occurred_at))
    return changes


def _sides(interaction: Interaction, ours: str, is_answered: bool) -> dict[str, dict]:
    """Return who spoke, "their" or "our" side or both, and what is written down of it."""
    both = interaction.kind in ("call", "meeting") and is_answered
    sides: dict[str, dict] = {}
    if both or interaction.direction == Direction.IN:
        sides["their"] = {"their_words": interaction.words}
    if both or interaction.direction == Direction.OUT:
        words = ours if both else interaction.words or interaction.subject
        sides["our"] = {"our_words": words, "our_author": interaction.author_id}
    return sides


def _plain(side: str, interaction: Interaction, values: dict) -> dict:
    """Return one side of the card after an interaction."""
    values = {name: value[:LONGEST_WORDS] if isinstance(value, str) else value for name, value in values.items()}
    return values | {f"{side}_channel": interaction.channel, f"{side}_at": interaction.occurred_at}


def _when(newer: Q, name: str, value) -> Case:
    column: Any = Conversation._meta.get_field(name)
    return Case(When(newer, then=Value(value, output_field=column)), default=F(name), output_field=column)


@transaction.atomic
def redraw(conversation: Conversation) -> None:
    """Work the card out anew from all interactions: after a move or an undo. Four queries, however long it is."""
    Conversation.objects.select_for_update().get(pk=conversation.pk)  # who speaks meanwhile comes after us
    first = Task.objects.filter(interaction=OuterRef("pk")).order_by("id").values("what")[:1]
    rows = conversation.interactions.exclude(kind__in=QUIET_KINDS).annotate(ours=Coalesce(Subquery(first), Value("")))
    card: dict = {"their_words": "", "their_channel": "", "their_at": None, "our_words": "", "our_channel": ""}
    card |= {"our_at": None, "our_author": None, "waiting_since": None, "interaction_count": 0}
    touched = [conversation.opened_at]
    for interaction in rows.select_related("message").defer("html", "quoted").order_by("occurred_at", "id"):
        card["interaction_count"] += 1
        touched.append(interaction.occurred_at)
        if interaction.direction != Direction.INSIDE:
            card |= _again(interaction, interaction.ours, card["waiting_since"])
    Conversation.objects.filter(pk=conversation.pk).update(**card, touched_at=max(touched))
    conversation.refresh_from_db()


def _again(interaction: Interaction, ours: str, waiting_since: datetime | None) -> dict:
    """Return what `_words` would change, as plain values: each interaction is newer than those before it."""
    is_answered = interaction.outcome != "missed"
    mail = getattr(interaction, "message", None)
    heard_until = mail.created_at if mail else interaction.occurred_at
    changes: dict = {}
    for side, values in _sides(interaction, ours, is_answered).items():
        changes |= _plain(side, interaction, values)
    if "our_at" in changes:
        changes["waiting_since"] = waiting_since if waiting_since and waiting_since > heard_until else None
    elif "their_at" in changes:
        changes["waiting_since"] = waiting_since or interaction.occurred_at
    return changes


def card(customer: Customer, viewer=None, *, at: datetime | None = None) -> Card:
    """Return where we left off with this customer, in three queries. viewer: a User; None: a machine, sees all."""
    drawn = cards([customer], viewer, at=at)[customer.pk]
    last = max((saying.at for saying in (drawn.they, drawn.we) if saying), default=None)
    if last is None:
        return drawn
    quiet = Interaction.objects.filter(customer=customer, occurred_at__gt=last, conversation=None)
    drawn.since.extend(quiet.defer("html", "quoted", "words").order_by("-occurred_at", "-id")[:SINCE])
    return drawn


def cards(customers: Iterable[Customer], viewer=None, *, at: datetime | None = None) -> dict[int, Card]:
    """Return the card of each customer by key, in two queries for all of them, without what happened since."""
    at = at or now()
    by_key = {customer.pk: customer for customer in customers}
    tasks = defaultdict(list)
    for task in Task.objects.open().filter(customer__in=by_key).select_related("owner").order_by("due_at", "id"):
        tasks[task.customer_id].append(task)
    matters = defaultdict(list)
    for conversation in _conversations(list(by_key)):
        matters[conversation.customer_id].append(conversation)
    asked = {key for key, some in matters.items() if some[0].was_asked}
    asked |= _asked([key for key in by_key if key not in matters])
    return {
        key: _card(customer, matters[key], tasks[key], viewer, was_asked=key in asked, at=at)
        for key, customer in by_key.items()
    }


def _conversations(customer_ids: list[int]):
    """The last touched conversation of each customer, and the unsettled ones."""
    last = Conversation.objects.filter(customer=OuterRef("customer")).order_by("-touched_at", "-id").values("pk")[:1]
    rows = Conversation.objects.filter(customer__in=customer_ids)
    rows = rows.filter(Q(status=Conversation.Status.OPEN) | Q(pk=last))
    asked = ConsentState.objects.filter(customer=OuterRef("customer"), purpose=Purpose.OFFERS)
    rows = rows.annotate(was_asked=Exists(asked)).select_related("our_author", "owner")
    return rows.order_by("-touched_at", "-id")[: MOST_OPEN * max(len(customer_ids), 1)]


def _asked(customer_ids: list[int]) -> set[int]:
    if not customer_ids:
        return set()
    asked = ConsentState.objects.filter(customer__in=customer_ids, purpose=Purpose.OFFERS)
    return set(asked.values_list("customer_id", flat=True))


def _card(customer: Customer, rows: list[Conversation], tasks: list[Task], viewer, *, was_asked: bool, at) -> Card:
    step = next_step.of(customer, conversations=rows, tasks=tasks, was_asked=was_asked, at=at)
    may_read = viewer is None or viewer.scope("conversations") != "none"
    last = rows[0] if rows else None
    if not may_read:
        tasks = [task for task in tasks if viewer.pk in (task.owner_id, task.offered_to_id)]
        step = next_step.without_words(step)
    return Card(
        customer=customer,
        conversation=last,
        they=theirs(last, may_read=may_read) if last else None,
        we=ours(last, may_read=may_read) if last else None,
        step=step,
        late=[task for task in tasks if task.is_late(at)],
        promised=[task for task in tasks if not task.is_late(at)],
        matters=[row for row in rows if row.is_open] if may_read else [],
    )


def theirs(conversation: Conversation, *, may_read: bool = True) -> Saying | None:
    """Return what the customer said last in this conversation, None if nothing."""
    if conversation.their_at is None:
        return None
    together = conversation.our_author if conversation.our_at == conversation.their_at else None
    who = str(together) if together else ""
    return Saying(conversation.their_words if may_read else "", conversation.their_channel, conversation.their_at, who)


def ours(conversation: Conversation, *, may_read: bool = True) -> Saying | None:
    """Return what we said last in this conversation, None if nothing."""
    if conversation.our_at is None:
        return None
    words = conversation.our_words if may_read else ""
    return Saying(words, conversation.our_channel, conversation.our_at, str(conversation.our_author or ""))
