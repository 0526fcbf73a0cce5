"""A big base of customers for benchmarks, made inside the database: the same rows every time."""

from django.db import connection

from crm.demo import Story

CHUNK = 100_000  # customers a statement
FIRST = (
    "Maria Lucia Anna Rosa Giulia Chiara Elena Paola Carla Ines Ana Clara Rita Sofia Nina Luca Marco Paolo Andrea "
    "Pietro Rui Tiago Diego Pablo Hugo Oscar Ivan Bruno Carlo Dino Emma Olga Vera Irene Marta Laura Silvia Nadia "
    "Livia Elsa Mario Ugo Aldo Enzo Nino Leo Max Tom Sam Ian"
)
PIECES = (
    "ba be bi bo bra ca ce chi co da de di do fa fe fi ga ge gio la le li lo ma me mi mo na ne ni no pa pe pi po ra "
    "re ri ro sa"
)
TOWNS = (
    "Amalfi Ravello Napoli Salerno Roma Milano Torino Bilbao Madrid Cadiz Lisboa Porto Braga Bath York Leeds Genova "
    "Lucca Siena Parma"
)

CUSTOMERS = """
INSERT INTO customers_customer (id, kind, name, first_name, last_name, sort_key, pronoun, language, country, time_zone,
    city, address, born_on, account_id, keeper_id, team_id, custom, source, version, created_at, changed_at)
SELECT id, CASE WHEN is_company THEN 'company' ELSE 'person' END,
    CASE WHEN is_company THEN last || ' Caffè ' || id ELSE first || ' ' || last END,
    CASE WHEN is_company THEN '' ELSE first END, CASE WHEN is_company THEN '' ELSE last END,
    CASE WHEN is_company THEN lower(last) || ' caffe ' || id ELSE lower(last) || ' ' || lower(first) END,
    '', (ARRAY['it','it','es','pt','en'])[1 + id %% 5], (ARRAY['IT','IT','ES','PT','GB'])[1 + id %% 5], '',
    (%(towns)s::text[])[1 + (id * 7919) %% 20], '',
    CASE WHEN is_company THEN NULL ELSE date '1940-01-01' + ((id * 48271) %% 24000)::int END,
    CASE WHEN id %% 20 BETWEEN 1 AND 3 AND id - id %% 20 >= %(first_id)s THEN id - id %% 20 ELSE id END,
    (%(keepers)s::bigint[])[1 + id %% cardinality(%(keepers)s::bigint[])],
    (%(teams)s::bigint[])[1 + id %% cardinality(%(teams)s::bigint[])],
    '{}', 'benchmark', 1, now() - (id * 31 %% 1500) * interval '1 day', now() - (id * 17 %% 400) * interval '1 day'
FROM (
    SELECT id, id %% 20 = 0 AS is_company, (%(first)s::text[])[1 + (hashint8(id) & 2147483647) %% 50] AS first,
        initcap((%(pieces)s::text[])[1 + (hashint8(id * 3) & 2147483647) %% 40] ||
                (%(pieces)s::text[])[1 + (hashint8(id * 5) & 2147483647) %% 40] ||
                (%(pieces)s::text[])[1 + (hashint8(id * 7) & 2147483647) %% 40]) AS last
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS id
) AS made
"""
AFFILIATIONS = """
INSERT INTO customers_affiliation (person_id, account_id, role)
SELECT id, account_id, '' FROM customers_customer WHERE id BETWEEN %(from)s AND %(to)s AND account_id <> id
"""
POINTS = """
INSERT INTO customers_contactpoint (customer_id, channel, system, value, written, label, is_first_choice, is_shared,
    line, is_checked, verified_at, bounce_reason, created_at)
SELECT c.id, p.channel, p.system, p.value, '', '', p.channel = 'email', false,
    CASE p.channel WHEN 'phone' THEN 'mobile' ELSE '' END, true,
    CASE WHEN c.id %% 2 = 0 THEN c.created_at END, '', c.created_at
FROM customers_customer c CROSS JOIN LATERAL (VALUES
    ('email', '', replace(c.sort_key, ' ', '.') || '.' || c.id || '@example.com', c.id %% 17 <> 0),
    ('phone', '', '+39' || (3200000000 + c.id), c.id %% 5 <> 0),
    ('reference', 'shop', 'C' || lpad(c.id::text, 9, '0'), true)
) AS p (channel, system, value, has) WHERE p.has AND c.id BETWEEN %(from)s AND %(to)s
"""
CONSENTS = """
INSERT INTO customers_consentstate (customer_id, purpose, channel, contact_point_id, is_given, at)
SELECT id, 'offers', 'email', NULL, id %% 3 <> 0, created_at FROM customers_customer
WHERE id BETWEEN %(from)s AND %(to)s AND id %% 4 <> 0
"""
# The same terms as customers/terms.py; tests/customers/test_filling.py compares them.
TERMS = """
INSERT INTO customers_searchterm (term, kind, customer_id)
SELECT DISTINCT lower(w), 1, id FROM (
    SELECT id, unnest(ARRAY[sort_key, CASE WHEN kind = 'person' THEN lower(name) END,
        CASE WHEN kind = 'person' THEN lower(last_name) END, CASE WHEN kind = 'company' THEN 'caffe ' || id END,
        CASE WHEN kind = 'company' THEN id::text END]) AS w
    FROM customers_customer WHERE id BETWEEN %(from)s AND %(to)s
) AS names WHERE w IS NOT NULL
UNION ALL
SELECT value, 2, customer_id FROM customers_contactpoint
WHERE channel = 'email' AND customer_id BETWEEN %(from)s AND %(to)s
UNION ALL
SELECT lower(value), 2, customer_id FROM customers_contactpoint
WHERE channel = 'reference' AND customer_id BETWEEN %(from)s AND %(to)s
UNION ALL
SELECT substr(value, n), 3, customer_id
FROM customers_contactpoint, generate_series(2, 10) AS n
WHERE channel = 'phone' AND customer_id BETWEEN %(from)s AND %(to)s AND length(value) - n >= 3
"""


def fill(story: Story) -> None:
    """Make `story.customers` customers with their addresses, consents and search terms; tells the rate."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # a million rows that we know to fit together
        cursor.execute("SELECT COALESCE(max(id), 0) + 1 FROM customers_customer")
        first = cursor.fetchone()[0]
        last = first + story.customers - 1
        cursor.execute("DROP INDEX IF EXISTS search_term")
        for start in range(first, last + 1, CHUNK):
            _chunk(cursor, story, {"first_id": first, "from": start, "to": min(start + CHUNK - 1, last)})
        cursor.execute("CREATE INDEX search_term ON customers_searchterm (term, customer_id)")
        cursor.execute("SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %s)", [last])
        cursor.execute(
            "ANALYZE customers_customer, customers_contactpoint, customers_searchterm, customers_consentstate"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    story.made["customer_ids"] = (first, last)


def _chunk(cursor, story: Story, ids: dict) -> None:
    values = ids | {
        "first": FIRST.split(),
        "pieces": PIECES.split(),
        "towns": TOWNS.split(),
        "keepers": [user.pk for user in story.made["users"].values()],
        "teams": [team.pk for team in story.made["teams"].values()],
    }
    for sql in (CUSTOMERS, AFFILIATIONS, POINTS, CONSENTS, TERMS):
        cursor.execute(sql, values)
    story.say(f"    customers up to {ids['to']:,}")
