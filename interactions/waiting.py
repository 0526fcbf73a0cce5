"""Whose conversations wait for an answer, in which order, and which one is next."""

from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf

from crm.lists import Page, page_of
from customers.models import Affiliation, Customer
from interactions.models import Conversation, Interaction, Message

COUNTED = 200  # a number beside a tab is small or "200"
PAGE = 40  # conversations
ON_ITS_WAY = (Message.Status.QUEUED, Message.Status.SENDING, Message.Status.IN_DOUBT)


@dataclass(frozen=True)
class Listing:
    """What the list shows: those that wait for us (oldest words first), then the others (last touched first)."""

    waiting: Page | None
    others: Page | None


def unanswered(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Return those of `rows` whose last words are the customer's and to which no answer is on its way."""
    answers = Message.objects.filter(conversation=OuterRef("pk"), is_marketing=False, status__in=ON_ITS_WAY)
    return rows.filter(status=Conversation.Status.OPEN, waiting_since__isnull=False).exclude(Exists(answers))


def next_for(user, *, after: Conversation | None = None) -> Conversation | None:
    """Return the conversation whose words wait longest for this colleague, None if nothing waits."""
    mine = unanswered(Conversation.objects.filter(owner=user))
    if after is not None:
        mine = mine.exclude(pk=after.pk)
    return mine.order_by("waiting_since", "id").first()


def among(account: Customer, viewer, limit: int) -> list[Conversation]:
    """Return what is open with the people of an account, those who wait for us first; then what was settled last.

    Its people are all who are with it now, also those for whom another account buys.
    """
    people = Affiliation.objects.filter(account=account, until_on=None)  # the main account is always among them
    rows = Conversation.objects.visible_to(viewer).filter(customer__in=people.values("person"))
    waits = Case(When(status=Conversation.Status.OPEN, then=F("waiting_since")))
    settled = Q(status=Conversation.Status.SETTLED)
    rows = rows.select_related("customer").annotate(waits=waits, is_over=Case(When(settled, then=1), default=0))
    return list(rows.order_by("is_over", F("waits").asc(nulls_last=True), "-touched_at", "-id")[:limit])


def from_nobody(address: str, viewer) -> Conversation | None:
    """Return what is open with an address that is nobody's yet, last touched first; None if they never wrote."""
    nobodys = Conversation.objects.visible_to(viewer).filter(status=Conversation.Status.OPEN, customer=None)  # few
    return nobodys.filter(interactions__from_address=address).order_by("-touched_at", "-id").first()


def whose(user, which: str) -> QuerySet[Conversation]:
    """Return the conversations of one tab: mine, team, nobody (no customer, or no owner) or all."""
    seen = Conversation.objects.visible_to(user)
    return {
        "mine": lambda: Conversation.objects.filter(owner=user),
        "team": lambda: seen.filter(team_id=user.team_id) if user.team_id else seen.none(),
        "nobody": lambda: seen.filter(Q(customer=None) | Q(owner=None)),
        "all": lambda: seen,
    }[which]()


def listing(rows: QuerySet[Conversation], *, waiting: str | None = None, others: str | None = None) -> Listing:
    """Return one page of the open ones of `rows`; `waiting` and `others` are cursors of the two halves."""
    rows = _shown(rows)
    if others:
        return Listing(None, _others(rows, others))
    first = page_of(unanswered(rows), order=("waiting_since", "id"), cursor=waiting, size=PAGE)
    return Listing(first, None if first.older else _others(rows, None))


def settled(rows: QuerySet[Conversation], cursor: str | None) -> Listing:
    """Return one page of the settled ones of `rows`, last touched first."""
    rows = _shown(rows).filter(status=Conversation.Status.SETTLED)
    return Listing(None, page_of(rows, order=("-touched_at", "-id"), cursor=cursor, size=PAGE))


def _others(rows: QuerySet[Conversation], cursor: str | None) -> Page:
    rest = rows.exclude(status=Conversation.Status.SETTLED).exclude(pk__in=unanswered(rows.order_by()).values("pk"))
    return page_of(rest, order=("-touched_at", "-id"), cursor=cursor, size=PAGE)


def _shown(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    rows = rows.select_related("customer__account", "customer__keeper", "owner")
    return with_sender(rows.defer("customer__custom", "customer__address"))


def with_sender(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add `sender`: the address or number of words that are nobody's yet, None or "" of a customer's."""
    theirs = Interaction.objects.filter(conversation=OuterRef("pk"), direction="in").exclude(from_address="")
    address = Coalesce(NullIf("reply_to", Value("")), "from_address")  # a form sends for others
    last = Subquery(theirs.order_by("-occurred_at", "-id").values(address=address)[:1])
    return rows.annotate(sender=Case(When(customer=None, then=last), default=Value("")))


def counts(user) -> dict[str, int]:
    """Return how many wait in each tab, counted no further than COUNTED; in one query."""
    some = unanswered(Conversation.objects.visible_to(user)).order_by()[:COUNTED]
    return Conversation.objects.filter(pk__in=some.values("pk")).aggregate(
        mine=Count("pk", filter=Q(owner=user)),
        team=Count("pk", filter=Q(team_id=user.team_id or 0)),
        nobody=Count("pk", filter=Q(customer=None) | Q(owner=None)),
    )
