"""What Django's models cannot say: trigram search, and that the main account is among the affiliations."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

MAIN_ACCOUNT = """
ALTER TABLE customers_customer
    ADD COLUMN main_account_id bigint GENERATED ALWAYS AS (NULLIF(account_id, id)) STORED;
ALTER TABLE customers_customer
    ADD CONSTRAINT main_account_is_an_affiliation
    FOREIGN KEY (id, main_account_id) REFERENCES customers_affiliation (person_id, account_id)
    DEFERRABLE INITIALLY DEFERRED;
"""
NO_MAIN_ACCOUNT = "ALTER TABLE customers_customer DROP COLUMN main_account_id CASCADE;"
LIKENESS = "CREATE INDEX customer_by_likeness ON customers_customer USING gin (sort_key gin_trgm_ops);"
NO_LIKENESS = "DROP INDEX customer_by_likeness;"


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [
        TrigramExtension(),
        migrations.RunSQL(MAIN_ACCOUNT, NO_MAIN_ACCOUNT),
        migrations.RunSQL(LIKENESS, NO_LIKENESS),
    ]
