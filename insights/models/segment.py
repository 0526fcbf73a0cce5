from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.joins import FOLDS, REMADE, STAYS
from customers.models import Customer, ImportFile


class Segment(models.Model):
    """A saved question about customers, or a list of some (`is_static`).

    Who answers it now is in Membership and in Profile.segments.
    """

    name = models.CharField(max_length=120, unique=True)
    rule = models.JSONField()  # a tree: {"all"|"any": [rule…]} | {"field", "is", "value"}; see insights/rules.py
    is_static = models.BooleanField(default=False, db_default=False)  # those in ListedCustomer; it has no rules
    member_count = models.PositiveIntegerField(default=0)
    evaluated_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True, default="", db_default="")  # what asking it of everybody last raised
    is_archived = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A customer who answers a segment's question now."""

    joins = {"customer": REMADE}

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class ListedCustomer(models.Model):
    """A customer whom somebody put on the list of a static segment. Written by insights/listing.py only."""

    joins = {"customer": FOLDS}

    class Origin(models.TextChoices):
        PASTED = "pasted", _("Pasted")
        IMPORT = "import", _("From an import")
        SELECTION = "selection", _("Chosen from a list")
        API = "api", _("By the API")

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="listed", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    origin = models.CharField(max_length=20, choices=Origin.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="listed_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} on the list of {self.segment_id}"


class Enlistment(models.Model):
    """Many customers on their way to a list: those of a file, or whom filters leave. Written by insights/listing.py.

    Killed, it goes on where it was; who sees customers of some only puts those on it.
    """

    joins = {"reached": STAYS, "until": STAYS}

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="enlistments")
    origin = models.CharField(max_length=20, choices=ListedCustomer.Origin.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.ForeignKey(ImportFile, null=True, on_delete=models.CASCADE, related_name="+")
    filters = models.JSONField(default=dict)  # of the customers list: name → value
    reached = models.BigIntegerField(default=0)  # the customer up to whom it is done
    until = models.BigIntegerField()  # the last customer that there was when it began
    added_count = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(finished_at=None), name="enlistment_on_its_way")]

    def __str__(self) -> str:
        return f"{self.origin} to {self.segment_id}, at {self.reached}"


class SegmentChange(models.Model):
    """A customer entered or left a segment."""

    joins = {"customer_id": STAYS}

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="changes")
    customer_id = models.BigIntegerField()
    has_entered = models.BooleanField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id} {'entered' if self.has_entered else 'left'} {self.segment_id}"
