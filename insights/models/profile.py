from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.joins import REMADE, STAYS
from customers.models import Customer


class Profile(models.Model):
    """One wide row of derived figures per customer: what segments ask.

    Written by insights/refreshing.py, its `segments` by evaluating.py.

    Which figure stands in a column, and how it is worked out, is declared in insights/figures.py. Figures of money are
    the account's; a segment answers persons with their account's figures. None means not known or never. Days and
    moments, never ages: no column changes because time passes, but on the days that the `…_until_on` foretell.
    """

    joins = dict.fromkeys(
        (
            "customer", "account_id", "keeper_id", "team_id", "segments", "lists", "products", "months_bought",
            "seasons_bought", "campaigns_got", "campaigns_answered",
        ), REMADE,
    )  # fmt: skip

    # What is never null and has one width stands first: it is found without reading what stands before it.
    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="profile")
    account_id = models.BigIntegerField()
    allowed = models.BigIntegerField(default=0)  # consents, a bit for each purpose and channel: sources.bit_of
    refused = models.BigIntegerField(default=0)  # neither of the two: never asked
    spent_cents = models.BigIntegerField(default=0)
    spent_12m_cents = models.BigIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    orders_12m = models.PositiveIntegerField(default=0)
    orders_without_rate = models.PositiveIntegerField(default=0)
    interactions_12m = models.PositiveIntegerField(default=0)
    registered_on = models.DateField()
    has_email = models.BooleanField(default=False)  # one that mail may be sent to
    has_phone = models.BooleanField(default=False)
    has_open_conversation = models.BooleanField(default=False)
    has_open_complaint = models.BooleanField(default=False)
    segments = ArrayField(models.IntegerField(), default=list)  # ids of those they are in, ascending
    kind = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    town = models.TextField()  # folded, as rules compare it; as it is written it stands with the customer
    last_touch_at = models.DateTimeField(null=True)
    last_purchase_on = models.DateField(null=True)
    first_due_at = models.DateTimeField(null=True)  # of the open promises
    last_in_at = models.DateTimeField(null=True)
    last_out_at = models.DateTimeField(null=True)
    first_purchase_on = models.DateField(null=True)
    born_on = models.DateField(null=True)
    keeper_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    products = ArrayField(models.BigIntegerField(), default=list, db_default=[])  # ascending, as all of these
    months_bought = ArrayField(models.BigIntegerField(), default=list, db_default=[])  # 202611 for November 2026
    seasons_bought = ArrayField(models.BigIntegerField(), default=list, db_default=[])  # 1 to 12, of whatever year
    campaigns_got = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    campaigns_answered = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    lists = ArrayField(models.BigIntegerField(), default=list, db_default=[])  # static segments, from ListedCustomer
    last_contacts = ArrayField(models.DateTimeField(null=True), default=list)  # by channel and way: sources.place_of
    interactions_until_on = models.DateField(null=True)  # the organisation's day on which they change by themselves
    purchases_until_on = models.DateField(null=True)
    custom = models.JSONField(default=dict)
    fingerprint = models.BigIntegerField(null=True)  # of the rows that it was made of: insights/fingerprints.py
    account_fingerprint = models.BigIntegerField(null=True)  # of those of the account; None: not known
    refreshed_at = models.DateTimeField()  # when a figure or what it was made of changed last

    def __str__(self) -> str:
        return f"profile of {self.customer_id}"


class Pass(models.Model):
    """One walk through all profiles, slice by slice. Written by insights/passing.py only; killed, it goes on."""

    joins = {"reached": STAYS}

    recipe = models.CharField(max_length=64)  # what the figures were declared as: another one is owed another walk
    reached = models.BigIntegerField(default=0)  # the customer up to whom it is done
    begun_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"], condition=models.Q(finished_at=None), nulls_distinct=False, name="one_pass"
            )
        ]

    def __str__(self) -> str:
        return f"pass of {self.begun_at:%Y-%m-%d %H:%M}, at {self.reached}"


class FailingSource(models.Model):
    """A source of figures that fails: what comes from it keeps its values. Written by insights/refreshing.py only."""

    name = models.CharField(max_length=40, primary_key=True)  # of insights/sources.py
    since = models.DateTimeField()
    why = models.TextField()
    due_at = models.DateTimeField()  # when it is tried again

    class Meta:
        db_table = "insights_source"

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"
