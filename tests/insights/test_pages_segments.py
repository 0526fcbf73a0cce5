"""The segment builder: a form that counts as it is filled, with and without script."""

import re
import time
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import localdate

from customers import customfields
from insights import building, evaluating, refreshing, segments
from insights.models import Segment
from sales import recording
from sales.models import Product
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client):
    user = make.make_user("Mara", Role.MARKETING)
    client.force_login(user)
    for name, country in (("Mira Kovač", "IT"), ("Rui Teles", "PT"), ("Ana Reis", "PT")):
        make.make_customer(name, country=country)
    refreshing.refresh()
    return user


def form(**more):
    return {
        "name": "Portuguese",
        "match.": "all",
        "rows.": "0",
        "field.0": "country",
        "is.0": "one_of",
        "value.0": ["PT"],
        **more,
    }


def test_the_builder_counts_what_is_in_the_form(client, marketer):
    answer = client.post(reverse("insights:builder"), form())
    page = answer.content.decode()
    assert answer.status_code == 200 and "2</output>" in page and "country is Portugal" in page


def test_a_form_that_names_its_rules_again_and_again_has_each_once_and_what_it_does_not_hold_never():
    rule = {"field": "orders", "is": "known", "value": None}
    again = {f"rows.{path}": "0 " * 200 + "1 00 ٠ 7 -1 x" for path in ("", "0", "0-0", "0-0-0", "0-0-0-0")}
    again |= {f"match.{path}": "all" for path in ("", "0", "0-0")}
    again |= {
        f"{name}.{path}": said for path in ("1", "0-0-0") for name, said in (("field", "orders"), ("is", "known"))
    }
    begun = time.process_time()
    assert building.read(QueryDict(urlencode(again))) == {"all": [{"all": [{"all": [rule]}]}, rule]}
    assert time.process_time() - begun < 1


def test_a_rule_added_begins_with_something_to_choose_and_says_what_is_missing(client, marketer):
    page = client.post(reverse("insights:builder"), form(do="rule:")).content.decode()
    assert 'name="field.1"' in page and "Choose at least one for kind" in page


def test_an_answer_is_counted_and_its_controls_are_left_alone(client, marketer, monkeypatch):
    page = client.post(reverse("insights:answered"), form()).content.decode()
    assert 'id="count-0" hx-swap-oob="true">2<' in page and "2</output>" in page
    assert 'innerHTML:#segment-said">2 of 3 customers, 67%' in page
    assert "<select" not in page and 'name="value.0"' not in page
    page = client.post(reverse("insights:answered"), form(**{"value.0": ""})).content.decode()
    assert "Choose at least one for country." in page and 'id="count-0" hx-swap-oob="true"><' in page

    monkeypatch.setattr(segments, "EXACT_UP_TO", 1)
    page = client.post(reverse("insights:answered"), form()).content.decode()
    assert 'class="sr-only">about 2</span>' in page and 'hx-trigger="load delay:2s"' in page
    assert "segment-said" not in page  # what is reckoned is not read out
    page = client.post(reverse("insights:counted"), form()).content.decode()
    assert 'id="count-0" hx-swap-oob="true">2<' in page and 'innerHTML:#segment-said">2 of 3' in page
    assert "segment-result" not in page and "about" not in page
    assert 'id="segment-examples" hx-swap-oob="true"' in page  # none were shown with the numbers that were reckoned
    page = client.post(reverse("insights:counted"), form(examples="5")).content.decode()
    assert "segment-examples" not in page
    monkeypatch.setattr(segments, "SAMPLED", 0)  # nobody is among those looked at
    shown = [len(segments.sample({"all": []}, marketer, at_once=at_once)) for at_once in (True, False)]
    assert shown == [0, 3]


def test_who_reads_a_segment_sees_it_counted_too(client, marketer, monkeypatch):
    segment = Segment.objects.create(
        name="Portuguese", rule={"all": [{"field": "country", "is": "one_of", "value": ["PT"]}]}
    )
    monkeypatch.setattr(segments, "EXACT_UP_TO", 1)
    client.force_login(make.make_anna())
    counts = reverse("insights:counted_of", args=[segment.pk])
    assert f'hx-get="{counts}"' in client.get(reverse("insights:segment", args=[segment.pk])).content.decode()
    assert 'id="count-0" hx-swap-oob="true">2<' in client.get(counts).content.decode()
    assert client.post(reverse("insights:counted"), form()).status_code == 403


def test_one_of_many_is_looked_for_with_and_without_script(client, marketer):
    Product.objects.bulk_create(Product(name=f"Coffee {number:02}") for number in range(60))
    some = list(Product.objects.order_by("name")[:5])
    of_product = {"field.0": "product", "is.0": "one_of", "of.0": "product", "value.0": [one.pk for one in some]}
    page = client.post(reverse("insights:builder"), form(**of_product)).content.decode()
    assert "Coffee 00, Coffee 01, Coffee 02 and 2 more" in page and page.count("checked> Coffee") == 5
    assert "Coffee 54" in page and "Coffee 55" not in page and "The first 50. Search for the others." in page
    found = client.get(reverse("insights:choices", args=["product"]), {"at": "0", "q.0": "fee 5"}).content.decode()
    assert found.count('name="value.0"') == 10 and "10 found" in found and "Coffee 49" not in found
    found = client.get(reverse("insights:choices", args=["product"]), {"at": "0", "q.0": "tea"}).content.decode()
    assert "Nothing is called like “tea”." in found
    page = client.post(
        reverse("insights:new_segment"), form(**of_product, do="find:0", **{"q.0": "59"})
    ).content.decode()
    assert "> Coffee 59" in page and "Coffee 58" not in page and page.count("checked> Coffee") == 5
    assert client.get(reverse("insights:choices", args=["city"])).status_code == 404
    client.force_login(make.make_anna())
    assert client.get(reverse("insights:choices", args=["product"])).status_code == 403


def test_a_group_within_a_group_can_be_filled_and_removed(client, marketer):
    page = client.post(reverse("insights:builder"), form(do="group:")).content.decode()
    assert 'name="match.1"' in page
    nested = form(**{"rows.": "0 1", "match.1": "any", "rows.1": "", "do": "remove:1"})
    assert 'name="match.1"' not in client.post(reverse("insights:builder"), nested).content.decode()


def test_saving_leads_to_the_segment_with_its_members(client, marketer, django_capture_on_commit_callbacks):
    answer = client.post(reverse("insights:new_segment"), form())
    segment = Segment.objects.get()
    assert answer["Location"] == reverse("insights:segment", args=[segment.pk])
    assert "Segment saved." in client.get(answer["Location"]).content.decode()
    refreshing.refresh()
    assert "Rui Teles" in client.get(reverse("insights:members", args=[segment.pk])).content.decode()
    assert "Portuguese" in client.get(reverse("insights:segments")).content.decode()


def test_a_rule_that_is_not_whole_is_kept_and_explained(client, marketer):
    answer = client.post(reverse("insights:new_segment"), form(**{"value.0": ""}))
    assert answer.status_code == 422 and "Choose at least one for country" in answer.content.decode()
    assert not Segment.objects.exists()


def test_an_empty_list_offers_questions_that_somebody_answers(client, marketer):
    page = client.get(reverse("insights:segments")).content.decode()
    assert "No segments yet" in page and "Allow offers by e-mail" not in page  # nobody was asked


def test_an_agent_reads_segments_and_changes_none(client, marketer):
    client.force_login(make.make_anna())
    assert client.get(reverse("insights:segments")).status_code == 200
    assert client.post(reverse("insights:builder"), form()).status_code == 403
    assert client.get(reverse("insights:new_segment")).status_code == 403


def test_a_retired_field_is_in_the_menu_of_the_rule_that_asks_it_alone(client, marketer):
    customfields.retire(customfields.define(label="Rooms", kind="number"))
    page = client.post(reverse("insights:builder"), form()).content.decode()
    assert "custom.rooms" not in page
    asked = form(**{"field.0": "custom.rooms", "is.0": "at_least", "value.0": "3"})
    page = client.post(reverse("insights:builder"), asked).content.decode()
    assert '<option value="custom.rooms" selected' in page and "0</output>" in page


def test_a_form_that_nobody_filled_by_hand_is_no_error(client, marketer):
    answer = client.post(reverse("insights:builder"), form(**{"rows.": "0 ² 99999999999999999999", "do": "remove:²"}))
    assert answer.status_code == 200 and 'name="field.0"' in answer.content.decode()


def test_a_segment_whose_field_vanished_is_shown_as_broken_with_what_to_do(client, marketer):
    field = customfields.define(label="Rooms", kind="number")
    asks = {"all": [{"field": "custom.rooms", "is": "at_least", "value": "3"}]}
    inns = Segment.objects.create(name="Inns", rule=asks)
    Segment.objects.create(name="Everybody", rule={"all": []})
    assert "Broken" not in client.get(reverse("insights:segments")).content.decode()
    field.delete()
    for page in (reverse("insights:segments"), reverse("insights:segment", args=[inns.pk])):
        assert "There is no field “custom.rooms”. Change or remove that rule" in client.get(page).content.decode()
    assert client.get(reverse("insights:segments")).content.decode().count("Broken") == 1
    assert (
        "selected>a field that no longer exists<"
        in client.get(reverse("insights:segment", args=[inns.pk])).content.decode()
    )


def test_counts_tell_a_team_leader_nothing_of_whom_they_do_not_see(client):
    """The oracle: a number more for each euro asked would tell what a hidden customer spent."""
    bar, office = make.make_team("Bar"), make.make_team("Office")
    leader = make.make_user("Lea", Role.MANAGER, team=bar)
    mine, hidden = make.make_customer("Mira Kovač", team=bar), make.make_customer("Rui Teles", team=office)
    for customer, cents in ((mine, 5_000), (hidden, 123_456)):
        lines = [recording.Line(localdate(), cents, "EUR", customer_id=customer.pk)]
        recording.record_many(lines, source="till")
    refreshing.refresh()
    for euros in ("1", "1234", "1235"):
        asked = {"all": [{"field": "spent", "is": "at_least", "value": euros}]}
        assert segments.counts(asked, leader) == {(): int(euros == "1"), (0,): int(euros == "1")}
    assert segments.everybody_count(leader) == 1 and segments.everybody_count() == 2
    rich = segments.save(Segment(), name="Rich", rule={"all": [{"field": "orders", "is": "known"}]}, by=leader)
    evaluating.evaluate()
    assert segments.member_counts(leader) == {rich.pk: 1}
    client.force_login(leader)
    asked = form(**{"field.0": "spent", "is.0": "at_least", "value.0": "1234"})
    assert "0</output>" in client.post(reverse("insights:builder"), asked).content.decode()
    assert re.search(
        r'<td class="r num strong b-right">1</td>', client.get(reverse("insights:segments")).content.decode()
    )
