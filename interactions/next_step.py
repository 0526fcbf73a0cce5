"""What to do next with a customer: one rule, in one order, with its reason.

Their unanswered words; an open complaint; our late promise; a promise due today; a question never asked; nothing.
Never an offer while a complaint is open or a promise late: this rule knows no offers at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from customers.models import Customer
from interactions.models import Conversation, Task


@dataclass(frozen=True)
class Step:
    """kind: answer, complaint, late, today, ask or nothing. words: what to do. because: why. url: where, or ""."""

    kind: str
    words: str
    because: str
    url: str = ""

    @property
    def allows_offer(self) -> bool:
        return self.kind not in ("answer", "complaint", "late")


def of(
    customer: Customer, *, conversations: Sequence[Conversation], tasks: Sequence[Task], was_asked: bool, at: datetime
) -> Step:
    """Return the next step. conversations: their unsettled ones. tasks: their open ones. was_asked: about offers."""
    waiting = [one for one in conversations if one.is_open and one.waiting_since]
    if waiting:
        return _answer(min(waiting, key=lambda one: one.waiting_since or at))
    complaints = [one for one in conversations if one.is_open and one.is_complaint]
    if complaints:
        return _complaint(complaints[0])
    return _of_promises(customer, sorted(tasks, key=lambda task: task.due_at), at) or _question(customer, was_asked)


def without_words(step: Step) -> Step:
    """Return the step for somebody who may not read what was said."""
    if step.kind in ("late", "today"):
        return Step(step.kind, _("Keep a promise"), step.because, "")
    if step.kind == "complaint":
        return Step(step.kind, step.words, _("A complaint is open. No offer until it is settled."), "")
    return step


def _answer(conversation: Conversation) -> Step:
    return Step("answer", _("Answer them"), _("Their last words have no answer yet."), conversation.get_absolute_url())


def _complaint(conversation: Conversation) -> Step:
    words = _("Settle the complaint")
    because = _("“%(subject)s” is still open. No offer until it is settled.") % {"subject": conversation}
    return Step("complaint", words, because, conversation.get_absolute_url())


def _of_promises(customer: Customer, tasks: Sequence[Task], at: datetime) -> Step | None:
    late = [task for task in tasks if task.is_late(at)]
    if late:
        because = _("We promised it, and it is late. No offer until it is done.")
        return Step("late", late[0].what, because, _url(customer, late[0]))
    today = [task for task in tasks if task.days_left(at) <= 0]
    if today:
        return Step("today", today[0].what, _("We promised it for today."), _url(customer, today[0]))
    return None


def _question(customer: Customer, was_asked: bool) -> Step:
    if not customer.language:
        words = _("Ask which language they prefer")
        return Step("ask", words, _("We never asked."), customer.get_absolute_url())
    if not was_asked:
        words = _("Ask whether they want offers, and on which channel")
        return Step("ask", words, _("We never asked."), customer.get_absolute_url())
    return Step("nothing", _("Nothing to do"), _("No words wait, nothing is promised, nothing is open."))


def _url(customer: Customer, task: Task) -> str:
    return f"/conversations/{task.conversation_id}/" if task.conversation_id else customer.get_absolute_url()
