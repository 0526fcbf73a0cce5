"""Any address, however it is written, says who it may be."""

import pytest
from django.utils.timezone import now

from interactions import noting, promising
from interactions.recognising import recognise
from tests import make


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def mira(db):
    make.make_organisation()
    return make.make_mira(language="it")


@pytest.mark.parametrize("text", ["MIRA@Example.com", "Mira <mira@example.com>", "089 555 0147", "0039 089 5550147"])
def test_any_form_of_an_address_is_recognised(mira, text):
    assert recognise(text).customer == mira


def test_a_line_that_networks_write_in_two_ways_is_one(mira):
    make.make_contact_point(mira, "+541123456789", channel="phone")  # Argentina, without its 9
    make.make_contact_point(mira, "+551187654321", channel="phone")  # Brazil, without its ninth digit
    for written in ("+5491123456789", "+54 11 2345 6789", "+5511987654321", "+55 11 8765 4321"):
        assert recognise(written).customer == mira
    make.make_contact_point(mira, "+351911915152", channel="phone")
    assert recognise("351911915152").customer == mira, "in Italy, without its plus"
    assert recognise("+541123456780").kind == recognise("+551137654321").kind == "unknown"


def test_recognising_costs_four_queries_with_the_card(mira, anna, django_assert_max_num_queries):
    noting.log("call", customer=mira, words="x", by=anna, outcome="interested")
    promising.make("Call", customer=mira, due=now(), by=anna)
    with django_assert_max_num_queries(4):
        assert recognise("+390895550147", user=anna).card.late


def test_a_number_in_another_system_is_recognised(mira):
    make.make_contact_point(mira, "K-17", channel="reference", system="shop")
    assert recognise("K-17").customer == mira
    assert recognise("K-18").kind == recognise("").kind == "unknown"
