from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # concurrently: nobody who sends waits
    dependencies = [
        ("campaigns", "0002_keep_what_was_counted"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="recipient",
            index=models.Index(fields=["campaign"], condition=Q(answered_at__isnull=False), name="recipient_answered"),
        ),
        AddIndexConcurrently(
            model_name="recipient",
            index=models.Index(fields=["campaign"], condition=Q(unsubscribed_at__isnull=False), name="recipient_left"),
        ),
    ]
