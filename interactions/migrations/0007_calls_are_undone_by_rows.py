from django.db import migrations, models


class Migration(migrations.Migration):
    """What finishing or missing a call wrote stands in crm_undo; when it was over, by their clock, gets a column.

    The code that still runs writes `made` and needs it: our models forget it, the table keeps it, with a default for
    the code that comes. The next version drops it.
    """

    dependencies = [
        ("crm", "0001_undo"),
        ("interactions", "0006_halve_what_raises"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="told_over_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE interactions_call ALTER COLUMN made SET DEFAULT '{}'",
                    "ALTER TABLE interactions_call ALTER COLUMN made DROP DEFAULT",
                ),
            ],
            state_operations=[migrations.RemoveField(model_name="call", name="made")],
        ),
    ]
