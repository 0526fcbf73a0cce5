"""The list of conversations and one conversation: two addresses, one template."""

from urllib.parse import urlencode

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.http import id_in
from crm.lists import page_of
from customers.choices import language_name
from interactions import choosing, composer, outcomes, thread, waiting
from interactions.models import Conversation, Interaction, Message, Original
from interactions.views import seen, tabs
from interactions.views.answering import where_from, who_has
from interactions.views.entries import Said
from staff.access import allowed
from staff.models import Organisation, User

TABS = ("mine", "team", "nobody", "all")
MESSAGES = 30  # of a conversation, the newest; the rest by "Show earlier"
NOT_YET = (Message.Status.QUEUED, Message.Status.SENDING, Message.Status.IN_DOUBT, Message.Status.FAILED)


@require_safe
@allowed("interactions.view")
def index(request: HttpRequest) -> HttpResponse:
    """Show the list, and beside it the one that waits longest."""
    context = _list(request)
    first = _first(context["listing"])
    if first is not None:
        context |= _detail(request, first)
    return render(request, "interactions/conversations.html", {**context, "at": "list"})


@require_safe
@allowed("interactions.view")
def page(request: HttpRequest, conversation_id: int) -> HttpResponse:
    conversation = seen.conversation(request, conversation_id)
    context = _list(request) | _detail(request, conversation)
    return render(request, "interactions/conversations.html", {**context, "at": "detail"})


def _list(request: HttpRequest) -> dict:
    tab = request.GET.get("whose", "mine")
    tab = tab if tab in TABS else "mine"
    is_settled = request.GET.get("state") == "settled"
    rows = waiting.whose(request.user, tab)
    cursor = request.GET.get("cursor")
    if is_settled:
        listing = waiting.settled(rows, cursor)
    else:
        listing = waiting.listing(rows, waiting=request.GET.get("waiting"), others=cursor)
    kept = {key: value for key, value in (("whose", tab if tab != "mine" else ""), ("state", "settled" * is_settled))}
    query = urlencode({key: value for key, value in kept.items() if value})
    counts = waiting.counts(request.user)
    return {"tab": tab, "is_settled": is_settled, "listing": listing, "counts": counts, "query": query}


def _first(listing: waiting.Listing) -> Conversation | None:
    rows = [*(listing.waiting or []), *(listing.others or [])]
    return rows[0] if rows else None


def _detail(request: HttpRequest, conversation: Conversation) -> dict:
    entries, older = _entries(request, conversation)
    customer = conversation.customer
    card = thread.card(customer, request.user) if customer else None
    failed = _written_anew(request, conversation)
    wrote_from = "" if customer else where_from(conversation)
    return {
        "conversation": conversation,
        "customer": customer,
        "entries": entries,
        "older": older,
        "card": card,
        "drawn": tabs.for_answer(composer.to_answer(conversation), failed.channel if failed else ""),
        "failed": failed,
        "wrote_from": wrote_from,
        "hits": who_has(wrote_from, request.user),
        "candidates": _candidates(conversation, entries),
        "language_name": language_name,
        "colleagues": list(User.objects.who_may(Conversation.RIGHT).only("name", "state")),
    }


def _entries(request: HttpRequest, conversation: Conversation) -> tuple[list[Said], str | None]:
    """Return what was said, oldest first, and the cursor of what came before it."""
    rows = Interaction.objects.filter(conversation=conversation).select_related("author", "message").defer("html")
    rows = rows.annotate(
        has_html=ExpressionWrapper(~Q(html=""), BooleanField()),
        has_original=Exists(Original.objects.filter(interaction=OuterRef("pk"))),
    )
    cursor = request.GET.get("before")
    found = page_of(rows, order=("-occurred_at", "-id"), cursor=cursor, size=MESSAGES)
    entries = [Said(row, getattr(row, "message", None), conversation.customer) for row in reversed(found.rows)]
    if cursor is None:
        pending = Message.objects.filter(conversation=conversation, interaction=None, status__in=NOT_YET)
        pending = pending.select_related("author").order_by("id")[:10]
        entries += [Said(None, message, conversation.customer) for message in pending]
    theirs = [each for each in entries if each.interaction and each.interaction.direction == "in"]
    theirs = [each for each in theirs if each.interaction and each.interaction.outcome not in outcomes.SILENT]
    if theirs and conversation.waiting_since:
        theirs[-1].is_last = True
    _sign(entries)
    return entries, found.older


def _written_anew(request: HttpRequest, conversation: Conversation) -> Message | None:
    """Return the message that failed and whose words the composer is to hold, None for an empty one."""
    return conversation.messages.failed().filter(pk=id_in(request.GET.get("anew", ""))).first()


def _sign(entries: list[Said]) -> None:
    """Say who signs what went out without an author, a campaign's message."""
    sent = [one for one in entries if one.interaction and one.interaction.direction == "out"]
    unsigned = [one for one in sent if one.interaction and not one.interaction.author]
    name = Organisation.current().sender_name if unsigned else ""
    for one in unsigned:
        one.us = name


def _candidates(conversation: Conversation, entries: list[Said]) -> list[Conversation]:
    """Return where a first message that opened a conversation may belong instead, likeliest first."""
    if len(entries) != 1 or not entries[0].is_last or conversation.customer_id is None:
        return []
    return choosing.candidates(entries[0].interaction)
