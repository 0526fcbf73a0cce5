"""Five purchases for each benchmark account, made inside the database."""

from django.db import connection

from crm import days
from crm.demo import Story

CHUNK = 200_000  # customers a statement
PURCHASES = """
INSERT INTO sales_purchase (account_id, person_id, order_ref, line_ref, quantity, amount_cents, base_cents, currency,
    purchased_on, source, created_at)
SELECT c.account_id, c.id, 'O' || c.id || '-' || n / 2, 'bench:' || c.id || ':' || n, 1 + n %% 3,
    amount, amount, 'EUR', %(today)s - ((c.id * 29 + n * 211) %% 1095)::int, 'benchmark', now()
FROM customers_customer c, generate_series(1, 5) AS n,
    LATERAL (SELECT 500 + (c.id * 7919 + n * 104729) %% 20000 AS amount) AS worth
WHERE c.id BETWEEN %(from)s AND %(to)s
"""


def fill(story: Story) -> None:
    first, last = story.made["customer_ids"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for start in range(first, last + 1, CHUNK):
            cursor.execute(PURCHASES, {"from": start, "to": min(start + CHUNK - 1, last), "today": days.today()})
            story.say(f"    purchases of customers up to {min(start + CHUNK - 1, last):,}")
        cursor.execute("ANALYZE sales_purchase")
        cursor.execute("SET LOCAL session_replication_role = origin")
