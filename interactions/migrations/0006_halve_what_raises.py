from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0005_interaction_reply_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="rounds",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
    ]
