"""Recognise, interactions, purchases, segments."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from insights import refreshing
from insights.models import ListedCustomer, Membership, Segment
from interactions.models import Conversation, Interaction
from sales.models import Purchase
from tests.make import (
    make_anna,
    make_contact_point,
    make_conversation,
    make_customer,
    make_interaction,
    make_mira,
    make_organisation,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def meridiana():
    make_organisation()


@pytest.fixture
def mira():
    return make_mira()


def test_it_knows_who_rings_and_where_we_left_off(shop, mira):
    shop.post(
        "interactions/", {"customer": mira.pk, "kind": "call", "direction": "in", "words": "Where is my grinder?"}
    )
    make_task(mira, make_anna(), "Send the grinder", due_in=-timedelta(days=2))
    body = shop.get("recognise/", {"address": "(089) 555-0147"}).json()
    assert (body["kind"], body["address"], body["customer"]["id"]) == ("known", "+390895550147", mira.pk)
    assert body["card"]["they"]["words"] == "Where is my grinder?"
    assert [promise["what"] for promise in body["card"]["late"]] == ["Send the grinder"]
    assert body["card"]["next_step"]["kind"] == "late"


def test_a_shared_number_is_ambiguous(shop, mira):
    luca = make_customer("Luca Conti")
    mira.contact_points.update(is_shared=True)
    make_contact_point(luca, "+390895550147", channel="phone", is_shared=True)
    body = shop.get("recognise/", {"address": "089 555 0147"}).json()
    assert (body["kind"], body["customer"], body["card"]) == ("ambiguous", None, None)
    assert [candidate["customer"]["id"] for candidate in body["candidates"]] == [mira.pk, luca.pk]


def test_a_stranger_is_unknown(shop):
    body = shop.get("recognise/", {"address": "nobody@example.com"}).json()
    assert (body["kind"], body["candidates"]) == ("unknown", [])
    assert shop.get("recognise/").status_code == 422


def test_a_touch_is_logged_and_read_again(shop, mira):
    anna = make_anna()
    body = {
        "customer": mira.pk,
        "kind": "call",
        "words": "She wants two bags.",
        "author": anna.email,
        "outcome": "interested",
    }
    answer = shop.post("interactions/", body)
    assert answer.status_code == 201
    logged = answer.json()
    assert (logged["channel"], logged["author"]["name"], logged["outcome"]) == ("phone", "Anna", "interested")
    assert shop.client.get(answer["Location"]).json() == logged
    assert shop.get(f"customers/{mira.pk}/interactions/").json()["results"] == [logged]
    assert Conversation.objects.get(pk=logged["conversation"]).customer == mira


def test_a_touch_joins_no_conversation_of_somebody_else(shop, mira):
    theirs = make_conversation(make_customer("Luca Conti"))
    body = {"customer": mira.pk, "kind": "note", "words": "Hello", "conversation": theirs.pk}
    assert shop.post("interactions/", body).status_code == 404
    assert not Interaction.objects.exists()


def test_an_empty_touch_is_refused(shop, mira):
    answer = shop.post("interactions/", {"customer": mira.pk, "kind": "note"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:filo:problem:nothing_to_log")


def test_interactions_come_newest_first_in_pages(shop, mira):
    made = [make_interaction(mira, occurred_at=now() - timedelta(days=n)).pk for n in range(3)]
    first = shop.get(f"customers/{mira.pk}/interactions/", {"size": 2}).json()
    rest = shop.client.get(first["next"]).json()
    assert [one["id"] for one in first["results"] + rest["results"]] == made


def test_purchases_are_recorded_once_and_read(shop, mira):
    make_contact_point(mira, "C-17", channel="reference", system="shop")
    line = {
        "purchased_on": "2026-03-01",
        "currency": "EUR",
        "customer_ref": "C-17",
        "line_ref": "O-1/1",
        "product": "Decaf",
    }
    rows = [
        {**line, "amount_cents": 1250, "quantity": 2},
        {**line, "amount_cents": 990, "line_ref": "O-1/2", "customer_ref": "nobody"},
        {**line, "amount_cents": "many"},
        {**line, "amount_cents": 1, "quantity": "NaN"},
        {**line, "amount_cents": 100, "line_ref": "O-2/1", "quantity": "0.5"},
    ]
    body = shop.post("purchases/bulk/", {"system": "shop", "rows": rows}).json()
    assert (body["made"], body["same"], body["sums"]) == (2, 0, {"EUR": 1350})
    assert [row["index"] for row in body["skipped"]] == [1, 2, 3]
    again = shop.post("purchases/bulk/", {"system": "shop", "rows": rows[:1]}).json()
    assert (again["made"], again["same"]) == (0, 1)
    listed = shop.get("purchases/", {"customer": mira.pk}).json()["results"]
    assert sorted(one["amount_cents"] for one in listed) == [100, 1250]
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_cents": 2**63 - 1},  # two of them are more than any sum can hold
        {"quantity": "999999999.9996"},  # rounded, one more than fits
        {"currency": "EUR\n"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_figure_that_does_not_fit_is_refused_alone(shop, mira, wrong):
    line = {"customer_id": mira.pk, "purchased_on": "2026-03-01", "amount_cents": 100, "currency": "EUR"}
    answer = shop.post("purchases/bulk/", {"rows": [line | wrong, line]})
    assert answer.status_code == 200 and answer.json()["made"] == 1
    assert next(iter(wrong)) in answer.json()["skipped"][0]["reason"]


def test_a_customer_s_number_is_read_as_it_was_registered(shop):
    registered = shop.post("customers/", {"system": "shop", "reference": "C  17", "name": "Mira"}).json()["id"]
    rows = [{"customer_ref": "C  17", "purchased_on": "2026-03-01", "amount_cents": 100, "currency": "EUR"}]
    assert shop.post("purchases/bulk/", {"system": "shop", "rows": rows}).json()["made"] == 1
    found = shop.get("customers/", {"system": "shop", "reference": "C  17"}).json()["results"]
    assert [one["id"] for one in found] == [registered]


def test_segments_and_their_members_are_listed(shop, mira):
    segment = Segment.objects.create(name="Inns", rule={"all": []}, member_count=1)
    gone = Segment.objects.create(name="Gone", rule={"all": []}, is_archived=True)
    Membership.objects.create(segment=segment, customer=mira, since=now())
    assert [one["name"] for one in shop.get("segments/").json()["results"]] == ["Inns"]
    members = shop.get(f"segments/{segment.pk}/members/").json()["results"]
    assert [one["customer"]["id"] for one in members] == [mira.pk]
    answer = shop.get(f"segments/{gone.pk}/members/")
    assert answer.status_code == 404
    assert answer.json()["title"] == "There is no such segment, or this key may not see it."


def test_the_members_of_a_segment_come_page_by_page(shop, mira):
    segment = Segment.objects.create(name="Inns", rule={"all": []}, member_count=3)
    everybody = [mira, make_customer("Luca Conti"), make_customer("Rosa Ruocco")]
    for customer in everybody:
        Membership.objects.create(segment=segment, customer=customer, since=now())
    seen, url = [], f"segments/{segment.pk}/members/?size=1"
    while url and len(seen) < 9:
        page = shop.get(url).json()
        seen += [one["customer"]["id"] for one in page["results"]]
        url = page["next"] and page["next"].partition("/api/v1/")[2]
    assert seen == [customer.pk for customer in everybody]


def test_it_is_said_why_a_customer_is_in_a_segment(shop, make_shop, mira):
    rule = {"all": [{"field": "orders", "is": "at_most", "value": "3"}, {"field": "city", "is": "is", "value": "Roma"}]}
    segment = Segment.objects.create(name="Romans", rule=rule)
    refreshing.refresh()
    url = f"segments/{segment.pk}/why/?customer={mira.pk}"
    told = shop.get(url).json()
    assert (told["customer"]["id"], told["is_in"], told["since"], told["listed"]) == (mira.pk, False, None, None)
    whole, orders, city = told["pieces"]
    assert (whole["path"], whole["match"], whole["holds"]) == ("", "all", False)
    assert (orders["path"], orders["field"], orders["holds"], orders["value"]) == ("0", "orders", True, 0)
    assert (city["words"], city["holds"]) == ("town is “Roma”", False)
    assert make_shop(scopes=["segments:read"]).get(url).json()["pieces"][1]["value"] is None
    assert make_shop(team=make_team("Campania")).get(url).status_code == 404
    assert shop.get(f"segments/{segment.pk}/why/").status_code == 422

    fair = Segment.objects.create(name="Fair", rule={}, is_static=True)
    ListedCustomer.objects.create(segment=fair, customer=mira, origin="api")
    told = shop.get(f"segments/{fair.pk}/why/?customer={mira.pk}").json()
    assert (told["listed"]["origin"], told["listed"]["by"], told["pieces"]) == ("api", None, [])


def test_a_teams_key_is_not_told_how_many_customers_others_have(shop, make_shop, mira):
    ours = make_team("Campania")
    segment = Segment.objects.create(name="Inns", rule={"all": []}, member_count=2)
    for customer in (mira, make_customer("Luca Conti", team=ours)):
        Membership.objects.create(segment=segment, customer=customer, since=now())
    counts = [one.get("segments/").json()["results"][0]["member_count"] for one in (shop, make_shop(team=ours))]
    assert counts == [2, 1]
    assert len(make_shop(team=ours).get(f"segments/{segment.pk}/members/").json()["results"]) == 1


def test_a_refusal_names_what_there_is(shop, mira):
    odd = {"customer": mira.pk, "kind": "telepathy", "words": "Hm", "author": "nobody@meridiana.example"}
    words = {one["field"]: one["message"] for one in shop.post("interactions/", odd).json()["errors"]}
    assert words["kind"].startswith("Must be one of call, ")
    assert words["author"] == "None of your colleagues signs in as “nobody@meridiana.example”."


def test_it_names_the_customer_of_ours_who_is_not_there(shop, mira):
    row = {"customer_id": 99_999, "customer_ref": "C-17", "purchased_on": "2026-03-01"}
    row |= {"amount_cents": 1, "currency": "EUR"}
    answer = shop.post("purchases/bulk/", {"rows": [row]}).json()
    assert answer["skipped"] == [{"index": 0, "reason": "There is no customer with the number “99999”."}]


def test_what_has_not_happened_yet_is_not_logged(shop, mira):
    soon, later = now() + timedelta(minutes=5), now() + timedelta(days=400)
    said = {"customer": mira.pk, "kind": "call", "direction": "in", "words": "Hello"}
    refused = shop.post("interactions/", {**said, "occurred_at": later.isoformat()})
    assert refused.status_code == 422 and refused.json()["title"] == "This day is still to come. Check the date."
    assert shop.post("interactions/", {**said, "occurred_at": soon.isoformat()}).status_code == 201
    assert Interaction.objects.get().occurred_at <= now()  # a clock that is minutes fast is ours


@pytest.mark.parametrize("body", ["[" * 50_000, '{"what":' * 20_000, '{"what": ' + "[" * 50_000 + "]" * 50_000 + "}"])
@pytest.mark.parametrize("path", ["promises/", "interactions/", "customers/", "customers/bulk/", "purchases/bulk/"])
def test_what_is_nested_too_deep_is_refused(shop, path, body):
    answer = shop.post(path, body)
    assert answer.status_code in (400, 422) and answer["Content-Type"] == "application/problem+json"
