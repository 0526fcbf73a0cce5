"""The demo company's own files, which the walk of docs/walk.md brings in by hand."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db.models import Sum

from customers import batching, importing
from customers.models import Customer, SkippedRow
from sales.models import Purchase
from tests import make

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parents[2] / "demo"


def take_in(name, kind):
    with (FOLDER / name).open("rb") as opened:
        file = importing.receive(opened, name=name, kind=kind, system="shop", by=None)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=None)
    while batching.take_batch(file.pk):
        pass
    file.refresh_from_db()
    default_storage.delete(file.path)
    return file.made_count, file.same_count + file.updated_count, file.skipped_count


def test_people_and_purchases_land_and_the_same_files_again_change_nothing():
    make.make_organisation()
    known = make.make_customer("Maria Giovanna Castelnuovo-Tedesco", email="mg.castelnuovo@locandadelglicine.example")
    assert take_in("people.csv", "people") == (57, 2, 1)
    assert known.contact_points.filter(value="S0105").exists()
    assert set(Customer.objects.values_list("country", flat=True)) == {"IT", "ES", "PT", "GB"}
    assert take_in("purchases.csv", "purchases") == (148, 0, 2)
    worth = Purchase.objects.aggregate(worth=Sum("amount_cents"))["worth"]
    before = Customer.objects.count(), Purchase.objects.count()
    reasons = " ".join(SkippedRow.objects.filter(has_landed=False).values_list("reason", flat=True))
    assert "S0999" in reasons and "day" in reasons
    assert take_in("people.csv", "people") == (0, 59, 1)
    assert take_in("purchases.csv", "purchases") == (0, 148, 2)
    assert (Customer.objects.count(), Purchase.objects.count()) == before
    assert Purchase.objects.aggregate(worth=Sum("amount_cents"))["worth"] == worth
