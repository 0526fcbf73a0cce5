"""One row over which we stumble is refused alone, whatever it was, and the others land as if it had not been there."""

import pytest
from django.db import connection

from customers.models import Customer
from sales.models import Purchase
from tests import make

pytestmark = pytest.mark.django_db


def refuse(condition):
    """Let the database refuse some rows, as a bug would."""
    with connection.cursor() as cursor:
        cursor.execute(condition)


def test_a_customer_that_raises_is_refused_alone(shop):
    refuse("ALTER TABLE customers_customer ADD CONSTRAINT bad CHECK (name <> 'Ugo Neri')")
    rows = [{"name": name, "reference": name[:3]} for name in ("Ada Rossi", "Ugo Neri", "Bea Blu")]
    answer = shop.post("customers/bulk/", {"system": "shop", "rows": [*rows, {"nome": "x"}]})
    body = answer.json()
    assert answer.status_code == 200 and (body["made"], body["refused"]) == (2, 2)
    assert [row["outcome"] for row in body["results"]] == ["made", "refused", "made", "refused"]
    assert body["results"][1]["notes"] == ["Row 2: it could not be taken. The others were."]
    names = dict(Customer.objects.values_list("pk", "name"))
    assert [names[body["results"][n]["customer_id"]] for n in (0, 2)] == ["Ada Rossi", "Bea Blu"]


def test_a_purchase_that_raises_is_refused_alone_and_equal_lines_still_count_twice(shop):
    make.make_organisation()
    mira = make.make_mira()
    refuse("ALTER TABLE sales_purchase ADD CONSTRAINT bad CHECK (amount_cents <> 666)")
    line = {"customer_id": mira.pk, "purchased_on": "2026-02-03", "amount_cents": 500, "currency": "EUR"}
    rows = [line, line | {"amount_cents": 666}, line, line | {"customer_id": 10**9}]
    body = shop.post("purchases/bulk/", {"system": "shop", "rows": rows}).json()
    assert (body["made"], body["same"], body["sums"]) == (2, 0, {"EUR": 1_000})
    assert [row["index"] for row in body["skipped"]] == [1, 3] and "could not be taken" in body["skipped"][0]["reason"]
    assert list(Purchase.objects.values_list("amount_cents", flat=True)) == [500, 500]
