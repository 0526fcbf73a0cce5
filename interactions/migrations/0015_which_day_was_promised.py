from django.db import migrations

BATCH_SIZE = 20_000  # ids a transaction
NO_TIME_WAS_SAID = """
WITH zones AS MATERIALIZED (SELECT name FROM pg_timezone_names),
ours AS (SELECT COALESCE((SELECT z.name FROM staff_organisation o JOIN zones z ON z.name = o.time_zone), 'UTC') AS name),
said AS (  -- its moment was the end of the day where whoever wrote it was: that day is meant, the organisation's else
    SELECT t.id, t.has_time, ours.name AS zone, t.due_at = t.first_due_at AS is_first,
        (SELECT (t.due_at AT TIME ZONE z.name)::date FROM zones z
         WHERE z.name IN (ours.name, p.time_zone, k.time_zone)
             AND (t.due_at AT TIME ZONE z.name)::time >= '23:59' ORDER BY z.name <> ours.name LIMIT 1) AS due_on,
        (t.due_at AT TIME ZONE ours.name)::date AS our_day,
        (SELECT (t.first_due_at AT TIME ZONE z.name)::date FROM zones z
         WHERE z.name IN (ours.name, p.time_zone, k.time_zone)
             AND (t.first_due_at AT TIME ZONE z.name)::time >= '23:59:59' ORDER BY z.name <> ours.name LIMIT 1) AS first_on
    FROM interactions_task t CROSS JOIN ours
    LEFT JOIN staff_user p ON p.id = t.promised_by_id
    LEFT JOIN staff_user k ON k.id = t.owner_id
    WHERE t.id > %(after)s AND t.id <= %(last)s AND t.due_on IS NULL AND t.first_due_on IS NULL
),
meant AS (
    SELECT id, zone, CASE WHEN NOT has_time THEN COALESCE(due_on, our_day) END AS due_on,
        CASE WHEN is_first AND has_time THEN NULL WHEN is_first THEN COALESCE(due_on, our_day) ELSE first_on END AS first_on
    FROM said
)
UPDATE interactions_task t SET due_on = m.due_on, first_due_on = m.first_on,
    due_at = COALESCE((m.due_on + 1)::timestamp AT TIME ZONE m.zone - interval '1 microsecond', t.due_at),
    first_due_at = COALESCE((m.first_on + 1)::timestamp AT TIME ZONE m.zone - interval '1 microsecond', t.first_due_at)
FROM meant m WHERE m.id = t.id AND (m.due_on IS NOT NULL OR m.first_on IS NOT NULL)
"""


def days(apps, schema_editor):
    """A promise without a time was kept as the last second of its day, in the zone of whoever wrote it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM interactions_task")
        (last,) = cursor.fetchone()
        for after in range(0, last, BATCH_SIZE):
            cursor.execute(NO_TIME_WAS_SAID, {"after": after, "last": after + BATCH_SIZE})


class Migration(migrations.Migration):
    atomic = False  # a batch is a transaction: nobody who promises waits
    dependencies = [
        ("interactions", "0014_a_promise_for_a_day"),
        ("staff", "0001_initial"),
    ]

    operations = [migrations.RunPython(days, migrations.RunPython.noop)]
