"""Undo as a page has it: one address, for whoever did it."""

import pytest
from django.db import transaction

from crm import undoing
from crm.http import undo_address
from staff.access import RIGHTS
from staff.models import Place
from tests import make

NAMED = "test.place_named"


@pytest.fixture(autouse=True)
def way(monkeypatch):
    monkeypatch.setattr(undoing, "_ways", dict(undoing._ways))
    monkeypatch.setattr(undoing, "_rights", dict(undoing._rights))
    undoing.undoes(NAMED, right="interactions.promises")(lambda kept, by: undoing.put_back(kept))


@pytest.fixture
def anna(db):
    return make.make_anna()


def rename(anna):
    with transaction.atomic():
        kept = undoing.keep(NAMED, about=anna, by=anna)
        undoing.changing(kept, Place.objects.all(), "name")
        Place.objects.update(name="Office")
    return kept


@pytest.fixture
def kept(client, anna):
    Place.objects.create(name="Roma")
    client.force_login(anna)
    return rename(anna)


def test_it_works_without_htmx_and_goes_back_to_where_it_was_asked(client, kept):
    answer = client.post(undo_address(kept), headers={"referer": "http://testserver/promises/"})
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/promises/")
    assert [place.name for place in Place.objects.all()] == ["Roma"]


def test_a_part_is_answered_by_the_page_anew_or_by_another_one(client, kept, anna):
    assert client.post(undo_address(kept), headers={"hx-request": "true"})["HX-Refresh"] == "true"
    again = client.post(undo_address(rename(anna), "/conversations/7/"), headers={"hx-request": "true"})
    assert (again.status_code, again["HX-Redirect"]) == (204, "/conversations/7/")


def test_it_never_leads_away_from_here(client, kept):
    assert client.post(undo_address(kept, "https://evil.example/"))["Location"] == "/"


@pytest.mark.parametrize("to", ["/promises/\nx", "/promises/\r\nSet-Cookie: a=b", "/città/"])
def test_an_address_that_is_no_header_breaks_nothing(client, kept, to):
    answer = client.post(undo_address(kept, to), headers={"hx-request": "true"})
    assert answer.status_code == 204 and answer["HX-Redirect"].isprintable() and "Set-Cookie" not in answer
    assert answer["HX-Redirect"].isascii()


def test_who_may_not_do_it_any_more_does_not_undo_it_either(client, kept, anna):
    type(anna).objects.filter(pk=anna.pk).update(role="marketing")
    assert client.post(undo_address(kept)).status_code == 403
    assert [place.name for place in Place.objects.all()] == ["Office"]


def test_every_deed_that_a_colleague_undoes_asks_for_a_right():
    kinds = set(undoing._ways) - {"call.missed"}  # that is the machine's
    assert kinds and all(undoing.right(kind) in RIGHTS for kind in kinds)


def test_the_second_click_is_told_in_words(client, kept):
    client.post(undo_address(kept))
    answer = client.post(undo_address(kept), headers={"hx-request": "true"})
    assert answer.status_code == 409 and "already undone" in answer.content.decode()


def test_only_who_did_it_takes_it_back(client, kept):
    client.force_login(make.make_clara())
    assert client.post(undo_address(kept)).status_code == 404
    assert client.get(undo_address(kept)).status_code == 405
