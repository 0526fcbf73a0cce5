"""Figures tell returns by their amounts, from the index alone."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sales", "0004_find_base_amounts")]

    operations = [
        AddIndexConcurrently(
            "purchase",
            models.Index(
                fields=["account", "-purchased_on", "-id"],
                include=("order_ref", "base_cents", "amount_cents", "product"),
                name="purchases_by_account",
            ),
        ),
        RemoveIndexConcurrently("purchase", "purchases_of_account"),
    ]
