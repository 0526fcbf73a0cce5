from django.db import migrations

LATELY = """
UPDATE interactions_call SET told_over_at = (made ->> 'over_at')::timestamptz
WHERE rang_at > now() - interval '1 day' AND made ? 'over_at'
"""


class Migration(migrations.Migration):
    """For calls of the last day; nobody is told any more that an older one was answered."""

    dependencies = [
        ("interactions", "0007_calls_are_undone_by_rows"),
    ]

    operations = [
        migrations.RunSQL(LATELY, migrations.RunSQL.noop),
    ]
