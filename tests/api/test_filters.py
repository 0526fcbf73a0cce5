"""One filter leaves the same people on the screen, in the API, and in a segment that asks the same."""

import re
from html import unescape
from itertools import product

import pytest
from django.urls import reverse

from api.v1.finding import CustomersQuery
from customers import consenting
from customers.filters import FILTERS
from customers.models import Customer
from insights import refreshing, segments
from staff.models import User
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
NAME = re.compile(r'href="/customers/\d+/">([^<]+)</a>')
AGREE = [  # filter; as it is asked on the screen and, if otherwise, by a key; the rule that means it; whom they leave
    ("keeper", "{anna}", "{anna.email}", ("keeper", "one_of", ["{anna}"]), "Ada"),
    ("keeper", "{gone}", "{gone.email}", ("keeper", "one_of", ["{gone}"]), "Bea"),
    ("keeper", "nobody", "", ("keeper", "unknown", None), "Café Caio Dino Elio"),
    ("team", "{team}", "Campania", ("team", "one_of", ["{team}"]), "Ada Bea"),
    ("kind", "company", "", ("kind", "one_of", ["company"]), "Café"),
    ("town", "Roma", "", ("city", "is", "Roma"), "Ada Bea Caio"),
    ("town", "ROMA", "", ("city", "is", "ROMA"), "Ada Bea Caio"),
    ("town", " roma ", "", ("city", "is", " roma "), "Ada Bea Caio"),
    ("town", "reunion", "", ("city", "is", "reunion"), "Dino Elio"),
    ("town", "Réunion", "", ("city", "is", "Réunion"), "Dino Elio"),
    ("country", "PT", "", ("country", "one_of", ["PT"]), "Bea Café"),
    ("country", "pt", "", ("country", "one_of", ["PT"]), "Bea Café"),
    ("language", "pt", "", ("language", "one_of", ["pt"]), "Ada Bea"),
    ("language", "pt-BR", "", None, "Bea"),
    ("language", "PT-br", "", None, "Bea"),
    ("language", "it", "", ("language", "one_of", ["it"]), "Caio"),
    ("offers", "email", "", ("offers_email", "yes", None), "Ada Caio"),
]


@pytest.fixture
def people():
    """Ada and Bea of Campania, whose keeper left; the café of nobody; Caio, who took back a yes and gave it again."""
    make.make_organisation()
    anna, gone = make.make_anna(), make.make_user("Gino", Role.SALES, is_active=False)
    for name, fields in {
        "Ada": {"keeper": anna, "team": anna.team, "city": "roma", "language": "pt"},
        "Bea": {"keeper": gone, "team": anna.team, "city": "Roma", "language": "pt-BR", "country": "PT"},
        "Caio": {"city": "ROMA", "language": "it"},
        "Café": {"kind": "company", "country": "PT"},
        "Dino": {"city": "Réunion", "country": ""},
        "Elio": {"city": "Reunion", "country": ""},
    }.items():
        make.make_customer(name, email=f"{name[:3].lower()}@example.com", **fields)
    for name, answers in {"Ada": [True], "Bea": [True, False], "Caio": [True, False, True], "Dino": [False]}.items():
        for is_given in answers:
            said = consenting.give if is_given else consenting.withdraw
            said(Customer.objects.get(name=name), "offers", "email", source="test")
    refreshing.refresh()
    return {"anna": anna.pk, "anna.email": anna.email, "gone": gone.pk, "gone.email": gone.email, "team": anna.team_id}


def meant(words, people):
    """Put who it is in the place of {anna}."""
    return re.sub(r"\{([\w.]+)\}", lambda found: str(people[found[1]]), words) if isinstance(words, str) else words


def on_screen(client, query) -> set[str]:
    page = client.get(reverse("customers:list"), query).content.decode()
    return {unescape(name) for name in NAME.findall(page)}


def test_screen_api_and_segment_leave_the_same(client, shop, people):
    assert {each.name for each in FILTERS} == {row[0] for row in AGREE} <= set(CustomersQuery().fields)
    mara = make.make_user("Mara", Role.MARKETING)
    client.force_login(mara)
    for name, screen, key, rule, expected in AGREE:
        screen, key = meant(screen, people), meant(key or screen, people)
        asked = {"screen": on_screen(client, {name: screen})}
        asked["api"] = {one["name"] for one in shop.get("customers/", {name: key}).json()["results"]}
        if rule:
            field, operator, value = rule
            value = [meant(one, people) for one in value] if isinstance(value, list) else value
            row = {"field": field, "is": operator, "value": value}
            asked["segment"] = {one.name for one in segments.sample({"all": [row]}, mara, 50)}
        assert asked == dict.fromkeys(asked, set(expected.split())), (name, screen)


def test_what_there_is_not_is_refused_by_the_name_of_what_there_is(shop, people):
    for query, words in {
        ("keepr", "me"): "There is no such filter. There are: account, country, cursor, email, keeper, kind, ",
        ("keeper", "me"): "Must be “nobody”, or the e-mail address of a colleague.",
        ("team", "Toscana"): "Must be one of Campania.",
        ("kind", "dragon"): "Must be one of person, company, household.",
        ("country", "XX"): "Must be a country of ISO 3166, such as IT.",
        ("language", "elvish"): "Must be a language of BCP 47, such as pt or pt-BR.",
        ("offers", "pigeon"): "Must be one of phone, email, sms.",
        ("town", ""): "This field may not be blank.",
    }.items():
        answer = shop.get("customers/", dict([query]))
        assert answer.status_code == 422, query
        [error] = answer.json()["errors"]
        assert error["field"] == query[0] and error["message"].startswith(words), error
    for name, text in product(CustomersQuery().fields, ("\x00", "a\x00", "%", "9" * 30, "٣", "x" * 400)):
        assert shop.get("customers/", {name: text}).status_code in (200, 400, 422), (name, text)


def test_a_keeper_is_oneself_by_name_or_number_and_who_left_is_said_by_name(client, people):
    anna = User.objects.get(pk=people["anna"])
    client.force_login(anna)
    assert on_screen(client, {"keeper": "me"}) == on_screen(client, {"keeper": anna.pk}) == {"Ada"}
    assert "Kept by Gino" in client.get(reverse("customers:list"), {"keeper": people["gone"]}).content.decode()
    assert "Gino" not in client.get(reverse("customers:filters")).content.decode()
