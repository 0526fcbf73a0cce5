"""What they buy, and what that is worth in our own currency."""

from django.db import models
from django.db.models import Q

from crm.joins import MOVES
from customers.models import Customer


class Product(models.Model):
    """Something that we sell, as it is called on purchases."""

    name = models.CharField(max_length=200)
    sku = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "sku"], name="one_product")]

    def __str__(self) -> str:
        return self.name


class Purchase(models.Model):
    """One line of an order: a product, a quantity, the line's total. There is no order header.

    `base_cents` is what the total is worth in the currency of the books, by the rate of the day on which it was bought:
    the only amount that figures add up. None: no rate is known.
    """

    joins = {"account": MOVES, "person": MOVES}

    account = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="purchases", db_index=False)
    person = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="ordered")  # who ordered
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    order_ref = models.CharField(max_length=120, blank=True, default="")
    line_ref = models.CharField(max_length=160, unique=True, db_collation="C")  # same line twice changes nothing
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    amount_cents = models.BigIntegerField()  # the line's total, in the smallest unit of its currency
    currency = models.CharField(max_length=3)
    base_cents = models.BigIntegerField(null=True)
    purchased_on = models.DateField()
    source = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "-purchased_on", "-id"],
                include=["order_ref", "base_cents", "amount_cents", "product"],
                name="purchases_by_account",
            ),
            models.Index(fields=["currency", "purchased_on"], name="purchases_in_currency"),
            models.Index(
                fields=["currency", "purchased_on"],
                condition=Q(base_cents__isnull=True),
                name="purchases_without_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency} on {self.purchased_on}"


class Books(models.Model):
    """The currency that all base amounts are in: one row.

    It follows the organisation's. While it does (`is_closing`) base amounts are taken away, and nothing gets one.
    """

    currency = models.CharField(max_length=3)
    is_closing = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_set_of_books")]

    def __str__(self) -> str:
        return self.currency


class ExchangeRate(models.Model):
    """How many units of `base` one unit of `currency` is worth, from a day on until the next rate."""

    base = models.CharField(max_length=3)  # the organisation's currency when it was said
    currency = models.CharField(max_length=3)
    from_on = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "currency", "from_on"], name="one_rate_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} {self.base} from {self.from_on} on"


class Recount(models.Model):
    """Purchases of one currency and span whose base amounts are owed: their rate changed. Its cursor says how far."""

    currency = models.CharField(max_length=3)
    from_on = models.DateField(null=True)  # None: from the first
    until_on = models.DateField(null=True)  # the first day that is not meant; None: there is none
    last_on = models.DateField(null=True)  # purchases up to this day …
    last_number = models.BigIntegerField(default=0)  # … and on it up to this one are done
    done_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="recounts_owed")]

    def __str__(self) -> str:
        return f"{self.currency} from {self.from_on} until {self.until_on}"
