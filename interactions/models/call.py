from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm.joins import MOVES
from customers.models import Customer
from interactions.models.conversation import Conversation
from interactions.models.interaction import Interaction

RINGS_FOR = timedelta(seconds=90)  # a telephone that rings for longer was given up


class CallQuerySet(models.QuerySet["Call"]):
    def ringing_at(self, user) -> "CallQuerySet":
        """Those that this colleague may take now: meant for them, or for all while they are available."""
        mine = Q(agent=user)
        if user.state == user.State.AVAILABLE:
            mine |= Q(agent=None)
        return self.filter(mine, status=Call.Status.RINGING, rang_at__gt=now() - RINGS_FOR)

    def in_hand_of(self, user) -> "CallQuerySet":
        """Those that this colleague took and has not finished."""
        return self.filter(taken_by=user, status__in=(Call.Status.LIVE, Call.Status.ENDED))


class Call(models.Model):
    """A telephone call as it happens: who rings, who took it, how it ended. Its record is an Interaction."""

    joins = {"customer": MOVES}

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
    is_somebody_else = models.BooleanField(default=False, db_default=False)  # none of those whom the number belongs to
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
    told_over_at = models.DateTimeField(null=True)  # when it ended by the telephone system's clock; None: it never said
    effects_at = models.DateTimeField(null=True)  # when what cannot be undone is to happen (do not call again)

    objects = CallQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["rang_at"], condition=Q(status="ringing"), name="call_ringing"),
            models.Index(fields=["taken_by", "-rang_at"], name="call_of_agent"),
            # each console's poll asks this: it must not read all calls that the agent ever took
            models.Index(fields=["taken_by"], condition=Q(status__in=["live", "ended"]), name="call_in_hand"),
            models.Index(fields=["effects_at"], condition=Q(effects_at__isnull=False), name="call_with_effects"),
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
