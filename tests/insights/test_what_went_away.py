"""What a rule asks for goes away: its segment selects as before, and says so wherever it is told."""

from html import unescape

import pytest
from django.urls import reverse

from crm import health
from customers import customfields
from customers.models import Customer, CustomField
from insights import evaluating, refreshing, segments
from insights.models import Membership, Segment
from insights.wording import in_words
from sales.models import Product, Purchase
from staff.roles import Role
from tests import make
from tests.insights.test_segments import ask, buy, rule

pytestmark = pytest.mark.django_db
ROOMS, KIND = ask("custom.rooms", "at_least", "3"), ask("custom.sort", "one_of", ["Bar", "Inn"])
GONE = {  # name of the segment → what its rule is, what its page says of that. Nobody enters, nobody leaves
    "Field removed": (ask("custom.stars", "at_least", "3"), "There is no field “custom.stars”. Change or remove"),
    "Channel removed": (ask("offers_fax", "yes"), "There is no field “offers_fax”. Change or remove"),
    "Figure taken out": (ask("shoe_size", "is", "43"), "There is no field “shoe_size”. Change or remove"),
    "Operator gone": (ask("country", "begins", "I"), "“begins” cannot be asked of country. Change or remove"),
    "Segment gone": (ask("segment", "one_of", ["2000000000"]), "is not in use any more: 2000000000. Change or remove"),
}


@pytest.fixture
def inns():
    """One that every rule holds for, before something goes away; another one comes after it."""
    for label, kind in (("Rooms", "number"), ("Stars", "number")):
        customfields.define(label=label, kind=kind)
    customfields.define(label="Sort", kind="choice", choices=["Bar", "Inn"])
    keeper = make.make_user("Olga")
    has = {"keeper": keeper, "country": "IT", "custom": {"rooms": 5, "stars": 4, "sort": "Bar"}}
    early = make.make_customer("Early", kind="company", **has)
    wine = Product.objects.create(name="Wine")
    buy(early, 1_000, "2026-01-02")
    Purchase.objects.update(product=wine)
    refreshing.refresh()
    return {"has": has, "wine": wine, "keeper": keeper, "early": early}


def members():
    rows = Membership.objects.values_list("segment__name", "customer__name").order_by("customer__name")
    found = {}
    for segment, customer in rows:
        found.setdefault(segment, []).append(customer)
    return found


def words(page):
    return " ".join(unescape(page.content.decode()).split())


def test_what_cannot_be_asked_any_more_keeps_its_people_and_says_so(inns, client):
    for name in GONE:
        segments.save(Segment(), name=name, rule=rule(ask("custom.rooms", "known")), by=None)
    evaluating.evaluate()
    for name, (row, _said) in GONE.items():
        Segment.objects.filter(name=name).update(rule=rule(rule(row, match="any"), ask("city", "unknown")))
    CustomField.objects.filter(key="stars").delete()
    late = make.make_customer("Late", kind="company", **inns["has"])
    Customer.objects.filter(pk=inns["early"].pk).update(city="Faro", custom={})
    refreshing.refresh([late.pk, inns["early"].pk])
    evaluating.evaluate()
    assert members() == dict.fromkeys(GONE, ["Early"])

    client.force_login(make.make_user("Mara", Role.MARKETING))
    index = words(client.get(reverse("insights:segments")))
    assert index.count("Broken") == len(GONE)
    for segment in Segment.objects.all():
        said = GONE[segment.name][1]
        assert said in index and "the same people stay in this segment" in segments.trouble(segment), segment.name
        if segment.name in ("Field removed", "Operator gone", "Segment gone"):
            assert said in words(client.get(reverse("insights:segment", args=[segment.pk])))
    assert dict(health.examine())["segment rules"].state == "soon"
    assert in_words(rule(GONE["Figure taken out"][0], GONE["Operator gone"][0])) == (
        "Customers for whom this is true: a field that no longer exists and country, asked as it cannot be any more."
    )


def test_what_can_be_asked_on_is_asked_on_and_said_to_have_gone(inns, client):
    bought = [str(inns["wine"].pk), "2000000000"]
    rows = {
        "Rooms": (ROOMS, "Rooms (retired) is at least 3"),
        "Sort": (KIND, "Sort is Inn or Bar (no longer a choice)"),
        "Keeper": (ask("keeper", "one_of", [str(inns["keeper"].pk)]), "keeper is Olga"),
        "Wine": (ask("product", "one_of", bought), "they bought Wine or one that no longer exists"),
        "Campaign": (ask("campaign_got", "none_of", ["2000000000"]), "they did not get one that no longer exists"),
        "Language": (ask("language", "none_of", ["tlh"]), "language is not tlh (no longer a choice)"),
    }
    for name, (row, _said) in rows.items():
        segments.save(Segment(), name=name, rule=rule(row), by=None)
    evaluating.evaluate()
    customfields.retire(CustomField.objects.get(key="rooms"))
    CustomField.objects.filter(key="sort").update(choices=["Inn"])
    inns["keeper"].is_active = False
    inns["keeper"].save()
    late = make.make_customer("Late", kind="company", **inns["has"])
    buy(late, 1_000, "2026-01-02")
    Purchase.objects.update(product=inns["wine"])
    refreshing.refresh([late.pk])
    evaluating.evaluate()
    assert members() == dict.fromkeys(rows, ["Early", "Late"])

    client.force_login(make.make_user("Mara", Role.MARKETING))
    index = words(client.get(reverse("insights:segments")))
    assert "Broken" not in index
    for segment in Segment.objects.all():
        said = f"Customers for whom this is true: {rows[segment.name][1]}."
        assert said in index, segment.name
        if segment.name in ("Rooms", "Wine"):
            assert said in words(client.get(reverse("insights:segment", args=[segment.pk])))
