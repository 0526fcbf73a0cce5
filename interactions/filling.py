"""Ten interactions for each benchmark customer, in conversations, made inside the database."""

from datetime import timedelta

from django.db import connection

from crm import days
from crm.demo import Story

CHUNK = 50_000  # customers a statement
EACH = 10  # interactions a customer

CONVERSATIONS = """
INSERT INTO interactions_conversation (customer_id, subject, status, is_complaint, opened_at, touched_at, waiting_since,
    their_words, their_channel, their_at, our_words, our_channel, our_at, interaction_count)
SELECT id, 'Order ' || id, CASE WHEN id %% 50 = 0 THEN 'open' ELSE 'settled' END, id %% 500 = 0,
    now() - interval '900 days', now() - (1 + id * 13 %% 800) * interval '1 day',
    CASE WHEN id %% 200 = 0 THEN now() - interval '3 hours' END,
    'Could you send the same blend as last time?', 'email', now() - (1 + id * 13 %% 800) * interval '1 day',
    'It leaves tomorrow.', 'email', now() - (2 + id * 13 %% 800) * interval '1 day', %(each)s
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS id RETURNING id
"""
INTERACTIONS = """
INSERT INTO interactions_interaction (customer_id, conversation_id, channel, direction, kind, occurred_at, from_address,
    to_address, subject, words, quoted, html, language, outcome, attachments, message_ref, origin, origin_id,
    created_at)
SELECT v.customer_id, CASE WHEN n <= 6 THEN v.id END,
    (ARRAY['email','phone','email','visit','email','sms'])[1 + (v.customer_id + n) %% 6],
    CASE WHEN n %% 2 = 0 THEN 'in' ELSE 'out' END, 'message',
    now() - ((v.customer_id * 13 + n * 97) %% 1095) * interval '1 day' - n * interval '1 minute',
    '', '', (ARRAY['Your order','Spring tasting','The grinder','Invoice'])[1 + n %% 4],
    'We would like the same blend as last time, two boxes, and please tell us when the technician comes.',
    '', '', '', '', '[]', '',
    CASE WHEN n > 6 THEN 'campaign' ELSE '' END, CASE WHEN n > 6 THEN n END, now()
FROM interactions_conversation v, generate_series(1, %(each)s) AS n WHERE v.customer_id BETWEEN %(from)s AND %(to)s
"""
PROMISES = """
INSERT INTO interactions_task (customer_id, kind, what, channel, due_on, due_at, first_due_on, first_due_at, owner_id,
    status, created_at)
SELECT id, 'promise', 'Send two samples', '', due.day, due.ends_at, due.day, due.ends_at,
    (%(keepers)s::bigint[])[1 + id %% cardinality(%(keepers)s::bigint[])], 'open', now()
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS id
JOIN unnest(%(days)s::date[], %(ends)s::timestamptz[]) WITH ORDINALITY AS due (day, ends_at, n) ON due.n = 1 + id %% 40
WHERE id %% 100 = 0
"""


def fill(story: Story) -> None:
    first, last = story.made["customer_ids"]
    due = [days.today() + timedelta(days=n - 10) for n in range(40)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for start in range(first, last + 1, CHUNK):
            values = {
                "from": start,
                "to": min(start + CHUNK - 1, last),
                "each": EACH,
                "days": due,
                "ends": [days.end(day) for day in due],
                "keepers": [user.pk for user in story.made["users"].values()],
            }
            for sql in (CONVERSATIONS, INTERACTIONS, PROMISES):
                cursor.execute(sql, values)
            story.say(f"    interactions of customers up to {values['to']:,}")
        cursor.execute("ANALYZE interactions_interaction, interactions_conversation, interactions_task")
        cursor.execute("SET LOCAL session_replication_role = origin")
