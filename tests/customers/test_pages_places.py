"""Where a person belongs, and what was checked by hand: each with its undo."""

import re

import pytest
from django.urls import reverse

from crm.events.models import Event
from customers import contacting
from customers.models import Affiliation
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    anna = make.make_anna()
    client.force_login(anna)
    return anna


@pytest.fixture
def mira(anna):
    return make.make_mira()


def url(name, customer, *more):
    return reverse(f"customers:{name}", args=[customer.pk, *more])


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def belong(client, customer, company):
    customer.refresh_from_db()
    sent = {"first_name": customer.first_name, "last_name": customer.last_name, "version": customer.version}
    assert client.post(url("change", customer), sent | {"company": company}).status_code == 302


def test_who_leaves_a_company_buys_alone_and_undo_brings_both_back(client, anna, mira):
    inn = make.make_customer("Locanda del Glicine", kind="company")
    ana = make.make_customer("Ana Lima", account=inn, keeper=anna)
    place = Affiliation.objects.get(person=ana)
    page = client.post(url("leaving", ana, place.pk), follow=True)
    ana.refresh_from_db(), place.refresh_from_db()
    assert ana.is_account and place.until_on is not None
    assert "Ana Lima left Locanda del Glicine." in text(page) and "until" in text(page)
    assert client.post(url("leaving", ana, place.pk)).status_code == 409, "nobody leaves twice"
    undo = re.search(r'action="([^"]*returning[^"]*)"', page.content.decode().split('id="toasts"')[1])[1]
    assert client.post(undo).status_code == 302
    ana.refresh_from_db(), place.refresh_from_db()
    assert ana.account == inn and place.until_on is None
    assert Event.objects.filter(kind="customer.changed").latest("pk").data["place"]["left"] is None


def test_undo_keeps_an_account_that_was_chosen_meanwhile(client, anna, mira):
    belong(client, mira, "Locanda del Glicine")
    place = Affiliation.objects.get(person=mira)
    client.post(url("leaving", mira, place.pk))
    belong(client, mira, "Café Saudade")
    page = client.post(url("returning", mira, place.pk) + "?buys=yes", follow=True)
    mira.refresh_from_db(), place.refresh_from_db()
    assert mira.account.name == "Café Saudade" and place.until_on is None
    assert "the account that was chosen meanwhile goes on buying for them" in text(page)


def test_who_is_said_to_be_there_again_has_not_left(client, anna, mira):
    belong(client, mira, "Locanda del Glicine")
    place = Affiliation.objects.get(person=mira)
    client.post(url("leaving", mira, place.pk))
    belong(client, mira, "Locanda del Glicine")
    place.refresh_from_db()
    assert place.until_on is None


def test_another_persons_place_is_not_theirs_to_leave(client, anna, mira):
    ana = make.make_customer("Ana Lima", account=make.make_customer("Locanda", kind="company"))
    place = Affiliation.objects.get(person=ana)
    assert client.post(url("leaving", mira, place.pk)).status_code == 404


def test_an_address_checked_by_hand_is_verified_and_undo_takes_it_back(client, anna, mira):
    point = make.make_contact_point(mira, "+390895550199", "phone", is_checked=False)
    page = client.post(url("verification", mira, point.pk), follow=True)
    point.refresh_from_db()
    assert point.verified_at and point.is_checked and "Verified: +390895550199" in text(page)
    assert client.post(url("verification", mira, point.pk) + "?is=no").status_code == 302
    point.refresh_from_db()
    assert point.verified_at is None
    assert client.post(url("verification", make.make_customer("Kim"), point.pk)).status_code == 404


def test_a_number_says_which_messages_it_does_not_take_and_who_checked_it_lifts_that(client, mira):
    mobile = make.make_contact_point(mira, "+393335550192", "phone", verified_at=mira.created_at)
    contacting.mark_dead(mobile, "sms", "Unknown handset")
    page = text(client.get(url("page", mira)))
    assert "No SMS arrives: Unknown handset" in page and "landline: no SMS" in page
    assert "It is not verified" not in page
    client.post(url("verification", mira, mobile.pk))
    page = text(client.get(url("page", mira)))
    assert "No SMS arrives" not in page and "It is not verified" in page
