from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # concurrently: nobody who sends waits
    dependencies = [
        ("interactions", "0012_claim_by_channel"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(fields=["lease_until"], condition=Q(status="in_doubt"), name="message_in_doubt"),
        ),
    ]
