"""STOP and START of a number: for everybody who has it, once, and for whoever has it next."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from crm.problems import Invalid
from customers import consenting, contacting, reach, stopping
from customers.intake import Allowed, Person, register_many
from customers.models import Consent, Suppression
from interactions import screening
from interactions.models import Message
from portal import preferring
from tests import make

pytestmark = pytest.mark.django_db
NUMBER = "+393335550192"
OFFERS, SURVEYS = "offers", "surveys"


@pytest.fixture
def mira():
    mira = make.make_mira(phone=NUMBER)
    consenting.give(mira, OFFERS, "sms", source="test")
    return mira


@pytest.fixture
def petar(mira):
    """Who shares Mira's number."""
    petar = make.make_customer("Petar Kovač")
    contacting.add(petar, "phone", NUMBER, by=None)
    consenting.give(petar, SURVEYS, "sms", petar.contact_points.get(), source="test")
    return petar


def stop(**fields):
    return stopping.withdraw_at(NUMBER, "sms", source="stop", proof="STOP", **fields)


def start(**fields):
    return stopping.give_back_at(NUMBER, "sms", taken_by="stop", source="start", proof="START", **fields)


def why(customer, purpose=OFFERS, channel="sms"):
    return reach.may_reach(customer, channel, purpose)


def told(kind):
    return list(Event.objects.filter(kind=kind, data__source__in=["stop", "start"]).values_list("customer_id", "data"))


def test_a_stop_holds_for_everybody_who_has_the_number_and_twice_is_once(mira, petar):
    consenting.give(mira, OFFERS, "phone", source="test")
    assert stop() == [mira.pk, petar.pk] and stop() == []
    for customer in (mira, petar):
        assert why(customer) == why(customer, SURVEYS) == "refused"
        assert why(customer, "service") is None
    assert why(mira, channel="phone") is None
    assert Consent.objects.filter(source="stop", is_given=False, contact_point__value=NUMBER).count() == 4
    what = {"purpose": "all but service", "channel": "sms", "source": "stop", "address": NUMBER}
    assert told("consent.withdrawn") == [(mira.pk, what), (petar.pk, what)]
    consenting.give(mira, OFFERS, "sms", source="customer page")
    assert why(mira) == "refused"  # all of the channel is less particular than one number


def test_a_start_gives_back_what_that_stop_took_and_nothing_else(mira, petar):
    consenting.withdraw(petar, OFFERS, "sms", petar.contact_points.get(), source="customer page")
    stop()
    assert start() == [mira.pk, petar.pk] and start() == []
    assert why(mira) is None and why(mira, SURVEYS) == "refused"
    assert why(petar) == "refused" and why(petar, SURVEYS) is None
    assert [data["purpose"] for _pk, data in told("consent.given")] == [OFFERS, SURVEYS]
    assert not Suppression.objects.exists()
    assert stop() == [mira.pk, petar.pk] and why(mira) == "refused" and start() and why(mira) is None


def test_what_was_refused_since_a_stop_is_not_given_back(mira, petar):
    stop()
    consenting.withdraw_all_but_service(mira, source="preference page")
    consenting.withdraw(petar, SURVEYS, "sms", petar.contact_points.get(), source="customer page")
    assert start() == []
    assert why(mira) == why(petar, SURVEYS) == "refused"


def test_a_stop_that_arrives_late_takes_no_later_yes(mira):
    consenting.give(mira, OFFERS, "sms", mira.contact_points.get(channel="phone"), source="test")
    assert stop(at=now() - timedelta(hours=1)) == [mira.pk]  # the surveys
    assert why(mira) is None and why(mira, SURVEYS) == "refused"


def test_a_yes_on_the_preference_page_after_a_stop_is_a_yes(mira):
    stop()
    preferring.choose(mira, {"offers.sms"})
    assert why(mira) is None and start() == []
    contacting.add(make.make_customer("Petar Kovač"), "phone", NUMBER, by=None)
    assert not Consent.objects.filter(customer__name="Petar Kovač", purpose=OFFERS).exists()


def test_a_number_of_many_is_stopped_and_given_back_without_asking_for_each(mira, django_assert_max_num_queries):
    """Twelve facts of one insert each, with what they wake; the rest is for all of them together."""
    for n in range(11):
        other = make.make_customer(f"Ada Byron {n}")
        contacting.add(other, "phone", NUMBER, by=None)
        consenting.give(other, OFFERS, "sms", source="test")
    with django_assert_max_num_queries(60):
        assert len(stop()) == len(start()) == 12
    with pytest.raises(Invalid):
        stopping.withdraw_at(NUMBER, "chat", source="stop")


def test_of_two_messages_in_a_workers_hand_the_one_to_the_stopped_number_stays(mira):
    other = make.make_contact_point(mira, "+393335550193", "phone")
    number = mira.contact_points.get(value=NUMBER)
    same = {
        "customer": mira, "channel": "sms", "purpose": OFFERS, "is_marketing": True, "worker": "w",
        "status": "sending", "due_at": now(), "created_at": now(),
    }  # fmt: skip
    texts = [Message.objects.create(**same, contact_point=point, to_address=point.value) for point in (number, other)]
    stop()
    assert screening.screened(texts, "w") == texts[1:]
    texts[0].refresh_from_db()
    assert (texts[0].status, texts[0].reason) == ("refused", "refused")


@pytest.mark.parametrize("whose", ["nobody", "mira", "mira no more"])
def test_a_stop_holds_for_whoever_has_the_number_next_until_its_start(mira, whose):
    if whose == "nobody":
        contacting.remove(mira.contact_points.get(channel="phone"), by=None)
    stop()
    if whose == "mira no more":
        contacting.remove(mira.contact_points.get(channel="phone"), by=None)
    yes = [Allowed(OFFERS, "sms", True)]
    register_many([Person(name="Ada Byron", phones=[NUMBER], allowed=yes)], source="import 1", country="IT")
    ada = Consent.objects.get(customer__name="Ada Byron", is_given=True).customer
    assert why(ada) == "refused"
    assert ada.pk in start() and why(ada) is None
    assert not Suppression.objects.exists()
