"""Figures read base amounts from the index alone; a rate finds the purchases that it is for, and those that have none."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sales", "0003_fill_base_amounts")]

    operations = [
        AddIndexConcurrently(
            "purchase",
            models.Index(
                fields=["account", "-purchased_on", "-id"],
                include=("order_ref", "base_cents", "product"),
                name="purchases_of_account",
            ),
        ),
        RemoveIndexConcurrently("purchase", "purchase_of_account"),
        AddIndexConcurrently(
            "purchase", models.Index(fields=["currency", "purchased_on"], name="purchases_in_currency")
        ),
        AddIndexConcurrently(
            "purchase",
            models.Index(
                fields=["currency", "purchased_on"],
                condition=models.Q(("base_cents__isnull", True)),
                name="purchases_without_rate",
            ),
        ),
    ]
