from django.db import models

from crm.joins import REMADE
from customers.models.customer import Customer


class SearchTerm(models.Model):
    """One folded text under which a customer is found by its beginning. Written by customers/searching.py."""

    joins = {"customer": REMADE}

    class Kind(models.IntegerChoices):
        NAME = 1
        ADDRESS = 2  # e-mail, number in another system
        DIGITS = 3  # an ending of a phone number, four digits and more
        OTHER = 4  # stored by rooms above (order numbers)

    term = models.CharField(max_length=250, db_collation="C")
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="search_terms")

    class Meta:
        indexes = [models.Index(fields=["term", "customer"], name="search_term")]

    def __str__(self) -> str:
        return self.term
