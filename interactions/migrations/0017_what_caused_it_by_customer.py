"""Which campaigns somebody got is read without reading all that was ever said."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("interactions", "0016_whether_a_time_was_said")]

    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(
                fields=["customer"],
                include=["origin", "origin_id", "direction"],
                condition=~Q(origin=""),
                name="interaction_of_origin",
            ),
        ),
    ]
