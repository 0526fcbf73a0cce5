"""Which campaigns somebody answered is read without reading all that they got."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("campaigns", "0006_channels_by_a_list")]

    operations = [
        AddIndexConcurrently(
            "recipient",
            models.Index(
                fields=["customer"],
                include=["campaign"],
                condition=Q(answered_at__isnull=False),
                name="recipient_who_answered",
            ),
        ),
    ]
