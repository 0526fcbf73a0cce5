from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False  # concurrently: nobody who registers waits
    dependencies = [
        ("customers", "0003_what_stays_known_of_an_address"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(Upper("city"), "sort_key", "id", name="customer_of_town"),
        ),
    ]
