"""The base for benchmarks is filled inside the database, and says the same as if it had come in by the doors."""

from collections import defaultdict

import pytest
from django.core.management import call_command
from django.db.models import F

from customers import terms
from customers.identity.normalise import sort_key
from customers.models import Affiliation, ContactPoint, Customer, SearchTerm
from insights.models import Profile
from interactions import recognising, thread
from interactions.models import Interaction
from sales.models import Purchase

SIZE = 300


@pytest.mark.django_db
def test_it_fits_together_and_is_found_by_the_same_terms():
    call_command("demo", customers=SIZE, verbosity=0)
    assert Customer.objects.count() == Profile.objects.count() == SIZE
    assert Interaction.objects.count() == 10 * SIZE and Purchase.objects.count() == 5 * SIZE
    points = defaultdict(list)
    for pk, *point in ContactPoint.objects.values_list("customer_id", "channel", "system", "value"):
        points[pk].append(tuple(point))
    found = defaultdict(set)
    for pk, term, kind in SearchTerm.objects.values_list("customer_id", "term", "kind"):
        found[pk].add((term, kind))
    for one in Customer.objects.all():
        expected = set(terms.all_of((one.first_name, one.last_name, one.name), points[one.pk]))
        assert found[one.pk] == expected, one.name
        key = sort_key(
            first_name=one.first_name, last_name=one.last_name, name=one.name, is_person=one.kind == "person"
        )
        assert one.sort_key == key
    assert SearchTerm.objects.count() == sum(map(len, found.values()))
    beneath = Customer.objects.exclude(account=F("pk"))
    assert beneath.exists() and Affiliation.objects.filter(account=F("person__account")).count() == beneath.count()
    somebody = ContactPoint.objects.filter(channel="phone").first()
    assert recognising.recognise(somebody.value).customer.pk == somebody.customer_id
    assert thread.card(somebody.customer).they.words
