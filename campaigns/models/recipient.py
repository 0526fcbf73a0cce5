from django.db import models
from django.db.models import Q

from campaigns.models.campaign import Campaign
from crm.joins import FOLDS, MOVES
from customers.models import ContactPoint, Customer


class Recipient(models.Model):
    """One customer of a campaign's frozen audience; an exclusion carries its reason."""

    joins = {"customer": FOLDS, "contact_point": MOVES}

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="recipients", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_point = models.ForeignKey(
        ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    language = models.CharField(max_length=8, blank=True, default="")
    reason = models.CharField(max_length=30, blank=True, default="")  # why not: a key of customers.reach.REASONS
    queued_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "customer"], name="one_recipient")]
        indexes = [
            models.Index(fields=["campaign", "id"], name="recipient_cursor"),
            models.Index(fields=["campaign", "reason"], condition=~Q(reason=""), name="recipient_excluded"),
            models.Index(fields=["campaign"], condition=Q(answered_at__isnull=False), name="recipient_answered"),
            models.Index(
                fields=["customer"],
                include=["campaign"],
                condition=Q(answered_at__isnull=False),
                name="recipient_who_answered",
            ),
            models.Index(fields=["campaign"], condition=Q(unsubscribed_at__isnull=False), name="recipient_left"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} of {self.campaign_id}"
