"""Of the purchases that are there: those in the organisation's currency are worth what they are; the others need rates.

In batches, each for itself: killed, it goes on where an amount is missing, and who buys meanwhile does not wait for long.
What the version before recorded while this ran is found by a recount, once the new one works. Imports used to count in
hundredths whatever the currency, but for five without decimals: theirs become the smallest unit that ISO 4217 says.
"""

from django.db import migrations, transaction
from django.utils.timezone import now

BATCH = 50_000  # ids; about a second, in which their rows are locked
FILL = """
UPDATE sales_purchase SET base_cents = amount_cents
WHERE id > %s AND id <= %s AND currency = %s AND base_cents IS NULL
"""
# What one unit has in hundredths → what it has in its smallest unit.
HUNDREDS = "BIF DJF GNF KMF PYG RWF UGX UYI VUV XAF XOF XPF ADP BYR ESP ITL LUF MGF TRL"
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
RESCALE = """
UPDATE sales_purchase SET amount_cents = CASE WHEN currency = ANY(%(hundreds)s) THEN round(amount_cents / 100.0)
    WHEN currency = ANY(%(thousandths)s) THEN amount_cents * 10 ELSE amount_cents * 100 END
WHERE currency = ANY(%(hundreds)s || %(thousandths)s || ARRAY['CLF', 'UYW']) AND source LIKE 'import %%'
"""
TOUCH = """
INSERT INTO customers_touched (customer_id, at)
SELECT DISTINCT account_id, now() FROM sales_purchase WHERE currency <> %s OR purchased_on > current_date
"""


def fill(apps, schema_editor):
    connection = schema_editor.connection
    organisation = apps.get_model("staff", "Organisation").objects.filter(pk=1).first()
    newest = apps.get_model("sales", "Purchase").objects.order_by("-pk").values_list("pk", flat=True).first()
    if organisation is None or newest is None:
        return
    currency = organisation.currency
    Books = apps.get_model("sales", "Books")
    if not Books.objects.exists():  # this came so far but once
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(RESCALE, {"hundreds": HUNDREDS.split(), "thousandths": THOUSANDTHS.split()})
            Books.objects.create(pk=1, currency=currency)
    with connection.cursor() as cursor:
        for start in range(0, newest, BATCH):
            cursor.execute(FILL, [start, start + BATCH, currency])
        cursor.execute(TOUCH, [currency])
    apps.get_model("sales", "Recount").objects.create(currency=currency, created_at=now())


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sales", "0002_base_amounts"), ("staff", "0001_initial"), ("customers", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
