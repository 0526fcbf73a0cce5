"""The customers list: who is on it for whom, in which order, narrowed how, and at what price."""

import re
from html import unescape

import pytest
from django.urls import reverse

from customers import allowing, consenting, searching, stopping
from customers.models import Opening
from staff.roles import Role
from tests import make
from tests.budgets import assert_within

pytestmark = pytest.mark.django_db
LIST = "/customers/"
NAME = re.compile(r'href="/customers/\d+/">([^<]+)</a>')


@pytest.fixture
def anna():
    return make.make_anna()


def names(response) -> list[str]:
    return [unescape(name) for name in NAME.findall(response.content.decode())]


def leads(response, rel: str) -> str | None:
    """Where a button of the pager leads: "prev" or "next"."""
    found = re.search(rf'<a class="btn" href="([^"]+)" rel="{rel}"', response.content.decode())
    return unescape(found[1]).removeprefix(LIST) if found else None


@pytest.fixture
def show(client, anna):
    client.force_login(anna)

    def show(query="", **headers):
        response = client.get(LIST + query, headers=headers)
        assert response.status_code == 200
        return response

    return show


def test_it_shows_everybody_by_name_with_the_words_of_each_column(show, anna):
    cafe = make.make_customer("Café Saudade", kind="company", city="Lisboa")
    make.make_customer("Ana Lima", account=cafe, city="Lisboa", keeper=anna)
    mira = make.make_mira()
    consenting.give(mira, "offers", "email", source="test")
    response = show()
    page = response.content.decode()
    assert names(response) == ["Café Saudade", "Mira Kovač", "Ana Lima"]
    assert "3 customers" in page and "estimated" not in page
    assert page.count("Café Saudade") == 2 and "nobody" in page and "nothing" in page


def test_pages_follow_each_other_without_numbers_and_lose_nobody(show):
    made = {make.make_customer(f"Ada {n:03}").name for n in range(120)}
    first = show()
    second = show(leads(first, "next"))
    third = show(leads(second, "next"))
    assert [len(names(page)) for page in (first, second, third)] == [50, 50, 20]
    assert set(names(first) + names(second) + names(third)) == made
    assert names(show(leads(third, "prev"))) == names(second)
    assert leads(third, "next") is None and leads(first, "prev") is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?keeper=me", {"Ana Lima"}),
        ("?keeper=nobody", {"Café Saudade", "Bo Berg"}),
        ("?kind=company", {"Café Saudade"}),
        ("?town=lisboa", {"Ana Lima", "Café Saudade"}),
        ("?country=SE", {"Bo Berg"}),
        ("?language=sv", {"Bo Berg"}),
        ("?language=pt", {"Ana Lima"}),
        ("?offers=email", {"Bo Berg"}),
        ("?town=Lisboa&kind=person", {"Ana Lima"}),
        ("?country=XX&kind=dragon", {"Ana Lima", "Café Saudade", "Bo Berg"}),
    ],
)
def test_filters_narrow_and_unknown_values_are_left_out(show, anna, query, expected):
    cafe = make.make_customer("Café Saudade", kind="company", city="Lisboa", country="PT")
    make.make_customer("Ana Lima", account=cafe, city="Lisboa", country="PT", language="pt-BR", keeper=anna)
    bo = make.make_customer("Bo Berg", country="SE", language="sv")
    consenting.give(bo, "offers", "email", source="test")
    assert set(names(show(query))) == expected


def test_who_said_stop_with_the_only_mobile_allows_nothing_there(show):
    mira, petar = make.make_mira(), make.make_customer("Petar Kovač")  # Mira has a landline too
    for customer, numbers in ((mira, ["192"]), (petar, ["193", "194"])):
        for number in numbers:
            make.make_contact_point(customer, f"+393335550{number}", "phone")
        consenting.give(customer, "offers", "sms", source="test")
    assert set(names(show("?offers=sms"))) == {"Mira Kovač", "Petar Kovač"}
    for number in ("192", "193"):
        stopping.withdraw_at(f"+393335550{number}", "sms", source="STOP")
    assert names(show("?offers=sms")) == ["Petar Kovač"]
    assert allowing.allowed_on([mira, petar], "offers") == {petar.pk: {"sms"}}
    consenting.give(mira, "offers", "sms", mira.contact_points.get(line="mobile"), source="test")
    assert set(names(show("?offers=sms"))) == {"Mira Kovač", "Petar Kovač"}


def test_filters_are_said_in_words_each_with_its_way_out(show):
    make.make_customer("Bo Berg", country="SE", language="sv")
    page = show("?country=SE&language=sv&keeper=nobody").content.decode()
    for words in ("Kept by nobody", "Country is Sweden", "Speaks Swedish"):
        assert words in page
    assert 'href="/customers/?keeper=nobody&amp;language=sv" aria-label="Remove: Country is Sweden"' in page


def test_search_finds_half_a_number_best_first_and_keeps_the_filters(show):
    mira, bo = make.make_mira(), make.make_customer("Bo Berg", country="SE", phone="+46855501478")
    searching.store([mira.pk, bo.pk])
    assert names(show("?q=0147")) == ["Mira Kovač", "Bo Berg"]
    assert names(show("?q=0147&country=SE")) == ["Bo Berg"]


def test_what_is_found_nowhere_can_be_made_a_new_customer(show):
    page = show("?q=ana%40lima.example").content.decode()
    assert "/customers/new/?with=ana%40lima.example" in page
    assert "No customers yet" in show().content.decode()


def test_htmx_gets_the_list_alone(show):
    assert "<html" not in show(**{"HX-Request": "true"}).content.decode()
    assert "<html" in show(**{"HX-Request": "true", "HX-History-Restore-Request": "true"}).content.decode()


def test_a_damaged_cursor_is_refused_in_words(client, anna):
    client.force_login(anna)
    assert client.get(LIST + "?cursor=nonsense").status_code == 400


def test_each_sees_whom_they_may(client):
    boris, clara = make.make_boris(), make.make_clara()
    ours = make.make_customer("Ours Alone", team=boris.team)
    theirs = make.make_customer("Theirs Alone", team=clara.team)
    page_of = {}
    for user in (boris, clara, make.make_user("Ada", Role.ADMINISTRATOR), make.make_user("Max", Role.MARKETING)):
        client.force_login(user)
        page_of[user.name] = client.get(LIST).content.decode()
    assert "Ours Alone" in page_of["Boris"] and "Theirs Alone" not in page_of["Boris"]
    assert "Theirs Alone" in page_of["Clara"] and "Ours Alone" not in page_of["Clara"]
    assert all(name in page_of[who] for who in ("Ada", "Max") for name in ("Ours Alone", "Theirs Alone"))
    client.force_login(clara)
    assert client.get(reverse("customers:page", args=[ours.pk])).status_code == 404
    Opening.objects.create(customer=ours, user=clara, because="call")
    assert client.get(reverse("customers:page", args=[ours.pk])).status_code == 200
    assert theirs.pk


def test_queries_do_not_grow_with_the_rows(show, anna):
    for n in range(30):
        cafe = make.make_customer(f"Café {n}", kind="company")
        make.make_customer(f"Ana Lima {n}", account=cafe, keeper=anna)
    show()
    with assert_within("customers:list"):
        show()


def test_a_search_swaps_only_what_it_finds_and_the_panel_of_filters_comes_when_it_is_opened(client):
    client.force_login(make.make_anna())
    make.make_customer("Mira Kovač")
    swapped = client.get("/customers/?q=mira", headers={"HX-Request": "true", "HX-Target": "found"}).content.decode()
    assert "Mira Kovač" in swapped and "filterbar" not in swapped
    assert 'name="country"' not in client.get("/customers/").content.decode()
    panel = client.get("/customers/filters/?q=mira").content.decode()
    assert 'name="country"' in panel and 'value="mira"' in panel
    assert 'name="country"' in client.get("/customers/?kind=person").content.decode()
