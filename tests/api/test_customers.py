"""A shop registers customers and finds them again."""

import pytest
from django.db import connection

from customers import searching
from customers.models import ConsentState, ContactPoint, Customer, CustomField
from tests.make import make_anna, make_contact_point, make_customer, make_mira, make_organisation, make_team

pytestmark = pytest.mark.django_db
MIRA = {
    "system": "shop",
    "reference": "C-17",
    "first_name": "Mira",
    "last_name": "Kovač",
    "emails": ["Mira@Example.com"],
    "phones": ["089 555 0147"],
    "city": "Amalfi",
    "consents": [{"purpose": "offers", "channel": "email", "is_given": True, "proof": "shop check-out"}],
}


@pytest.fixture(autouse=True)
def meridiana():
    make_organisation()


def test_it_registers_a_customer(shop):
    answer = shop.post("customers/", MIRA)
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"/api/v1/customers/{body['id']}/"
    assert (body["name"], body["source"], body["city"]) == ("Mira Kovač", "api: Web shop", "Amalfi")
    points = {(point["channel"], point["system"]): point["value"] for point in body["contact_points"]}
    assert points == {
        ("reference", "shop"): "C-17",
        ("email", ""): "mira@example.com",
        ("phone", ""): "+390895550147",
    }
    assert ConsentState.objects.get(customer=body["id"]).is_given
    assert shop.get(f"customers/{body['id']}/").json() == body
    phone = next(point for point in body["contact_points"] if point["channel"] == "phone")
    assert (phone["line"], phone["dead_on"]) == ("fixed", {})
    ContactPoint.objects.filter(value=phone["value"]).update(dead_on={"sms": "Landline", "lifted": {"fax": "Busy"}})
    phone = next(one for one in shop.get(f"customers/{body['id']}/").json()["contact_points"] if one["line"])
    assert phone["dead_on"] == {"sms": "Landline"}


def test_addresses_come_in_one_order_wherever_their_rows_lie(shop):
    body = shop.post("customers/", {**MIRA, "emails": ["mira@example.com", "ada@example.com"]}).json()
    with connection.cursor() as cursor:  # as after a dump that was loaded: no index is asked
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("UPDATE customers_contactpoint SET label = 'work' WHERE value = 'ada@example.com'")
    shown = shop.get(f"customers/{body['id']}/").json()["contact_points"]
    order = [(point["channel"], point["value"]) for point in shown]
    assert order == sorted(order) and len(order) == 4


def test_the_same_again_updates_the_same_customer(shop):
    first = shop.post("customers/", MIRA).json()
    answer = shop.post("customers/", {**MIRA, "city": "Ravello"})
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["city"]) == (first["id"], "Ravello")
    assert Customer.objects.count() == 1


def test_who_keeps_them_and_custom_fields_are_taken(shop):
    anna, team = make_anna(), make_team("Toscana")
    CustomField.objects.create(key="rooms", label="Rooms", kind="number")
    body = {**MIRA, "keeper": anna.email.upper(), "team": "Toscana", "custom": {"rooms": 12}}
    shown = shop.post("customers/", body).json()
    assert (shown["keeper"]["name"], shown["team"], shown["custom"]) == ("Anna", team.name, {"rooms": 12})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "king"}, "kind"),
        ({"emails": "mira@example.com"}, "emails"),
        ({"keeper": "nobody@meridiana.example"}, "keeper"),
        ({"team": "Nowhere"}, "team"),
        ({"emial": ["mira@example.com"]}, "emial"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"custom": {"rooms": []}}, "custom.rooms"),
        ({"consents": [{"purpose": "offers"}]}, "consents.0.channel"),
        ({"account_id": 2**70}, "account_id"),
    ],
)
def test_a_wrong_shape_is_refused_with_the_field_s_name(shop, wrong, field):
    answer = shop.post("customers/", {**MIRA, **wrong})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Customer.objects.exists()


def test_a_rule_s_no_is_told_in_its_words(shop):
    answer = shop.post("customers/", {"emails": ["not an address"], "name": "Mira"})
    assert answer.status_code == 422
    assert "not an address" in answer.json()["title"]
    assert not Customer.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", '"Mira"', "17"])
def test_a_body_that_is_no_object_is_refused(shop, body):
    assert shop.post("customers/", body).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        {"email": "MIRA@example.com"},
        {"phone": "089 555 0147"},
        {"phone": "+54 9 11 2345 6789"},
        {"reference": "C-17", "system": "shop"},
        {"town": "amalfi", "kind": "person"},
        {"language": "pt", "country": "it"},
        {"q": "0147"},
        {"q": "mira kov"},
    ],
)
def test_it_finds_a_customer_by(shop, query):
    mira = make_mira(city="Amalfi", language="pt-BR", country="IT")
    make_contact_point(mira, "C-17", channel="reference", system="shop")
    make_contact_point(mira, "+541123456789", channel="phone")
    make_customer("Luca Conti", city="Ravello", email="luca@example.com")
    searching.store(Customer.objects.values_list("pk", flat=True))
    assert [one["id"] for one in shop.get("customers/", query).json()["results"]] == [mira.pk]


@pytest.mark.parametrize("query", [{"email": "nobody"}, {"phone": "x"}, {"reference": "C-17"}, {"q": "zzzz"}])
def test_it_finds_nobody_by_what_is_nobody_s(shop, query):
    make_mira()
    assert shop.get("customers/", query).json()["results"] == []


def test_pages_lead_to_each_other(shop):
    made = [make_customer(f"Customer {n}").pk for n in range(5)]
    first = shop.get("customers/", {"size": 2}).json()
    assert first["previous"] is None
    second = shop.client.get(first["next"]).json()
    third = shop.client.get(second["next"]).json()
    assert [one["id"] for page in (first, second, third) for one in page["results"]] == made
    assert third["next"] is None
    assert shop.client.get(third["previous"]).json()["results"] == second["results"]


def test_a_page_takes_the_same_number_of_queries_whatever_its_size(shop, django_assert_num_queries):
    for n in range(6):
        make_customer(f"Customer {n}", email=f"c{n}@example.com", keeper=make_anna())
    shop.get("customers/")
    with django_assert_num_queries(3):  # key, customers, contact points
        assert len(shop.get("customers/").json()["results"]) == 6


def test_many_at_once_land_row_by_row(shop):
    rows = [
        {"reference": "C-1", "name": "Mira Kovač", "emails": ["mira@example.com"]},
        {"reference": "C-2", "name": 17},
        {"reference": "C-3", "name": "Luca Conti", "phones": ["not a number"]},
        {"reference": "C-4", "nmae": "Typo"},
        {},
        "no object",
        {"name": "a\x00b"},
    ]
    body = shop.post("customers/bulk/", {"system": "shop", "rows": rows}).json()
    outcomes = [(row["index"], row["outcome"]) for row in body["results"]]
    assert outcomes == [
        (0, "made"), (1, "refused"), (2, "made"), (3, "refused"), (4, "refused"), (5, "refused"), (6, "refused"),
    ]  # fmt: skip
    assert "not a number" in body["results"][2]["notes"][0]
    assert body["results"][1]["notes"] == ["Row 2: “name” must be a text, not a whole number."]
    assert body["results"][3]["notes"] == ["Row 4: There is no field “nmae”."]
    assert body["results"][5]["notes"] == ["Row 6: It must be an object, not a text."]
    assert (body["made"], body["refused"]) == (2, 5)
    assert Customer.objects.count() == 2
    again = shop.post("customers/bulk/", {"system": "shop", "rows": rows[:1]}).json()
    assert again["same"] == 1


def test_more_than_a_thousand_rows_are_refused(shop):
    answer = shop.post("customers/bulk/", {"rows": [{"name": "x"}] * 1001})
    assert answer.status_code == 422
    assert ContactPoint.objects.count() == 0


def test_a_time_zone_that_does_not_exist_is_refused(shop):
    answer = shop.post("customers/", {"name": "Mira", "time_zone": "Mars/Base"})
    assert answer.status_code == 422 and "There is no time zone “Mars/Base”" in answer.json()["title"]
    assert shop.post("customers/", {"name": "Mira", "time_zone": "europe/rome"}).json()["time_zone"] == "Europe/Rome"


def test_a_system_without_a_number_is_no_filter(shop):
    answer = shop.get("customers/", {"system": "shop"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "system"


def test_too_large_a_body_is_said_to_be_too_large(shop, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    for path in ("customers/", "customers/bulk/"):
        answer = shop.post(path, {"name": "M" * 2_000})
        assert answer.status_code == 413 and answer["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:filo:problem:too_large"


def test_a_birthday_to_come_is_refused(shop):
    for day in ("2999-01-01", "0001-01-01"):
        answer = shop.post("customers/", {"name": "Mira", "born_on": day})
        assert answer.status_code == 422 and answer.json()["title"] == f"Nobody is born on {day}. Check the year."
