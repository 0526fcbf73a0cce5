from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # concurrently: nobody who sends waits
    dependencies = [
        ("interactions", "0008_when_calls_were_told_to_be_over"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                fields=["author"], condition=Q(status="failed", is_marketing=False), name="message_failed"
            ),
        ),
    ]
