from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.joins import STAYS


class Event(models.Model):
    """One business fact, written in the same transaction as the change that it tells of.

    Holds ids, not foreign keys: history outlives merged and erased customers.
    """

    joins = {"about_id": STAYS, "customer_id": STAYS}

    kind = models.CharField(max_length=60)
    about = models.CharField(max_length=60)  # model label, such as "interactions.interaction"
    about_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    data = models.JSONField(default=dict)
    happened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["customer_id", "-id"], name="event_of_customer")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"


class Wakeup(models.Model):
    """One reaction owed to one event. Done in the reaction's own transaction, so it takes effect once."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="wakeups")
    reaction = models.CharField(max_length=120)  # dotted name of the function
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(default="", blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "reaction"], name="one_wakeup_per_reaction")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="wakeup_owed")]

    def __str__(self) -> str:
        return f"{self.reaction} owes an answer to event {self.event_id}"


class Heartbeat(models.Model):
    """When a part of the machinery was last seen alive."""

    part = models.CharField(max_length=40, primary_key=True)  # "worker", "clock"
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} at {self.seen_at:%H:%M:%S}"


class Setback(models.Model):
    """An item that some background deed failed at: how often, why, and when it is tried again (crm/apart.py)."""

    deed = models.CharField(max_length=60)  # in words, such as "missed call"
    key = models.CharField(max_length=120)  # which one
    attempts = models.PositiveIntegerField(default=0)
    trouble = models.TextField()
    since = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()  # it rests until then

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deed", "key"], name="one_setback_per_item")]

    def __str__(self) -> str:
        return f"{self.deed} {self.key}: {self.trouble}"
