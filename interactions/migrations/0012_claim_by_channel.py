from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # concurrently: nobody who sends waits
    dependencies = [
        ("interactions", "0011_channels_by_a_list"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                fields=["channel", "account", "is_marketing", "due_at", "id"],
                condition=Q(status="queued"),
                name="message_due_by_channel",
            ),
        ),
        RemoveIndexConcurrently(model_name="message", name="message_due"),
    ]
