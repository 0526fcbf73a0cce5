"""Promises: made for a day or a moment, moved, kept, listed."""

from datetime import timedelta

import pytest

from interactions.models import Task
from tests.make import (
    make_anna,
    make_customer,
    make_mira,
    make_organisation,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def meridiana():
    make_organisation()


@pytest.fixture
def mira():
    return make_mira()


def test_a_promise_is_made_moved_and_kept(shop, mira):
    anna = make_anna()
    due, later = "2030-03-03T17:00:00Z", "2030-03-05T17:00:00Z"
    made = shop.post("promises/", {"customer": mira.pk, "what": "Send two bags", "due_at": due, "owner": anna.email})
    assert made.status_code == 201
    path = f"promises/{made.json()['id']}/"
    moved = shop.post(f"{path}moves/", {"due_at": later, "why": "The harvest is late", "by": anna.email}).json()
    assert (moved["due_at"], moved["first_due_at"]) == (later, due)
    kept = shop.post(f"{path}keeping/", {"by": anna.email}).json()
    assert (kept["status"], kept["owner"]["email"]) == ("kept", anna.email)
    assert shop.post(f"{path}keeping/").status_code == 409
    assert shop.get(path).json()["status"] == "kept"
    assert Task.objects.get().moves.get().why == "The harvest is late"


def test_a_number_is_no_text(shop, mira):
    refused = shop.post("promises/", {"customer": mira.pk, "what": 0, "due_at": "2030-03-03T17:00:00Z"})
    assert refused.json()["errors"] == [{"field": "what", "message": "Must be a text."}]
    assert not Task.objects.exists()


@pytest.mark.parametrize("due", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_day_that_nobody_meant_is_refused(shop, mira, due):
    refused = shop.post("promises/", {"customer": mira.pk, "what": "Far", "due_at": due})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:filo:problem:day_too_far")
    by_day = shop.post("promises/", {"customer": mira.pk, "what": "Far", "due_at": due, "has_time": False})
    assert by_day.status_code == 422
    said = shop.post(
        "interactions/", {"customer": mira.pk, "kind": "note", "words": "x", "occurred_at": "0001-01-01T00:00:00Z"}
    )
    assert said.status_code == 422
    assert not Task.objects.exists()


def test_a_promise_is_refused_for_a_day_that_is_over_and_to_who_may_not_open_it(shop, mira):
    ugo = make_user("Ugo", "marketing")
    said = {"customer": mira.pk, "what": "Call", "due_at": "2030-03-03T17:00:00Z"}
    kept = shop.post("promises/", said).json()
    over = {"due_at": "2001-03-03T17:00:00Z"}
    refusals = [
        shop.post("promises/", said | {"owner": ugo.email}),
        shop.post("promises/", said | over),
        shop.post("promises/", said | over | {"has_time": False}),
        shop.post(f"promises/{kept['id']}/moves/", over),
    ]
    assert [one.json()["type"].rpartition(":")[2] for one in refusals] == ["may_not_promise", *["day_over"] * 3]
    assert {(one.status_code, one.headers["content-type"]) for one in refusals} == {(422, "application/problem+json")}
    assert Task.objects.count() == 1


def test_a_keeper_who_may_not_open_promises_gets_none(shop):
    mira = make_mira(keeper=make_user("Ugo", "marketing"))
    made = shop.post("promises/", {"customer": mira.pk, "what": "Call", "due_at": "2030-03-03T17:00:00Z"})
    assert (made.status_code, made.json()["owner"]) == (201, None)


@pytest.mark.parametrize(
    "said",
    [
        {"due_on": "2030-03-04"},
        {"due_at": "2030-03-04"},
        {"due_at": "2030-03-03T23:30:00Z", "has_time": False},  # in Rome the 4th
    ],
)
def test_a_promise_for_a_day_is_read_as_that_day(shop, mira, said):
    made = shop.post("promises/", {"customer": mira.pk, "what": "Call", **said}).json()
    assert (made["due_on"], made["first_due_on"], made["has_time"]) == ("2030-03-04", "2030-03-04", False)
    assert made["due_at"] == "2030-03-04T22:59:59.999999Z"
    path = f"promises/{made['id']}/"
    timed = shop.post(f"{path}moves/", {"due_at": "2030-03-05T10:00:00Z"}).json()
    assert (timed["due_on"], timed["due_at"], timed["has_time"]) == (None, "2030-03-05T10:00:00Z", True)
    assert timed["first_due_on"] == "2030-03-04"
    assert shop.post(f"{path}moves/", {"due_on": "2030-03-06"}).json()["due_on"] == "2030-03-06"
    assert shop.post(f"{path}moves/", {"due_on": "2001-03-06"}).json()["type"].endswith("day_over")


@pytest.mark.parametrize(
    "said", [{}, {"due_on": "2030-03-04", "due_at": "2030-03-04T10:00:00Z"}, {"due_at": "2030-13-04"}]
)
def test_when_is_a_day_or_a_moment_and_not_both(shop, mira, said):
    refused = shop.post("promises/", {"customer": mira.pk, "what": "Call", **said})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] in ("due_on", "due_at")


def test_promises_are_listed_first_due_first(shop, mira):
    anna = make_anna()
    late = make_task(mira, anna, "late", due_in=-timedelta(days=1))
    soon = make_task(mira, anna, "soon")
    make_task(make_customer("Luca"), make_anna(), "another")
    listed = lambda **query: [one["id"] for one in shop.get("promises/", query).json()["results"]]  # noqa: E731
    assert listed(customer=mira.pk) == [late.pk, soon.pk]
    assert listed(owner=anna.email) == [late.pk, soon.pk]
    assert listed(status="late") == [late.pk]
    assert listed(status="kept") == []


def test_the_customer_s_keeper_owns_a_promise_that_names_nobody(shop):
    anna = make_anna()
    mira = make_mira(keeper=anna)
    made = shop.post("promises/", {"customer": mira.pk, "what": "Call", "due_at": "2030-03-03T17:00:00Z"}).json()
    assert made["owner"]["email"] == anna.email
