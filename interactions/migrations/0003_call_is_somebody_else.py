from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0002_call_in_hand"),
    ]

    operations = [
        # a default in the database: the code before this one, still running, writes calls without it
        migrations.AddField(
            model_name="call", name="is_somebody_else", field=models.BooleanField(default=False, db_default=False)
        ),
    ]
