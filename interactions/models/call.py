from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from interactions.models.conversation import Conversation
from interactions.models.interaction import Interaction


class Call(models.Model):
    """A telephone call as it happens: who rings, who took it, how it ended. Its record is an Interaction."""

    class Status(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        LIVE = "live", _("On the line")
        ENDED = "ended", _("To be finished")  # hung up, the outcome is still missing
        FINISHED = "finished", _("Finished")
        MISSED = "missed", _("Nobody took it")

    ref = models.CharField(max_length=120, unique=True)  # of the telephone system; "typed:…" without one
    direction = models.CharField(max_length=6, default="in")
    number = models.CharField(max_length=40, blank=True, default="")  # theirs, E.164 where it could be read
    line = models.CharField(max_length=40, blank=True, default="")  # ours
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RINGING)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")  # once it is sure
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="+")
    interaction = models.OneToOneField(Interaction, null=True, on_delete=models.SET_NULL, related_name="call")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="calls"
    )  # at whom it rings; None: at all who are available
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    notes = models.TextField(blank=True, default="")  # saved as they are typed
    outcome = models.CharField(max_length=40, blank=True, default="")
    rang_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # grows with each change: the console's poll compares it

    class Meta:
        indexes = [
            models.Index(fields=["rang_at"], condition=Q(status="ringing"), name="call_ringing"),
            models.Index(fields=["taken_by", "-rang_at"], name="call_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.number} at {self.rang_at:%H:%M}"


class HookDelivery(models.Model):
    """A hook that came in, by its id: a repeated one counts once."""

    hook = models.CharField(max_length=20)  # "calls", "mail"
    delivery_id = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "delivery_id"], name="one_hook_delivery")]

    def __str__(self) -> str:
        return f"{self.hook} {self.delivery_id}"
