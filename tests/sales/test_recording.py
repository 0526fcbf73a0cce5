"""Purchases come in by one door: every line lands once, however often and in whatever pieces it comes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from crm.events.models import Event
from customers import contacting, searching
from customers.models import Touched
from sales import recording
from sales.models import Purchase
from sales.recording import Line
from tests import make

pytestmark = pytest.mark.django_db
SHOP = "web shop"


@pytest.fixture
def mira():
    return make.make_mira()


@pytest.fixture
def known(mira):
    make.make_contact_point(mira, "00004", "reference", system=SHOP)
    return mira


def line(**fields):
    fields = {
        "customer_ref": "00004", "purchased_on": date(1997, 12, 12), "amount_cents": 2933, "currency": "USD",
        "quantity": Decimal(2), **fields,
    }  # fmt: skip
    return Line(**fields)


def test_identical_lines_all_land_and_the_same_lines_again_change_nothing(known):
    lines = [line(), line(), line(amount_cents=500), line()]
    first = recording.record_many(lines, source="import 1", system=SHOP)
    again = recording.record_many(lines, source="import 2", system=SHOP)
    assert (first.made, first.same, first.sums) == (4, 0, {"USD": 3 * 2933 + 500})
    assert (again.made, again.same, again.sums) == (0, 4, {})
    assert Purchase.objects.count() == 4


def test_a_number_of_its_own_is_the_key_whatever_else_changed(known):
    recording.record_many([line(line_ref="77")], source="api", system=SHOP)
    again = recording.record_many([line(line_ref="77", amount_cents=1)], source="api", system=SHOP)
    other = recording.record_many([line(line_ref="77")], source="api", system="till")
    assert (again.same, other.skipped[0][0]) == (1, 0)


def test_a_product_is_one_however_its_letters_and_spaces_are_stored(known):
    names = "Caffè nero", "Caffe\u0300 nero", "Caffè  nero", "Caffè\nnero ", "Caffè\u200b nero"
    lines = [line(product=name, sku="K\u00a01", order_ref=f"A\u00a0{n}") for n, name in enumerate(names)]
    assert recording.record_many(lines, source="import 1", system=SHOP).made == 5
    assert recording.record_many(lines, source="import 2", system=SHOP).same == 5
    said = Purchase.objects.order_by("pk").values_list("product__name", "product__sku", "order_ref")
    assert [*said] == [("Caffè nero", "K 1", f"A {n}") for n in range(5)]


def test_the_account_buys_and_the_person_ordered(known):
    cafe = make.make_customer("Café Saudade", kind="company")
    ana = make.make_customer("Ana Lima", account=cafe)
    recording.record_many(
        [line(), line(customer_ref="", customer_id=ana.pk), line(customer_ref="", customer_id=cafe.pk)],
        source="api", system=SHOP,
    )  # fmt: skip
    bought = Purchase.objects.order_by("pk").values_list("account_id", "person_id")
    assert list(bought) == [(known.pk, known.pk), (cafe.pk, ana.pk), (cafe.pk, None)]


def test_a_line_without_a_customer_is_skipped_with_the_reason_and_the_rest_lands(known):
    lines = [line(customer_ref="99999"), line(), line(customer_ref=""), line(customer_ref="", customer_id=10**9)]
    recorded = recording.record_many(lines, source="import 1", system=SHOP)
    assert recorded.made == 1
    assert [place for place, _why in recorded.skipped] == [0, 2, 3]
    assert "99999" in recorded.skipped[0][1]


def test_a_day_that_nobody_can_mean_is_skipped_and_the_rest_lands(known):
    lines = [line(purchased_on=date(1, 1, 1)), line(), line(purchased_on=date(2999, 1, 1))]
    done = recording.record_many(lines, source="test", system=SHOP)
    assert done.made == 1 and [place for place, _why in done.skipped] == [0, 2]
    assert done.skipped[0][1] == "There is something wrong with the day 0001-01-01. Check the year."


def test_a_skipped_line_lands_when_its_customer_is_known(known):
    lines = [line(customer_ref="00005"), line()]
    recording.record_many(lines, source="import 1", system=SHOP)
    make.make_contact_point(known, "00005", "reference", system=SHOP)
    again = recording.record_many(lines, source="import 2", system=SHOP)
    assert (again.made, again.same, again.skipped) == (1, 1, [])


def test_a_number_that_several_share_recognises_nobody(known):
    ugo = make.make_customer("Ugo")
    second = contacting.add(ugo, "reference", "00004", by=None, system=SHOP)
    unknown = line(customer_ref="99999")
    recorded = recording.record_many([line(), unknown, line(customer_id=10**9)], source="import 1", system=SHOP)
    assert not Purchase.objects.exists()
    reasons = [why.split(".")[0] for _place, why in recorded.skipped]
    assert reasons[0] == "Several customers have the number “00004”"
    assert all(why.startswith("There is no customer with the number") for why in reasons[1:])
    contacting.remove(second, by=None)
    assert recording.record_many([line()], source="import 2", system=SHOP).made == 1


SLOWLY = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
CREATE TRIGGER slowly BEFORE INSERT ON sales_purchase FOR EACH ROW EXECUTE FUNCTION slowly()
"""


@pytest.mark.django_db(transaction=True)
def test_the_same_lines_from_two_sides_at_once_land_once_whatever_their_order(known):
    lines = [line(line_ref=str(n), product="Blend") for n in range(20)]
    recording.record_many([line(product="Blend")], source="test", system=SHOP)

    def take(some):
        try:
            return recording.record_many(some, source="import", system=SHOP)
        finally:
            connection.close()

    with connection.cursor() as cursor:
        cursor.execute(SLOWLY)
        try:
            with ThreadPoolExecutor(2) as pool:
                done = list(pool.map(take, (lines, lines[::-1])))
        finally:
            cursor.execute("DROP FUNCTION slowly CASCADE")
    assert sum(one.made for one in done) == sum(one.same for one in done) == 20 == Purchase.objects.count() - 1
    numbers = [int(ref) for _system, ref in (one.line_ref.split(":") for one in Purchase.objects.order_by("pk")[1:])]
    assert numbers in ([*range(20)], [*range(19, -1, -1)]), "in the order in which they came"


def test_one_batch_is_one_event_and_touches_the_account_with_its_people(known):
    cafe = make.make_customer("Café Saudade", kind="company")
    ana = make.make_customer("Ana Lima", account=cafe)
    lines = [line(customer_ref="", customer_id=cafe.pk), line(customer_ref="", customer_id=cafe.pk, amount_cents=7)]
    recording.record_many(lines, source="api")
    event = Event.objects.get(kind="purchases.recorded")
    assert event.data["count"] == 2 and event.data["sums"] == {"USD": 2940}
    assert set(Touched.objects.values_list("customer_id", flat=True)) == {cafe.pk, ana.pk}
    recording.record_many(lines, source="api")
    assert Event.objects.filter(kind="purchases.recorded").count() == 1


def test_products_are_made_once_and_orders_are_found(known):
    lines = [line(product="Costiera blend", order_ref="20981"), line(product="Costiera blend", order_ref="20982")]
    recording.record_many(lines, source="api", system=SHOP)
    assert Purchase.objects.values("product").distinct().count() == 1
    anna = make.make_anna()
    assert [hit.customer_id for hit in searching.find("20981", anna)] == [known.pk]
