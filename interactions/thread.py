"""Where a conversation ended: the thread card, kept up to date in the transaction that changes it.

Each conversation's own row carries what each side said last and since when they wait. Only this module writes that:
`said`, `promised` and `answered` as it happens, `redraw` works the same out anew after interactions were moved or
undone. `card` and `cards` draw it with what was promised, what is open and what to do.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.timezone import now

from customers.models import ConsentState, Customer, Purpose
from interactions import next_step, outcomes
from interactions.models import Conversation, Direction, Interaction, Message, Task

QUIET_KINDS = ("automatic", "bounce")  # filed, but nobody said anything
BOTH_SPEAK = ("call", "meeting")
EMPTY: dict[str, Any] = {
    "their_words": "", "their_channel": "", "their_at": None,
    "our_words": "", "our_channel": "", "our_at": None, "our_author_id": None,
}  # fmt: skip
LONGEST_WORDS = 2000  # characters of a card; all of them are in the interaction
ALL_OF_TIME = datetime.max.replace(tzinfo=UTC)
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
    conversation: Conversation | None  # where somebody spoke last, else the one that was touched last; None: never
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


def said(interaction: Interaction, *, was_queued: bool = False) -> None:
    """Bring the card of the interaction's conversation up to date, in one statement.

    A call or meeting is both sides speaking: its notes are their words; ours is what was promised in it (`promised`).
    A call that nobody took leaves them waiting, STOP does not; a wrong number, notes, what machines say are no words.
    was_queued: it left through the outbox; then it answered what they had said when it was put there (`answered`).
    """
    if interaction.conversation_id is None or interaction.kind in QUIET_KINDS:
        return
    changes: dict = {"interaction_count": F("interaction_count") + 1}
    changes["touched_at"] = Greatest(F("touched_at"), Value(interaction.occurred_at))
    sides = _sides(interaction)
    for side, values in sides.items():  # none replaces newer words by older ones
        newer = Q(**{f"{side}_at": None}) | Q(**{f"{side}_at__lte": interaction.occurred_at})
        changes |= {name: _when(newer, name, value) for name, value in values.items()}
    if "our" not in sides and "their" in sides and interaction.outcome not in outcomes.SILENT:
        changes["waiting_since"] = Least(F("waiting_since"), Value(interaction.occurred_at))  # NULL does not count
    elif "our" in sides and not was_queued:
        changes["waiting_since"] = _unheard(interaction)
    Conversation.objects.filter(pk=interaction.conversation_id).update(**changes)


def _sides(interaction: Interaction, ours: str = "") -> dict[str, dict]:
    """Return who spoke, "their" or "our" side or both, and that side of the card. ours: what we promised in it."""
    if interaction.outcome in outcomes.WRONG:
        return {}
    both = _is_both(interaction)
    said: dict[str, str] = {}
    if both or interaction.direction == Direction.IN:
        said["their"] = interaction.words
    if both or interaction.direction == Direction.OUT:
        said["our"] = ours if both else interaction.words or interaction.subject
    sides = {side: _side(side, words, interaction) for side, words in said.items()}
    if "our" in sides:
        sides["our"]["our_author_id"] = interaction.author_id
    return sides


def _is_both(interaction: Interaction) -> bool:
    return interaction.kind in BOTH_SPEAK and interaction.outcome not in (outcomes.MISSED, *outcomes.WRONG)


def _side(side: str, words: str, interaction: Interaction) -> dict:
    return {
        f"{side}_words": words[:LONGEST_WORDS],
        f"{side}_channel": interaction.channel,
        f"{side}_at": interaction.occurred_at,
    }


def _when(newer: Q, name: str, value) -> Case:
    column: Any = Conversation._meta.get_field(name)
    return Case(When(newer, then=Value(value, output_field=column)), default=F(name), output_field=column)


def _unheard(interaction: Interaction) -> Case:
    """Return since when they wait after these words of ours: logged late, they answer nothing that was said later."""
    at, alone = interaction.occurred_at, ~Q(kind__in=BOTH_SPEAK) | Q(outcome=outcomes.MISSED)
    theirs = Interaction.objects.filter(alone, direction=Direction.IN, conversation=OuterRef("pk"))
    theirs = theirs.exclude(kind__in=QUIET_KINDS).exclude(outcome__in=(*outcomes.WRONG, *outcomes.SILENT))
    later = theirs.filter(occurred_at__gt=at, pk__lt=interaction.pk).order_by("occurred_at").values("occurred_at")[:1]
    return Case(
        When(waiting_since__gt=at, then=F("waiting_since")),
        When(waiting_since__lte=at, their_at__gt=at, then=Subquery(later)),
    )


def promised(task: Task) -> None:
    """What we promise in a call or meeting is what we said there; of several promises the first."""
    there = task.interaction
    if there is not None and there.conversation_id and _is_both(there):
        cards = Conversation.objects.filter(pk=there.conversation_id, our_at=there.occurred_at, our_words="")
        cards.update(our_words=task.what[:LONGEST_WORDS])


def answered(conversation: Conversation) -> None:
    """Nothing of theirs waits any more: an answer is in the outbox, or the matter is settled.

    An answer that is cancelled or fails no longer counts: `redraw`.
    """
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=None)


@transaction.atomic
def redraw(conversation: Conversation, *, settled_before: datetime | None = None) -> None:
    """Work the card out anew from all that was written down, in that order: after a move or an undo. Four queries.

    settled_before: none of their words from before then waits, for the matter was settled since, perhaps without an
    answer, and what is written down does not tell that; ALL_OF_TIME: none waits.
    """
    conversation.refresh_from_db(from_queryset=Conversation.objects.select_for_update())  # who speaks now comes later
    first = Task.objects.filter(interaction=OuterRef("pk")).order_by("id").values("what")[:1]
    queued = Exists(Message.objects.filter(interaction=OuterRef("pk")))
    rows = conversation.interactions.exclude(kind__in=QUIET_KINDS).defer("html", "quoted")
    card, touched = dict(EMPTY), [conversation.opened_at]
    answers = conversation.messages.answering().values_list("created_at", flat=True)
    waiting = Waiting(answers, settled_before)
    for interaction in rows.annotate(ours=Coalesce(Subquery(first), Value("")), was_queued=queued).order_by("id"):
        sides = _sides(interaction, interaction.ours)
        for side, values in sides.items():
            if card[f"{side}_at"] is None or card[f"{side}_at"] <= interaction.occurred_at:
                card |= values
        waiting.hear(interaction, sides, was_queued=interaction.was_queued)
        touched.append(interaction.occurred_at)
    card |= {"waiting_since": waiting.until_now(), "interaction_count": len(touched) - 1, "touched_at": max(touched)}
    Conversation.objects.filter(pk=conversation.pk).update(**card)
    for name, value in card.items():
        setattr(conversation, name, value)


class Waiting:
    """Since when they wait, found again: what `said` and `answered` wrote, one after the other."""

    def __init__(self, answers: Iterable[datetime], settled_before: datetime | None) -> None:
        self._answers = sorted(answers)  # when each was put into the outbox
        self._settled_before = settled_before
        self._theirs: list[datetime] = []
        self._since: datetime | None = None

    def hear(self, interaction: Interaction, sides: dict, *, was_queued: bool) -> None:
        self._answer(before=interaction.created_at)
        at = interaction.occurred_at
        if "our" not in sides and "their" in sides and interaction.outcome not in outcomes.SILENT:
            if self._settled_before and at < self._settled_before:
                return
            self._theirs.append(at)
            self._since = min(at, self._since or at)
        elif "our" in sides and not was_queued and self._since and self._since <= at:
            self._since = min((theirs for theirs in self._theirs if theirs > at), default=None)

    def until_now(self) -> datetime | None:
        return None if self._answers else self._since

    def _answer(self, *, before: datetime) -> None:
        while self._answers and self._answers[0] < before:
            self._answers.pop(0)
            self._since = None


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
    """The unsettled conversations of each customer, and where somebody spoke last: not where words still wait to go."""
    spoken = Greatest("their_at", "our_at").desc(nulls_last=True)
    last = Conversation.objects.filter(customer=OuterRef("customer")).order_by(spoken, "-touched_at", "-id")
    rows = Conversation.objects.filter(Q(status=Conversation.Status.OPEN) | Q(pk=last.values("pk")[:1]))
    asked = ConsentState.objects.filter(customer=OuterRef("customer"), purpose=Purpose.OFFERS)
    rows = rows.filter(customer__in=customer_ids).select_related("our_author", "owner").order_by("-touched_at", "-id")
    return rows.annotate(was_asked=Exists(asked))[: MOST_OPEN * max(len(customer_ids), 1)]


def _asked(customer_ids: list[int]) -> set[int]:
    if not customer_ids:
        return set()
    asked = ConsentState.objects.filter(customer__in=customer_ids, purpose=Purpose.OFFERS)
    return set(asked.values_list("customer_id", flat=True))


def _card(customer: Customer, rows: list[Conversation], tasks: list[Task], viewer, *, was_asked: bool, at) -> Card:
    step = next_step.of(customer, conversations=rows, tasks=tasks, was_asked=was_asked, at=at)
    may_read = viewer is None or viewer.scope("conversations") != "none"
    last = next((row for row in rows if row.their_at or row.our_at), None) or next(iter(rows), None)
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
