import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0009_find_what_failed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unfiled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(db_collation="C", max_length=100, unique=True)),
                ("uid_validity", models.BigIntegerField(null=True)),
                ("uid", models.BigIntegerField(null=True)),
                ("begun_count", models.PositiveSmallIntegerField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("set_aside_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, default="", max_length=500)),
                ("sender", models.CharField(blank=True, default="", max_length=320)),
                ("subject", models.CharField(blank=True, default="", max_length=250)),
                ("is_kept", models.BooleanField(default=False)),
                ("is_wanted", models.BooleanField(default=False)),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="interactions.mailbox",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("set_aside_at", None)), fields=["mailbox", "uid"], name="unfiled_begun"
                    )
                ],
            },
        ),
    ]
