from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.joins import REMADE
from customers.models import Customer


class Profile(models.Model):
    """One wide row of derived figures per customer: what segments ask. Written by insights/refreshing.py only.

    Figures of money are the account's; a segment answers persons with their account's figures.
    None means not known or never.
    """

    joins = dict.fromkeys(("customer", "account_id", "keeper_id", "team_id", "segments"), REMADE)

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="profile")
    account_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=100)
    born_on = models.DateField(null=True)
    keeper_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    custom = models.JSONField(default=dict)
    registered_on = models.DateField()
    has_email = models.BooleanField(default=False)  # one that mail may be sent to
    has_phone = models.BooleanField(default=False)
    offers_email = models.BooleanField(null=True)  # consents: None was never asked
    offers_phone = models.BooleanField(null=True)
    offers_sms = models.BooleanField(null=True)
    surveys_email = models.BooleanField(null=True)
    service_email = models.BooleanField(null=True)
    last_touch_at = models.DateTimeField(null=True)
    last_in_at = models.DateTimeField(null=True)
    last_out_at = models.DateTimeField(null=True)
    last_email_in_at = models.DateTimeField(null=True)
    last_email_out_at = models.DateTimeField(null=True)
    last_phone_in_at = models.DateTimeField(null=True)
    last_phone_out_at = models.DateTimeField(null=True)
    last_visit_at = models.DateTimeField(null=True)
    interactions_12m = models.PositiveIntegerField(default=0)
    has_open_conversation = models.BooleanField(default=False)
    has_open_complaint = models.BooleanField(default=False)
    has_open_promise = models.BooleanField(default=False)
    has_late_promise = models.BooleanField(default=False)
    first_purchase_on = models.DateField(null=True)
    last_purchase_on = models.DateField(null=True)
    orders = models.PositiveIntegerField(default=0)
    spent_cents = models.BigIntegerField(default=0)
    orders_12m = models.PositiveIntegerField(default=0)
    spent_12m_cents = models.BigIntegerField(default=0)
    segments = ArrayField(models.IntegerField(), default=list)  # ids of those they are in, ascending
    refreshed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"profile of {self.customer_id}"
