"""What this room adds to the frame, to the customer page and to its own registries."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm import demo, marks, panels, queues, restoring, shell
from customers import channels
from interactions import claiming, columns, filling, merge_fields, recovering, story, telling, waiting
from interactions.claiming import Readers
from interactions.models import Conversation, Message, Task
from interactions.views import console, customer
from staff import sections

__all__ = ["columns", "merge_fields", "telling"]  # importing them registers columns, timeline sources, wordings' fields
COUNTED = 100  # the number beside a place goes no further


@queues.beside(queues.PERSONAL)
def _to_one() -> Iterator[str]:
    """A queue of each channel of the list, also of one that nothing leaves on yet."""
    return (claiming.waits_in(channel.key, Readers.PERSONAL) for channel in channels.every())


@queues.beside(queues.ORDINARY)
def _to_many() -> Iterator[str]:
    return (claiming.waits_in(channel.key, Readers.MASS) for channel in channels.every())


def _waiting(request: HttpRequest) -> int:
    mine = Conversation.objects.filter(owner=request.user)
    return waiting.unanswered(mine).order_by()[:COUNTED].count()


def _due(request: HttpRequest) -> int:
    return Task.objects.due_today().filter(owner=request.user).order_by()[:COUNTED].count()


shell.place(
    "today", label=_("Today"), icon="sun", url_name="interactions:today", right="today.view", order=10, key="T",
    on_phone=True,
)  # fmt: skip
shell.place(
    "conversations", label=_("Conversations"), icon="inbox", url_name="interactions:conversations",
    right="interactions.view", order=20, key="I", on_phone=True, count=_waiting,
)  # fmt: skip
shell.place(
    "console", label=_("Console"), icon="headphones", url_name="interactions:console", right="interactions.console",
    order=40, key="O", on_phone=True,
)  # fmt: skip
shell.place(
    "promises", label=_("Promises"), icon="list-checks", url_name="interactions:promises",
    right="interactions.promises", group="Sell", order=50, key="K", count=_due,
)  # fmt: skip
shell.command(
    "call",
    label=_("Call a number"),
    icon="phone",
    url_name="interactions:console",
    right="interactions.console",
    order=20,
)
shell.command(
    "answer", label=_("Answer who waits longest"), icon="corner-up-left", url_name="interactions:conversations",
    right="interactions.view", order=30,
)  # fmt: skip
shell.command(
    "promise", label=_("New promise"), icon="list-checks", url_name="interactions:promise_new",
    right="interactions.promises", order=15, is_new=True,
)  # fmt: skip
shell.command(
    "doubt", label=_("Messages in doubt"), icon="circle-dashed", url_name="interactions:doubt",
    right="interactions.doubt", order=200,
)  # fmt: skip
sections.section(
    "channels", label=_("Channels and mailboxes"), icon="inbox", url_name="interactions:channels",
    right="interactions.channels", group="technical", order=10,
    count=lambda request: Message.objects.visible_to(request.user).in_doubt().order_by()[:COUNTED].count() or None,
)  # fmt: skip
marks.mark("meeting", _("Meeting"), "handshake", hue="visit")
marks.mark("promise", _("Promise"), "calendar-clock")


@panels.panel("shell.corner", "agent state", order=10)
def agent_state(request: HttpRequest, subject) -> str:
    return console.state_menu(request, subject)


@panels.panel("customer.actions", "call and mail", order=10)
def actions(request: HttpRequest, subject) -> str:
    return customer.actions(request, subject)


@panels.panel("customer.main", "thread", order=10)
def thread(request: HttpRequest, subject) -> str:
    return customer.card(request, subject)


@panels.panel("customer.main", "composer", order=20)
def composer(request: HttpRequest, subject) -> str:
    return customer.composer(request, subject)


@panels.panel("customer.main", "timeline", order=30)
def timeline(request: HttpRequest, subject) -> str:
    return customer.line(request, subject)


restoring.step(20, "interactions")(recovering.doubt_restored)
demo.step(40, "interactions")(story.tell)
demo.step(30, "interactions", big=True)(filling.fill)
