"""Columns that this room adds to the customers list: last contact, and the next promise."""

from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from crm.formats import due, when
from crm.jinja2 import icon, mark
from customers.listing import column
from customers.models import Customer
from interactions.models import Conversation, Task


@column("contact", gettext_lazy("Last contact"), 30, on_phone="right")
def last_contact(customers: Sequence[Customer]) -> dict[int, Markup]:
    rows = Conversation.objects.filter(customer__in=customers).order_by("customer_id", "-touched_at", "-id")
    rows = rows.distinct("customer_id").only(
        "customer_id", "touched_at", "waiting_since", "their_at", "their_channel", "our_at", "our_channel"
    )
    waits = Markup('<span class="due" title="{0}">{1}</span>').format(
        _("waits for an answer"), icon("inbox", "icon-sm", _("waits for an answer"))
    )
    day = partial(when, style="day")
    drawn = Markup('<span class="contact">{}{}{}</span>')
    return {
        pk: drawn.format(_how(row), day(row.touched_at), waits if row.waiting_since else "")
        for row in rows
        if (pk := row.customer_id)
    }


def _how(row: Conversation) -> Markup:
    """Draw the channel of what was said last; nothing where nobody has spoken yet."""
    theirs_last = row.their_at and (not row.our_at or row.their_at >= row.our_at)
    channel = row.their_channel if theirs_last else row.our_channel
    return mark(channel) if channel else Markup("")


@column("promise", gettext_lazy("Promise"), 40, on_phone="sub")
def promise(customers: Sequence[Customer]) -> dict[int, Markup]:
    rows = Task.objects.open().filter(customer__in=customers).order_by("customer_id", "due_at", "id")
    said = {pk: due(row.due) for row in rows.distinct("customer_id") if (pk := row.customer_id)}
    return {pk: Markup('<span class="{}">{}</span>').format(one.css, one.words) for pk, one in said.items()}
