from django.conf import settings
from django.db import models

from crm.joins import MOVES, STAYS
from customers.models.customer import Customer


class ChangeQuerySet(models.QuerySet["Change"]):
    def naming(self, field: str) -> "ChangeQuerySet":
        """Those that wrote this field: a column such as "city", or "custom.litres" of a custom field."""
        return self.filter(after__has_key=field)


class Change(models.Model):
    """What one deed changed of a customer's own fields. Written by customers/history.py; nothing ever changes it.

    The first registration is none: the customer's `source` says where that came from.
    """

    joins = {"customer": MOVES, "undo_id": STAYS}

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="changes", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(  # who wrote it by hand; None: a file or a machine, as `source` says
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    source = models.CharField(max_length=60)  # "form", "import 12", as intake was told
    undo_id = models.BigIntegerField(null=True)  # of the deed that can be undone with all that it changed; else None
    # Only the fields that changed, by column ("city", "keeper_id", "born_on" as 1984-10-14) or "custom.<key>";
    # null in `before`: there was no value.
    before = models.JSONField()
    after = models.JSONField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-id"], name="change_of_customer"),
            models.Index(fields=["undo_id"], condition=models.Q(undo_id__isnull=False), name="change_of_undo"),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.after)} of {self.customer_id}"
