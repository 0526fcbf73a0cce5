"""A number that takes no text messages: who has it, who has it next, who says that it does after all."""

import pytest

from crm.events.models import Event
from crm.problems import Invalid
from customers import contacting, reach
from customers.intake import Person, register_many
from customers.models import ContactPoint, Suppression, Touched
from tests import make

pytestmark = pytest.mark.django_db
NUMBER, WHY = "+393335550192", "Unknown destination handset"


@pytest.fixture
def mira():
    return make.make_mira(phone=NUMBER)


@pytest.fixture
def number(mira):
    point = mira.contact_points.get(channel="phone")
    contacting.mark_dead(point, "sms", WHY)
    point.refresh_from_db()
    return point


def sms(customer):
    return reach.may_reach(customer, "sms", "service")


def facts():
    return list(Event.objects.filter(kind="contact_point.bounced").order_by("pk").values_list("customer_id", "data"))


def comes_back(customer):
    contacting.remove(customer.contact_points.get(channel="phone"), by=None)
    return contacting.add(customer, "phone", NUMBER, by=None)


def test_it_is_dead_for_everybody_who_has_it_and_told_once():
    mira, petar = make.make_mira(phone=NUMBER), make.make_customer("Petar Kovač", email="p@example.com")
    contacting.add(petar, "phone", NUMBER, by=None)
    for _twice in range(2):
        contacting.mark_dead(mira.contact_points.get(channel="phone"), "sms", WHY)
    assert sms(mira) == sms(petar) == "bounced"
    assert reach.may_reach(mira, "phone", "service") is None
    told = {"address": NUMBER, "reason": WHY, "channel": "sms"}
    assert facts() == [(mira.pk, told), (petar.pk, told)]
    assert set(Touched.objects.values_list("customer_id", flat=True)) >= {mira.pk, petar.pk}
    with pytest.raises(Invalid):
        contacting.mark_dead(petar.contact_points.get(channel="email"), "sms", WHY)


def test_what_was_said_in_error_is_taken_back_and_nothing_else(mira, number):
    contacting.mark_alive(number, "sms", "Another reason")
    assert sms(mira) == "bounced"
    contacting.mark_alive(number, "sms", WHY)
    number.refresh_from_db()
    assert sms(mira) is None and number.dead_on == {}
    assert Event.objects.get(kind="customer.changed").data["contact_points"] == {"works": NUMBER}


def test_a_person_lifts_it_by_verifying_and_undo_brings_it_back(mira, number):
    contacting.verify(number, by=None)
    assert sms(mira) is None and number.unreached == {}
    contacting.verify(number, by=None, is_verified=False)
    assert sms(mira) == "bounced" and number.unreached == {"sms": WHY}
    contacting.verify(number, by=None)
    assert comes_back(mira).unreached == {} and not Suppression.objects.exists()  # lifted is lifted
    contacting.mark_dead(mira.contact_points.get(channel="phone"), "sms", "Again")
    assert sms(mira) == "bounced" and [data["reason"] for _pk, data in facts()] == [WHY, "Again"]


def test_removing_and_adding_the_number_changes_nothing(mira, number):
    point = comes_back(mira)
    assert point.unreached == {"sms": WHY} and point.bounced_at is None and sms(mira) == "bounced"
    assert comes_back(mira) and sms(mira) == "bounced"  # nor twice


@pytest.mark.parametrize("left", [True, False])
def test_whoever_has_it_next_is_not_sent_there_either(mira, number, left):
    if left:
        contacting.remove(number, by=None)
    rows = [Person(name="Petar Kovač", phones=[NUMBER]), Person(name="Ada Byron", phones=["+39 333 555 0193"])]
    register_many(rows, source="import 1", country="IT")
    petar = ContactPoint.objects.get(value=NUMBER, customer__name="Petar Kovač")
    assert petar.unreached == {"sms": WHY} and (petar.bounced_at, petar.bounce_reason) == (None, "")
    assert ContactPoint.objects.get(value="+393335550193").unreached == {}
