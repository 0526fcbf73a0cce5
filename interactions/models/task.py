from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm import days
from crm.joins import MOVES
from customers.models import Customer
from interactions.models.conversation import Conversation
from interactions.models.interaction import Interaction


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user) -> "TaskQuerySet":
        """Own promises, and those to customers whose words this colleague may read."""
        if user.scope("conversations") == "all":
            return self
        mine = Q(owner=user) | Q(offered_to=user)
        if user.scope("conversations") != "none":
            mine |= Q(customer__in=Customer.objects.visible_to(user))
        return self.filter(mine)

    def open(self) -> "TaskQuerySet":
        return self.filter(status=Task.Status.OPEN)

    def late(self) -> "TaskQuerySet":
        return self.open().filter(due_at__lt=now())

    def due_today(self, at: datetime | None = None) -> "TaskQuerySet":
        """Due today or before, as `Task.days_left` counts."""
        at = at or now()
        tonight = days.begin_shown(days.shown_on(at) + timedelta(days=1))
        by_clock = Q(due_on=None, due_at__lt=tonight)
        return self.open().filter(by_clock | Q(due_on__lte=days.today(at)))


class Task(models.Model):
    """A promise: what one of us said we would do, to whom, by when: a day or a moment. It keeps its first one."""

    joins = {"customer": MOVES}
    RIGHT = "interactions.promises"  # of staff/access.py: who has it may own one

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        KEPT = "kept", _("Kept")
        DROPPED = "dropped", _("Called off")

    class Kind(models.TextChoices):
        PROMISE = "promise", _("Promise")
        CALLBACK = "callback", _("Call back")

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="tasks")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="tasks")
    interaction = models.ForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="tasks")  # said in
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PROMISE)
    what = models.CharField(max_length=300)
    channel = models.CharField(max_length=20, blank=True, default="")
    due_on = models.DateField(null=True)  # None: for a moment
    due_at = models.DateTimeField()  # of a day its end, in the organisation's zone: later it is late
    first_due_on = models.DateField(null=True)
    first_due_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="tasks")
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="offered_tasks"
    )  # handed, not yet taken: it stays the owner's
    promised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "due_at", "id"], condition=Q(status="open"), name="task_of_owner"),
            models.Index(fields=["customer", "due_at"], condition=Q(status="open"), name="task_of_customer"),
            models.Index(fields=["due_at", "id"], condition=Q(status="open"), name="task_due"),
            models.Index(fields=["conversation"], condition=Q(status="open"), name="task_of_conversation"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def has_time(self) -> bool:
        return self.due_on is None

    @property
    def due(self) -> date | datetime:
        """When it is due as it was said: a day, or a moment."""
        return self.due_on or self.due_at

    @property
    def first_due(self) -> date | datetime:
        return self.first_due_on or self.first_due_at

    def days_left(self, at: datetime | None = None) -> int:
        """Return how many days from today it is due: a day on our calendar, a moment on its reader's clock."""
        at = at or now()
        if self.due_on:
            return (self.due_on - days.today(at)).days
        return (days.shown_on(self.due_at) - days.shown_on(at)).days

    def is_late(self, at: datetime | None = None) -> bool:
        """Late for everybody at once: its moment has passed, or its day is over where the organisation is."""
        return self.is_open and self.due_at < (at or now())


class TaskMove(models.Model):
    """A promise got another day, or went to a colleague: who did it and why."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="moves")
    from_due_at = models.DateTimeField()  # of a day its end
    to_due_at = models.DateTimeField()
    to_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.task_id} moved"
