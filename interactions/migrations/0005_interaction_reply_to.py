from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0004_index_what_came_back"),
    ]

    operations = [
        # a default in the database: what is sent is written by a statement of its own, the code before this one too
        migrations.AddField(
            model_name="interaction",
            name="reply_to",
            field=models.CharField(blank=True, default="", db_default="", max_length=320),
        ),
    ]
