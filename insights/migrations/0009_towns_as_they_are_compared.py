"""The town of a profile is kept as rules compare it; as it is written it stands with the customer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_towns_without_accents"),
        ("insights", "0008_many_on_their_way_to_a_list"),
    ]

    operations = [
        migrations.RenameField("profile", "city", "town"),
        migrations.AlterField("profile", "town", models.TextField()),
        migrations.RunSQL(
            "UPDATE insights_profile SET town = folded(town) WHERE town <> folded(town)", migrations.RunSQL.noop
        ),
    ]
