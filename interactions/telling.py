"""What this room tells in a customer's timeline: words, and promises."""

from django.db.models import QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.formats import duration
from customers.models import Customer
from interactions import outcomes
from interactions.models import Interaction, Task
from interactions.timeline import Entry, Window, source

SHOWN = 600  # characters; the conversation has all of them
FIELDS = (
    "customer", "conversation", "channel", "direction", "kind", "occurred_at", "author", "subject", "outcome",
    "duration_seconds", "language", "attachments", "origin", "origin_id",
)  # fmt: skip


def touches(customer: Customer, viewer) -> QuerySet[Interaction]:
    return Interaction.objects.filter(customer=customer)


@source("conversations", gettext_lazy("Conversations"), "messages-square", order=10, rows=touches)
def words(customer: Customer, window: Window) -> list[Entry]:
    """Every touch; those who may not read words see that there was one, and when."""
    rows = touches(customer, window.viewer).only(*FIELDS, "author__name").select_related("author")
    may_read = window.viewer is None or window.viewer.scope("conversations") != "none"
    rows = rows.annotate(shown=Left("words", SHOWN))
    return [_entry(row, customer, may_read) for row in window.cut(rows, "occurred_at")]


def _entry(row: Interaction, customer: Customer, may_read: bool) -> Entry:
    is_quiet = row.kind in ("automatic", "bounce") or (row.conversation_id is None and row.direction == "out")
    return Entry(
        source="conversations",
        id=row.pk,
        at=row.occurred_at,
        title=title(row, customer),
        mark="meeting" if row.kind == "meeting" else row.channel,
        words=row.shown if may_read and not is_quiet else row.subject if is_quiet else "",  # type: ignore[attr-defined]
        who=row.author.name if row.author else "",
        url=f"/conversations/{row.conversation_id}/" if row.conversation_id and may_read else "",
        is_quiet=is_quiet,
        language=row.language,
        subject=row,
        notes=(outcomes.label(row.outcome),) if row.outcome and may_read else (),
    )


def title(row: Interaction, customer: Customer) -> str:
    """Return what happened, in a few words: "She called, 6 min", "We wrote", "Note" …"""
    if row.kind == "call" and row.outcome == outcomes.MISSED:
        return _("They called, nobody took it")
    kinds = {
        "automatic": _("Automatic answer"),
        "bounce": _("It came back"),
        "note": _("Note"),
        "meeting": _("Meeting"),
    }
    if row.kind in kinds:
        return kinds[row.kind]
    is_theirs, pronoun = row.direction == "in", customer.pronoun
    if row.kind == "call":
        called = _called(pronoun) if is_theirs else _("We called")
        return f"{called}, {duration(row.duration_seconds)}" if row.duration_seconds else called
    if row.channel == "phone":
        return _said(pronoun) if is_theirs else _("We said, on the phone")
    if is_theirs:
        return {"she": _("She wrote"), "he": _("He wrote")}.get(pronoun, _("They wrote"))
    return _("We wrote to many") if row.conversation_id is None else _("We wrote")


def _called(pronoun: str) -> str:
    return {"she": _("She called"), "he": _("He called")}.get(pronoun, _("They called"))


def _said(pronoun: str) -> str:
    said = {"she": _("She said, on the phone"), "he": _("He said, on the phone")}
    return said.get(pronoun, _("They said, on the phone"))


def promised(customer: Customer, viewer) -> QuerySet[Task]:
    rows = Task.objects.filter(customer=customer)
    is_narrow = viewer is not None and viewer.scope("conversations") == "none"
    return rows.filter(owner=viewer) if is_narrow else rows


@source("promises", gettext_lazy("Promises"), "calendar-clock", order=20, rows=promised)
def promises(customer: Customer, window: Window) -> list[Entry]:
    """Every promise at the moment when it was made, with what became of it."""
    rows = promised(customer, window.viewer).select_related("owner")
    return [_promise(task) for task in window.cut(rows, "created_at")]


def _promise(task: Task) -> Entry:
    state = _("Late") if task.is_late() else str(task.get_status_display())
    return Entry(
        source="promises",
        id=task.pk,
        at=task.created_at,
        title=_("We promised"),
        mark="promise",
        words=task.what,
        who=task.owner.name if task.owner else "",
        url=f"/conversations/{task.conversation_id}/" if task.conversation_id else "",
        is_quiet=not task.is_open,
        subject=task,
        notes=(state,),
    )
