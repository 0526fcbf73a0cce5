"""What there may be many of is looked up: found by a piece of its name, named by its id, and never all of it read."""

from urllib.parse import urlencode

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from insights import building, choices
from insights.fields import every
from insights.models import Segment
from sales.models import Product
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@time_machine.travel("2026-03-12 12:00Z", tick=False)
def test_each_is_found_by_its_name_and_named_by_its_id(django_assert_num_queries):
    known = every()
    for name, sku in (("Wine", "W-1"), ("Olive oil", "O-1"), ("Vinegar of wine", "V-1")):
        Product.objects.create(name=name, sku=sku)
    ids = dict(Product.objects.values_list("name", "pk"))
    product = known["product"]
    with django_assert_num_queries(3):
        assert [name for _pk, name in product.find("WINE", 9)] == ["Vinegar of wine", "Wine"]
        assert product.find("o-1", 9) == [(str(ids["Olive oil"]), "Olive oil")]
        assert [name for _pk, name in product.find("", 2)] == ["Olive oil", "Vinegar of wine"]
    asked = [ids["Wine"], str(ids["Olive oil"]), 4_000_000_000, "²", "9" * 30]
    assert list(product.named(asked).values()) == ["Olive oil", "Wine"]

    month = known["month_bought"]
    assert month.find("", 2) == [("202603", "March 2026"), ("202602", "February 2026")]
    assert month.find("march", 99)[-1] == ("202203", "March 2022") and len(month.find("", 99)) == choices.MONTHS_OFFERED
    assert month.named(["199912", "202613", 202601, "x"]) == {"202601": "January 2026", "199912": "December 1999"}
    assert known["season_bought"].find("ar", 9) == [("1", "January"), ("2", "February"), ("3", "March")]

    gone = make.make_user("Olga", is_active=False)
    anna = make.make_anna()
    assert [name for _pk, name in known["keeper"].find("", 9)] == [anna.name]
    assert known["keeper"].named([gone.pk, anna.pk]) == {str(anna.pk): anna.name, str(gone.pk): gone.name}


def test_a_rule_keeps_what_is_there_no_longer_until_its_field_changes(client):
    client.force_login(make.make_user("Mara", Role.MARKETING))
    wine = Product.objects.create(name="Wine")
    Product.objects.bulk_create(Product(name=f"Bread {number:02}") for number in range(60))
    chosen = [str(wine.pk), "4000000000"]
    form = {"name": "Wine", "match.": "all", "rows.": "0", "field.0": "product", "is.0": "one_of"}
    form |= {"value.0": chosen, "of.0": "product"}
    page = client.post(reverse("insights:builder"), form).content.decode()
    assert f'value="{wine.pk}" checked> Wine' in page and "one that no longer exists" in page
    assert "Bread 49" in page and "Bread 50" not in page
    client.post(reverse("insights:new_segment"), form)
    segment = Segment.objects.get()
    assert segment.rule == {"all": [{"field": "product", "is": "one_of", "value": chosen}]}
    client.post(reverse("insights:segment", args=[segment.pk]), form | {"field.0": "keeper"})
    segment.refresh_from_db()
    assert segment.rule["all"][0]["field"] == "product"  # nothing is chosen of the new field: refused


def test_a_form_of_many_rules_asks_for_the_fields_once(django_assert_num_queries):
    form = {"match.": "any", "rows.": " ".join(map(str, range(30)))}
    for number in range(30):
        form |= {f"field.{number}": "product", f"is.{number}": "one_of", f"value.{number}": str(number + 1)}
    with django_assert_num_queries(1):  # own fields
        rows = building.read(QueryDict(urlencode(form)))["any"]
    assert rows[29] == {"field": "product", "is": "one_of", "value": ["30"]}
