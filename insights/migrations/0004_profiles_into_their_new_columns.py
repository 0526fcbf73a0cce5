from django.db import migrations

# Channels by their numbers of then: phone 1, email 2, sms 3, visit 6. Everything else follows with the first pass.
FILL = """
WITH point AS (
    SELECT customer_id, count(*) FILTER (WHERE channel = 'email') AS emails,
        count(*) FILTER (WHERE channel = 'phone') AS phones,
        count(*) FILTER (WHERE channel = 'phone' AND line <> 'fixed') AS mobiles
    FROM customers_contactpoint GROUP BY customer_id
),
said AS (
    SELECT customer_id,
        1::bigint << (CASE channel WHEN 'phone' THEN 4 WHEN 'email' THEN 8 WHEN 'sms' THEN 12 END
            + CASE purpose WHEN 'service' THEN 0 WHEN 'offers' THEN 1 WHEN 'surveys' THEN 2 END) AS bit,
        count(*) FILTER (WHERE contact_point_id IS NOT NULL AND is_given) > 0 OR (
            COALESCE(bool_or(is_given) FILTER (WHERE contact_point_id IS NULL), false)
            AND count(*) FILTER (WHERE contact_point_id IS NOT NULL AND NOT is_given) < GREATEST(
                CASE channel WHEN 'email' THEN max(emails) WHEN 'sms' THEN max(mobiles) ELSE max(phones) END, 1)
        ) AS is_given
    FROM customers_consentstate LEFT JOIN point USING (customer_id) GROUP BY customer_id, purpose, channel
),
consent AS (
    SELECT customer_id, bit_or(bit) FILTER (WHERE is_given) AS allowed,
        bit_or(bit) FILTER (WHERE NOT is_given) AS refused
    FROM said GROUP BY customer_id
),
promise AS (
    SELECT customer_id, min(due_at) AS due_at FROM interactions_task
    WHERE status = 'open' AND customer_id IS NOT NULL GROUP BY customer_id
)
INSERT INTO insights_newprofile (customer_id, account_id, allowed, refused, spent_cents, spent_12m_cents, orders,
    orders_12m, orders_without_rate, interactions_12m, registered_on, has_email, has_phone, has_open_conversation, has_open_complaint,
    segments, kind, language, country, city, last_touch_at, last_purchase_on, first_due_at, last_in_at, last_out_at,
    first_purchase_on, born_on, keeper_id, team_id, last_contacts, interactions_until_on, purchases_until_on, custom,
    refreshed_at)
SELECT p.customer_id, account_id, COALESCE(allowed, 0), COALESCE(refused, 0), spent_cents, spent_12m_cents, orders,
    orders_12m, 0, interactions_12m, registered_on, has_email, has_phone, has_open_conversation, has_open_complaint,
    segments, kind, language, country, city, last_touch_at, last_purchase_on, promise.due_at, last_in_at, last_out_at,
    first_purchase_on, born_on, keeper_id, team_id,
    ARRAY[NULL, NULL, last_phone_out_at, last_phone_in_at, last_email_out_at, last_email_in_at, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, last_visit_at],
    NULL, NULL, custom, refreshed_at
FROM insights_profile p
LEFT JOIN consent ON consent.customer_id = p.customer_id
LEFT JOIN promise ON promise.customer_id = p.customer_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_what_kind_of_phone_answers"),
        ("insights", "0003_columns_by_how_they_are_asked"),
        ("interactions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
