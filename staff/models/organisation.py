"""Whose Filo this is, and how it is divided."""

from django.db import models
from django.db.models import Q

NAMELESS = "Filo"  # what we are called before `manage.py setup`


class Organisation(models.Model):
    """The company that runs this Filo: one row. Its legal identity stands in each campaign mail."""

    name = models.CharField(max_length=150)
    legal_name = models.CharField(max_length=200)
    legal_number = models.CharField(max_length=100, blank=True, default="")  # VAT or register number
    postal_address = models.TextField()
    country = models.CharField(max_length=2, default="IT")  # ISO 3166; phones without a prefix are read with it
    currency = models.CharField(max_length=3, default="EUR")  # ISO 4217
    time_zone = models.CharField(max_length=60, default="Europe/Rome")
    languages = models.JSONField(default=list)  # of customers, the first is the fallback
    sender_name = models.CharField(max_length=150)
    sender_email = models.EmailField()
    website = models.URLField(blank=True, default="")
    quiet_from = models.TimeField(null=True, blank=True)  # no marketing between these, in the customer's zone
    quiet_until = models.TimeField(null=True, blank=True)
    cap_messages = models.PositiveSmallIntegerField(default=4)  # marketing messages …
    cap_days = models.PositiveSmallIntegerField(default=30)  # … in so many days, per customer
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_organisation")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Organisation":
        """Return the organisation, or an unsaved one with safe defaults before `manage.py setup`."""
        return cls.objects.filter(pk=1).first() or cls(
            pk=1, name=NAMELESS, legal_name="", postal_address="", languages=["en"]
        )


class Place(models.Model):
    """A shop, an office, a fair."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class BusinessLine(models.Model):
    """A line of business, such as hospitality or retail."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class Division(models.Model):
    """A division of the company."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name
