"""What this room tells in a customer's timeline: words, and promises."""

from django.db.models.functions import Left
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from interactions import outcomes
from interactions.models import Interaction, Task
from interactions.timeline import Entry, Window, source

SHOWN = 600  # characters; the conversation has all of them
ICONS = {"phone": "phone", "email": "mail", "sms": "message-square", "visit": "handshake", "note": "sticky-note"}
FIELDS = (
    "customer", "conversation", "channel", "direction", "kind", "occurred_at", "author", "subject", "outcome",
    "duration_seconds", "language", "attachments", "origin", "origin_id",
)  # fmt: skip


@source("conversations", gettext_lazy("Conversations"), "messages-square", order=10)
def words(customer: Customer, window: Window) -> list[Entry]:
    """Every touch; those who may not read words see that there was one, and when."""
    rows = Interaction.objects.filter(customer=customer).only(*FIELDS, "author__name").select_related("author")
    may_read = window.viewer is None or window.viewer.scope("conversations") != "none"
    rows = rows.annotate(shown=Left("words", SHOWN))
    return [_entry(row, may_read) for row in window.cut(rows, "occurred_at")]


def _entry(row: Interaction, may_read: bool) -> Entry:
    is_quiet = row.kind in ("automatic", "bounce") or (row.conversation_id is None and row.direction == "out")
    return Entry(
        source="conversations",
        id=row.pk,
        at=row.occurred_at,
        title=title(row),
        icon=ICONS.get(row.channel, "message-circle"),
        words=row.shown if may_read and not is_quiet else row.subject if is_quiet else "",  # type: ignore[attr-defined]
        channel=row.channel,
        who=row.author.name if row.author else "",
        url=f"/conversations/{row.conversation_id}/" if row.conversation_id and may_read else "",
        is_quiet=is_quiet,
        language=row.language,
        subject=row,
        notes=(outcomes.label(row.outcome),) if row.outcome and may_read else (),
    )


def title(row: Interaction) -> str:
    """Return what happened, in a few words: "They called", "We wrote", "Note" …"""
    if row.kind == "call" and row.outcome == outcomes.MISSED:
        return _("They called, nobody took it")
    kinds = {
        "automatic": _("Automatic answer"),
        "bounce": _("Mail came back"),
        "note": _("Note"),
        "meeting": _("Meeting"),
    }
    if row.kind in kinds:
        return kinds[row.kind]
    if row.kind == "call":
        return _("They called") if row.direction == "in" else _("We called")
    if row.direction == "in":
        return _("They wrote")
    return _("We wrote to many") if row.conversation_id is None else _("We wrote")


@source("promises", gettext_lazy("Promises"), "calendar-clock", order=20)
def promises(customer: Customer, window: Window) -> list[Entry]:
    """Every promise at the moment when it was made, with what became of it."""
    rows = Task.objects.filter(customer=customer).select_related("owner")
    if window.viewer is not None and window.viewer.scope("conversations") == "none":
        rows = rows.filter(owner=window.viewer)
    return [_promise(task) for task in window.cut(rows, "created_at")]


def _promise(task: Task) -> Entry:
    state = _("Late") if task.is_late() else str(task.get_status_display())
    return Entry(
        source="promises",
        id=task.pk,
        at=task.created_at,
        title=_("We promised"),
        icon="calendar-clock",
        words=task.what,
        who=task.owner.name if task.owner else "",
        url=f"/conversations/{task.conversation_id}/" if task.conversation_id else "",
        is_quiet=not task.is_open,
        subject=task,
        notes=(state,),
    )
