"""A town is compared without capitals and accents, by segments as by the list, and shown as it is written."""

import pytest
from django.db import connection

from customers.filters import FILTERS
from customers.models import Customer
from insights import refreshing, segments, showing
from tests import make
from tests.insights.test_segments import ask, rule

pytestmark = pytest.mark.django_db

WRITTEN = ("Córdoba", "CORDOBA", "co\u0301rdoba", "Łódź", "lodz", "Gießen", "GIESSEN", "São João", "Roma", "")
ASKED = {"cordoba": 3, "ŁÓDŹ": 2, "Gießen": 2, "sao joao": 1, "ROMA": 1, "rom": 0}


def test_a_segment_and_the_list_find_the_same_in_a_town():
    for town in WRITTEN:
        make.make_customer("Mira X", city=town)
    refreshing.refresh()
    narrow = next(one.narrow for one in FILTERS if one.name == "town")
    for town, many in ASKED.items():
        assert segments.count(rule(ask("city", "is", town))) == many, town
        assert narrow(Customer.objects.all(), town, None).count() == many, town
        assert segments.count(rule(ask("city", "is_not", town))) == len(WRITTEN) - many
    assert (
        segments.count(rule(ask("city", "contains", "OÃ"))) == segments.count(rule(ask("city", "begins", "são"))) == 1
    )
    assert segments.count(rule(ask("city", "known"))) == segments.count(rule(ask("city", "unknown"))) + 8 == 9


def test_a_town_is_shown_as_it_is_written():
    customer = make.make_customer("Mira X", city="São João")
    refreshing.refresh()
    assert {one.field.key: one.value for one in showing.of_customer(customer)}["city"] == "São João"
    assert customer.profile.town == "sao joao"


def test_the_list_reads_a_town_from_its_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = next(one.narrow for one in FILTERS if one.name == "town")(Customer.objects.all(), "Łódź", None).explain()
    assert "customer_in_town" in plan
