"""Who may do what by a key; refusals are problem+json."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from api import issuing, keys
from api.models import Key
from api.scopes import SCOPES
from api.v1.urls import urlpatterns
from crm.problems import Invalid
from interactions import recognising
from staff.roles import Role
from tests.make import make_contact_point, make_customer, make_mira, make_team, make_user

PROBLEM = "application/problem+json"
OPERATIONS = [
    (str(route.pattern).replace("<int:pk>", "1").replace("<int:customer_id>", "1"), method, scope)
    for route in urlpatterns
    for method, scope in route.callback.view_class.scopes.items()
]


def ids(value):
    return value if isinstance(value, str) else None


def test_every_operation_has_a_known_scope_and_every_scope_an_operation():
    assert {scope for _path, _method, scope in OPERATIONS} == set(SCOPES)


def test_every_method_of_every_view_has_a_scope():
    for route in urlpatterns:
        view = route.callback.view_class
        written = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
        assert written == set(view.scopes), view


@pytest.mark.parametrize(("path", "method", "scope"), OPERATIONS, ids=ids)
def test_a_key_with_every_scope_but_this_one_is_refused(make_shop, path, method, scope):
    answer = make_shop(set(SCOPES) - {scope}).send(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (403, PROBLEM)
    assert scope in answer.json()["title"]


@pytest.mark.parametrize(("path", "method", "scope"), OPERATIONS, ids=ids)
def test_a_key_with_this_scope_alone_is_not(make_shop, path, method, scope):
    assert make_shop([scope]).send(method, path).status_code not in (401, 403, 405, 500)


@pytest.mark.parametrize(("path", "method", "scope"), OPERATIONS, ids=ids)
def test_nobody_does_anything_without_a_key(db, path, method, scope):
    answer = Client().generic(method, f"/api/v1/{path}", "{}", "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("given", ["Bearer", "Bearer filo_wrong", "Basic abc", "Bearer \xff\xfe", "filo_wrong"])
def test_what_is_no_key_opens_nothing(db, given):
    answer = Client().get("/api/v1/customers/", headers={"Authorization": given})
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)


def test_a_revoked_key_opens_nothing(shop):
    assert shop.get("customers/").status_code == 200
    issuing.revoke(shop.key)
    assert shop.get("customers/").status_code == 401


def test_an_expired_key_opens_nothing(shop):
    Key.objects.update(expires_at=now() - timedelta(seconds=1))
    assert shop.get("customers/").status_code == 401


def test_only_the_hash_of_a_key_is_kept(shop):
    sent = shop.client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert shop.key.digest == issuing.digest(sent)
    assert sent not in str(Key.objects.filter(pk=shop.key.pk).values().get())
    assert sent.startswith(shop.key.prefix)


def test_the_use_of_a_key_is_noted(shop):
    shop.get("customers/")
    assert Key.objects.get().used_at is not None


def test_a_key_with_no_or_unknown_scopes_is_not_made(db):
    with pytest.raises(issuing.NoScopes):
        issuing.issue("Shop", [], by=None)
    with pytest.raises(Invalid):
        issuing.issue("Shop", ["everything"], by=None)


def test_a_team_s_key_sees_the_team_s_customers_alone(make_shop):
    toscana = make_team("Toscana")
    mira, theirs = make_mira(), make_customer("Luca Conti", team=toscana)
    shop = make_shop(team=toscana)
    assert [one["id"] for one in shop.get("customers/").json()["results"]] == [theirs.pk]
    assert shop.get(f"customers/{mira.pk}/").status_code == 404
    assert shop.get("recognise/", {"address": "mira@example.com"}).json()["kind"] == "unknown"
    assert shop.post("interactions/", {"customer": mira.pk, "kind": "note", "words": "Hello"}).status_code == 404


def test_however_many_others_have_a_number_a_team_s_key_recognises_its_own(make_shop):
    toscana = make_team("Toscana")
    for n in range(recognising.MOST_CANDIDATES + 1):
        one = make_customer(f"Ada {n}", team=toscana if n == recognising.MOST_CANDIDATES else None)
        make_contact_point(one, "+390895550147", "phone", is_shared=True)
    body = make_shop(team=toscana).get("recognise/", {"address": "089 555 0147"}).json()
    assert (body["kind"], [each["customer"]["id"] for each in body["candidates"]]) == ("ambiguous", [one.pk])


def test_too_many_requests_are_told_when_to_come_back(shop, monkeypatch):
    monkeypatch.setattr(keys, "MOST_A_MINUTE", 2)
    with time_machine.travel("2026-03-03T12:00:40Z", tick=False):
        assert [shop.get("segments/").status_code for _ in range(3)] == [200, 200, 429]
        answer = shop.get("segments/")
        assert (answer["Content-Type"], answer["Retry-After"]) == (PROBLEM, "20")
    with time_machine.travel("2026-03-03T12:01:00Z", tick=False):
        assert shop.get("segments/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing/", 404),
        ("GET", "customers/999/", 404),
        ("DELETE", "customers/", 405),
        ("PUT", "segments/", 405),
        ("GET", "customers/?cursor=damaged", 400),
        ("GET", "customers/?size=0", 422),
        ("GET", "customers/?nonsense=1", 422),
    ],
)
def test_every_refusal_is_a_problem(shop, method, path, status):
    answer = shop.send(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status


def test_another_method_is_told_which_there_are(shop):
    answer = shop.send("PATCH", "customers/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert answer.json()["title"] == "This address takes GET and POST."


def test_other_formats_are_refused(shop):
    answer = shop.client.post("/api/v1/customers/", "<a/>", content_type="application/xml")
    assert (answer.status_code, answer["Content-Type"]) == (415, PROBLEM)
    answer = shop.client.get("/api/v1/customers/", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer["Content-Type"]) == (406, PROBLEM)


def test_damaged_json_is_refused(shop):
    for path in ("customers/", "customers/bulk/", "purchases/bulk/"):
        assert shop.post(path, '{"rows": [').status_code == 400


def test_what_nobody_expected_is_told_without_its_inside(shop):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE insights_segment RENAME TO lost")
    answer = shop.get("segments/")
    assert (answer.status_code, answer["Content-Type"]) == (500, PROBLEM)
    assert "insights_segment" not in answer.content.decode()


def test_an_administrator_makes_a_key_sees_it_once_and_revokes_it(client, db):
    client.force_login(make_user(role=Role.ADMINISTRATOR))
    fields = {"name": "Web shop", "scopes": ["customers:read"], "lasts": "90"}
    page = client.post("/settings/keys/new/", fields)
    key = Key.objects.get()
    shown = page.content.decode().split('id="new-key">')[1].split("<")[0]
    assert issuing.digest(shown) == key.digest
    assert page["Cache-Control"] == "no-store"
    listed = client.get("/settings/keys/").content.decode()
    assert "Web shop" in listed and shown not in listed
    bearer = {"Authorization": f"Bearer {shown}"}
    assert Client().get("/api/v1/customers/", headers=bearer).status_code == 200
    client.post(f"/settings/keys/{key.pk}/revocation/")
    assert Client().get("/api/v1/customers/", headers=bearer).status_code == 401


def test_a_key_without_scopes_is_not_made_on_the_page(client, db):
    client.force_login(make_user(role=Role.ADMINISTRATOR))
    answer = client.post("/settings/keys/new/", {"name": "Web shop"})
    assert answer.status_code == 422 and "Choose at least one." in answer.content.decode()
    assert not Key.objects.exists()


def test_a_team_s_key_registers_for_its_team_and_reads_nobody_else_s_customer(make_shop):
    toscana, campania = make_team("Toscana"), make_team("Campania")
    shop = make_shop(team=toscana)
    made = shop.post("customers/", {"name": "Ada Rossi", "emails": ["ada@example.com"]})
    assert made.status_code == 201 and made.json()["team"] == "Toscana"
    mira = make_mira(team=campania, city="Ravello")
    answer = shop.post("customers/", {"emails": ["mira@example.com"], "city": "Roma"})
    assert answer.status_code == 403 and "Ravello" not in answer.content.decode()
    rows = [{"emails": ["mira@example.com"], "city": "Roma"}, {"emails": ["ada@example.com"], "city": "Lucca"}]
    many = shop.post("customers/bulk/", {"rows": rows}).json()
    mira.refresh_from_db()
    assert [row["outcome"] for row in many["results"]] == ["refused", "updated"] and mira.city == "Ravello"
    assert "Mira" not in str(many) and many["results"][0]["customer_id"] is None


def test_a_team_s_key_records_purchases_of_its_own_customers_alone(make_shop):
    mira = make_mira(team=make_team("Campania"))
    ours = make_mira(team=make_team("Toscana"), email="ours@example.com", phone=None)
    line = {"purchased_on": "2026-01-02", "amount_cents": 500, "currency": "EUR"}
    rows = [line | {"customer_id": mira.pk}, line | {"customer_id": ours.pk}]
    done = make_shop(team=make_team("Toscana")).post("purchases/bulk/", {"rows": rows}).json()
    assert done["made"] == 1 and [row["index"] for row in done["skipped"]] == [0]
    assert "another team" in done["skipped"][0]["reason"]
    assert make_shop().post("purchases/bulk/", {"rows": rows}).json()["made"] == 1, "a key of all teams may"
