from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.joins import STAYS
from customers import channels
from customers.models import Purpose
from insights.models import Segment
from interactions.models import Wording


class Campaign(models.Model):
    """One wording per language to everybody in a segment, and what came of it."""

    joins = {"last_recipient_id": STAYS}

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PLANNED = "planned", _("Planned")
        UNDECIDED = "undecided", _("Needs your decision")
        FREEZING = "freezing", _("Choosing its audience")
        RUNNING = "running", _("Sending")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")

    class Stop(models.TextChoices):
        """Why Filo itself stopped it and asks."""

        LATE = "late"  # nobody ran when its hour came, or something was missing for too long
        RESTORED = "restored"  # it came back with a backup, and may have gone out since

    name = models.CharField(max_length=150)
    channel = models.CharField(max_length=20, choices=channels.choices)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.OFFERS)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.PROTECT, related_name="campaigns")
    sender_name = models.CharField(max_length=150, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    planned_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=10, choices=Stop.choices, blank=True, default="", db_default="")
    launched_at = models.DateTimeField(null=True)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    finished_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    last_recipient_id = models.BigIntegerField(default=0)  # the cursor: those up to here are in the outbox
    recipient_count = models.PositiveIntegerField(default=0)  # frozen, those excluded left out
    excluded = models.JSONField(default=dict)  # reason → how many
    judged = models.JSONField(null=True)  # of a draft: what the gate said of its audience last, and of which question
    counted = models.JSONField(null=True)  # what came of it, as it was at `counted_at`: results.py
    counted_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class CampaignWording(models.Model):
    """What the campaign says in one language."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="wordings")
    wording = models.OneToOneField(Wording, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    is_fallback = models.BooleanField(default=False)  # for customers of any other language; pt-BR reads pt

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "language"], name="one_wording_per_language")]

    def __str__(self) -> str:
        return f"{self.campaign_id} in {self.language}"
