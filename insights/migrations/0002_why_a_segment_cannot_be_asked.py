from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="trouble",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
