"""Lists by the API: who is put on one, who is taken off, and what a key is not told."""

import pytest

from api.scopes import SCOPES
from insights import listing, refreshing, segments
from insights.models import ListedCustomer, Segment
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organisation(db):
    make.make_organisation()


def on(segment):
    return list(segment.listed.order_by("customer_id").values_list("customer_id", flat=True))


def test_a_list_is_made_filled_read_and_emptied_and_the_same_again_changes_nothing(shop):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles")
    make.make_contact_point(rui, "C-17", channel="reference", system="shop")
    made = shop.post("segments/", {"name": "Guests"}, Idempotency_Key="g")
    assert (
        made.status_code == 201
        and shop.post("segments/", {"name": "Guests"}, Idempotency_Key="g").json() == made.json()
    )
    assert shop.post("segments/", {"name": "guests"}).status_code == 409
    segment = Segment.objects.get()
    path = f"segments/{segment.pk}/"
    assert made["Location"] == f"/api/v1/{path}" and made.json()["is_static"] and made.json()["rule"] is None
    sent = {
        "customers": [mira.pk, mira.pk, 99_999],
        "addresses": ["089 555 0147", "C-17", "nobody@example.com", "email"],
    }
    nobody = {"unknown_customers": [99_999], "unknown_addresses": ["nobody@example.com", "email"], "several": []}
    assert shop.post(f"{path}members/", sent).json() == {"added": 2, "same": 0, **nobody}
    assert shop.post(f"{path}members/", sent).json() == {"added": 0, "same": 2, **nobody}
    assert set(segment.listed.values_list("origin", "by")) == {("api", None)}
    refreshing.refresh_all_touched()
    assert shop.get(path).json()["member_count"] == 2 == len(shop.get(f"{path}members/").json()["results"])
    assert shop.post(f"{path}removals/", {"addresses": ["c-17", "C-17"]}).json() == {
        "removed": 1, "unknown_customers": [], "unknown_addresses": ["c-17"], "several": [],
    }  # fmt: skip
    assert [shop.send("DELETE", f"{path}members/{mira.pk}/").status_code for _ in range(2)] == [204, 204]
    assert on(segment) == []


def test_what_does_not_fit_is_refused_whole(shop):
    asked = segments.save(Segment(), name="Everybody", rule={"all": []}, by=None)
    mira = make.make_mira()
    assert shop.post(f"segments/{asked.pk}/members/", {"customers": [mira.pk]}).status_code == 409
    assert shop.send("DELETE", f"segments/{asked.pk}/members/{mira.pk}/").status_code == 409
    path = f"segments/{segments.save_list(Segment(), name='Guests', by=None).pk}/members/"
    for wrong in (
        {"customers": list(range(1, 1_002))}, {"addresses": ["x"] * 1_001}, {"addresses": ["x" * 401]},
        {"addresses": [7]}, {"customers": ["x"]}, {"customers": [2**63]}, {"emails": []}, {"addresses": ["a\x00b"]},
    ):  # fmt: skip
        assert shop.post(path, wrong).status_code == 422, wrong
    assert shop.post("segments/", {"name": " "}).status_code == 422
    assert shop.post("segments/99999/members/", {}).status_code == 404
    assert not ListedCustomer.objects.exists()


def test_a_teams_key_cannot_tell_a_hidden_customer_from_nobody(make_shop):
    ours = make.make_team("Bar")
    mine, hidden = make.make_customer("Ana Reis", team=ours), make.make_mira()
    for one in (mine, hidden):
        make.make_contact_point(one, "bar@example.com", is_shared=True)
    segment = segments.save_list(Segment(), name="Guests", by=None)
    listing.add(segment, [hidden.pk], origin="api", by=None, seer=make.make_user("Gia", "administrator"))
    refreshing.refresh_all_touched()
    shop, path = make_shop(team=ours), f"segments/{segment.pk}/"
    addresses = ["mira@example.com", "+390895550147", f"/customers/{hidden.pk}/"]
    said = {"unknown_customers": [hidden.pk, 99_999], "unknown_addresses": addresses, "several": []}
    sent = {"customers": [hidden.pk, 99_999], "addresses": [*addresses, "bar@example.com"]}
    assert shop.post(f"{path}members/", sent).json() == {"added": 1, "same": 0, **said}
    refreshing.refresh_all_touched()
    assert shop.get(path).json()["member_count"] == 1
    assert shop.post(f"{path}removals/", sent).json() == {"removed": 1, **said}
    assert shop.send("DELETE", f"{path}members/{hidden.pk}/").status_code == 204
    assert on(segment) == [hidden.pk]


def test_a_key_without_the_scope_writes_no_list(make_shop):
    shop = make_shop(scopes=set(SCOPES) - {"segments:write"})
    segment = segments.save_list(Segment(), name="Guests", by=None)
    said = [
        shop.post("segments/", {"name": "More"}), shop.post(f"segments/{segment.pk}/members/", {}),
        shop.post(f"segments/{segment.pk}/removals/", {}), shop.send("DELETE", f"segments/{segment.pk}/members/1/"),
    ]  # fmt: skip
    assert {one.status_code for one in said} == {403}
