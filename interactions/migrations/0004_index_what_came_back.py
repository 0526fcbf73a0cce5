from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # concurrently: nobody who sends waits
    dependencies = [
        ("interactions", "0003_call_is_somebody_else"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                fields=["origin", "origin_id"], condition=Q(bounced_at__isnull=False), name="message_bounced"
            ),
        ),
    ]
