"""What they buy."""

from django.db import models

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
    """One line of an order: a product, a quantity, the line's total. There is no order header."""

    joins = {"account": MOVES, "person": MOVES}

    account = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="purchases", db_index=False)
    person = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="ordered")  # who ordered
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    order_ref = models.CharField(max_length=120, blank=True, default="")
    line_ref = models.CharField(max_length=160, unique=True, db_collation="C")  # same line twice changes nothing
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    amount_cents = models.BigIntegerField()  # the line's total, in the smallest unit of its currency
    currency = models.CharField(max_length=3)
    purchased_on = models.DateField()
    source = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "-purchased_on", "-id"],
                include=["order_ref", "amount_cents", "product"],
                name="purchase_of_account",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents / 100:.2f} {self.currency} on {self.purchased_on}"
