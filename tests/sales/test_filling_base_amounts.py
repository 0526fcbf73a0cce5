"""What was bought before there were base amounts gets them, in batches, once and again."""

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from customers.models import Touched
from sales.models import Books, Purchase, Recount
from tests import make

pytestmark = pytest.mark.django_db


def test_in_the_organisations_currency_at_once_and_imports_in_the_smallest_unit(monkeypatch):
    migration = import_module("sales.migrations.0003_fill_base_amounts")
    monkeypatch.setattr(migration, "BATCH", 2)
    make.make_organisation(currency="EUR")
    mira, ugo = make.make_mira(), make.make_customer("Ugo")
    bought = [
        ("EUR", 100, "api"), ("EUR", -50, "import 1"), ("KWD", 1_234, "import 1"), ("KWD", 1_234, "api"),
        ("XOF", 500_000, "import 1"), ("JPY", 700, "import 1"), ("CLF", 12, "import 2"), ("USD", 300, "demo"),
    ]  # fmt: skip
    Purchase.objects.bulk_create(
        Purchase(
            account=mira if code != "EUR" else ugo, currency=code, amount_cents=cents, source=source,
            purchased_on=date(2020, 1, 1), line_ref=str(n),
        )
        for n, (code, cents, source) in enumerate(bought)
    )  # fmt: skip
    for _twice in range(2):
        migration.fill(apps, SimpleNamespace(connection=connection))
        amounts = Purchase.objects.order_by("pk").values_list("amount_cents", "base_cents")
        assert list(amounts) == [
            (100, 100), (-50, -50), (12_340, None), (1_234, None), (5_000, None), (700, None), (1_200, None),
            (300, None),
        ]  # fmt: skip
    assert Books.objects.get().currency == "EUR"
    assert set(Touched.objects.values_list("customer_id", flat=True)) == {mira.pk}
    assert set(Recount.objects.values_list("currency", flat=True)) == {"EUR"}, "what came in meanwhile is found"


def test_an_empty_house_has_nothing_to_do():
    import_module("sales.migrations.0003_fill_base_amounts").fill(apps, SimpleNamespace(connection=connection))
    assert not Books.objects.exists() and not Recount.objects.exists()
