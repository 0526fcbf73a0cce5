from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_initial"),
    ]

    operations = [
        migrations.AddField(model_name="campaign", name="counted", field=models.JSONField(null=True)),
        migrations.AddField(model_name="campaign", name="counted_at", field=models.DateTimeField(null=True)),
    ]
