from django.db import migrations


class Migration(migrations.Migration):
    """`has_time` is what `due_on` says. The column goes with the next migration of this table: code that still runs writes it."""

    dependencies = [
        ("interactions", "0015_which_day_was_promised"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="task", name="has_time")],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE interactions_task ALTER COLUMN has_time SET DEFAULT false",
                    "ALTER TABLE interactions_task ALTER COLUMN has_time DROP DEFAULT",
                )
            ],
        ),
    ]
