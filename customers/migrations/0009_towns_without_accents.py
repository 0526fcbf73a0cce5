"""Towns are found whatever their capitals and accents: "cordoba" is Córdoba."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from crm.folding import Folded

FOLDED = r"""
CREATE OR REPLACE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
CASE WHEN octet_length($1) = length($1) THEN lower($1)
ELSE replace(replace(replace(replace(translate(
    lower(regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g')),
    'øđłıð', 'odlid'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ß', 'ss') END
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0008_whom_imports_made_or_found")]

    operations = [
        migrations.RunSQL(FOLDED, migrations.RunSQL.noop),
        AddIndexConcurrently("customer", models.Index(Folded("city"), "sort_key", "id", name="customer_in_town")),
        RemoveIndexConcurrently("customer", "customer_of_town"),
    ]
