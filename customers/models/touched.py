from django.db import models

from crm.joins import STAYS


class Touched(models.Model):
    """A customer about whom something changed: derived figures are to be redone. Written by customers.touch."""

    joins = {"customer_id": STAYS}  # soon gone; who redoes figures asks for the survivor

    customer_id = models.BigIntegerField()  # no foreign key: an insert must not wait for anybody
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"customer {self.customer_id}"
