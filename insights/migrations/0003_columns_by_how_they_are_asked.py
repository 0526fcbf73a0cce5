import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Profiles anew, beside the old ones: what never changes its width first, families instead of their members."""

    dependencies = [
        ("customers", "0001_initial"),
        ("insights", "0002_why_a_segment_cannot_be_asked"),
    ]

    operations = [
        migrations.CreateModel(
            name="NewProfile",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("allowed", models.BigIntegerField(default=0)),
                ("refused", models.BigIntegerField(default=0)),
                ("spent_cents", models.BigIntegerField(default=0)),
                ("spent_12m_cents", models.BigIntegerField(default=0)),
                ("orders", models.PositiveIntegerField(default=0)),
                ("orders_12m", models.PositiveIntegerField(default=0)),
                ("orders_without_rate", models.PositiveIntegerField(default=0)),
                ("interactions_12m", models.PositiveIntegerField(default=0)),
                ("registered_on", models.DateField()),
                ("has_email", models.BooleanField(default=False)),
                ("has_phone", models.BooleanField(default=False)),
                ("has_open_conversation", models.BooleanField(default=False)),
                ("has_open_complaint", models.BooleanField(default=False)),
                (
                    "segments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("language", models.CharField(max_length=8)),
                ("country", models.CharField(max_length=2)),
                ("city", models.CharField(max_length=100)),
                ("last_touch_at", models.DateTimeField(null=True)),
                ("last_purchase_on", models.DateField(null=True)),
                ("first_due_at", models.DateTimeField(null=True)),
                ("last_in_at", models.DateTimeField(null=True)),
                ("last_out_at", models.DateTimeField(null=True)),
                ("first_purchase_on", models.DateField(null=True)),
                ("born_on", models.DateField(null=True)),
                ("keeper_id", models.BigIntegerField(null=True)),
                ("team_id", models.BigIntegerField(null=True)),
                (
                    "last_contacts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(null=True), default=list, size=None
                    ),
                ),
                ("interactions_until_on", models.DateField(null=True)),
                ("purchases_until_on", models.DateField(null=True)),
                ("custom", models.JSONField(default=dict)),
                ("refreshed_at", models.DateTimeField()),
            ],
        ),
    ]
