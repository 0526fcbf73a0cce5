"""Today: whom to pick up first, what was promised, who waits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from crm import panels
from crm.http import id_in
from customers import reach
from interactions import picking, waiting
from interactions.models import Conversation, Message, Task
from staff.access import allowed

SHOWN = 12  # promises
WAITING = 8  # conversations


@require_safe
@allowed("today.view")
def page(request: HttpRequest) -> HttpResponse:
    user = request.user
    context = {slot: panels.draw(f"today.{slot}", request, user) for slot in ("main", "side")} | {"at": now()}
    if user.may("interactions.promises"):
        context |= _promises(user)
    if user.may("interactions.view"):
        skip = frozenset(map(id_in, request.GET.getlist("skip"))) - {0}
        rows = waiting.with_sender(waiting.unanswered(Conversation.objects.filter(owner=user)))
        rows = rows.select_related("customer__account")
        failed = Message.objects.failed().filter(author=user).select_related("customer")
        first = picking.first(user, skip=skip)
        context |= {
            "first": first,
            "may_call": first is not None and bool(reach.best_points([first.customer.pk], "phone", "service")),
            "skip": sorted(skip),
            "failed": list(failed.order_by("-id")[:WAITING]),
            "waiting": list(rows.order_by("waiting_since", "id")[:WAITING]),
        }
    return render(request, "interactions/today.html", context)


def _promises(user) -> dict:
    """Return the open promises that are late or due today, late ones first, and how many are late."""
    due = Task.objects.due_today().filter(owner=user)
    rows = list(due.select_related("customer__account").order_by("due_at", "id")[: SHOWN + 1])
    return {"tasks": rows[:SHOWN], "has_more": len(rows) > SHOWN, "late": sum(task.is_late() for task in rows)}
