from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_index_who_answered_and_left"),
    ]

    operations = [
        migrations.AddField(model_name="campaign", name="judged", field=models.JSONField(null=True)),
    ]
