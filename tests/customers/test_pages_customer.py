"""The customer page and its forms: what stands there, who may change it, and what happens when two do at once."""

import re

import pytest
from django.urls import reverse

from crm.events.models import Event
from customers import consenting, customfields, reach, searching, stopping
from customers.models import Affiliation, Consent, ConsentState, Customer, CustomField
from staff import employing
from staff.roles import Role
from tests import make
from tests.budgets import assert_within

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    anna = make.make_anna()
    client.force_login(anna)
    return anna


@pytest.fixture
def mira(anna):
    return make.make_mira(pronoun="she", language="it", city="Ravello")


def url(name, customer, *more):
    return reverse(f"customers:{name}", args=[customer.pk, *more])


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# ---- the page


def test_the_head_says_who_she_is_and_who_keeps_her(client, anna, mira):
    inn = make.make_customer("Locanda del Glicine", kind="company")
    ana = make.make_customer("Ana Lima", account=inn, city="Ravello", language="pt", keeper=anna)
    Affiliation.objects.filter(person=ana).update(role="Owner")
    page = text(client.get(url("page", ana)))
    assert "Owner, Locanda del Glicine , Ravello" in page
    assert "Prefers Portuguese" in page and "Kept by Anna" in page
    assert "Kept by nobody" in text(client.get(url("page", mira)))
    assert "Ana Lima" in text(client.get(url("page", inn))), "an account shows its people"


def test_each_address_says_what_we_know_about_it(client, mira):
    make.make_contact_point(mira, "old@example.com", bounced_at=mira.created_at)
    make.make_contact_point(mira, "+390895550199", "phone", is_checked=False, is_shared=True)
    mira.contact_points.filter(value="mira@example.com").update(verified_at=mira.created_at, is_first_choice=True)
    page = text(client.get(url("page", mira)))
    assert "How we recognise her" in page
    assert "Verified , first choice" in page and "not used" in page
    assert "not checked yet, shared with others" in page and "+39 089 555 0199" in page


def test_nobody_is_named_by_a_pronoun_that_we_do_not_know(client, anna):
    page = text(client.get(url("page", make.make_customer("Kim Berg"))))
    assert "What Kim allows" in page and "How we recognise Kim" in page


def test_its_queries_are_counted(client, mira):
    client.get(url("page", mira))
    with assert_within("customers:page"):
        client.get(url("page", mira))


# ---- consents


def test_a_change_needs_to_say_how_we_know_and_keeps_it_as_proof(client, anna, mira):
    answer = client.post(url("consent", mira, "email", "offers"), {"answer": "yes"})
    assert answer.status_code == 422 and not Consent.objects.exists()
    said = {"answer": "yes", "how": "phone", "proof": "«Volentieri»"}
    assert client.post(url("consent", mira, "email", "offers"), said).status_code == 302
    consent = Consent.objects.get()
    assert (consent.is_given, consent.by, consent.proof) == (True, anna, "On the phone: «Volentieri»")
    assert "«Volentieri»" in text(client.get(url("consents", mira)))


def test_htmx_gets_the_grid_back_with_the_refusal_in_it(client, mira):
    said = {"answer": "no", "how": "writing"}
    answer = client.post(url("consent", mira, "phone", "offers"), said, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "toast" in answer["HX-Trigger"]
    cell = re.search(r'id="consent-phone-offers".*?</a>', answer.content.decode(), re.S)[0]
    assert 'aria-label="Refused"' in cell
    assert not ConsentState.objects.get().is_given


def test_one_address_can_be_told_apart(client, mira):
    work = make.make_contact_point(mira, "mira@work.example")
    consenting.give(mira, "offers", "email", source="test")
    client.post(url("consent", mira, "email", "offers"), {"answer": "no", "how": "phone", "point": work.pk})
    assert "Differs by address" in client.get(url("page", mira)).content.decode()


def test_a_number_that_said_stop_is_asked_for_by_itself(client, mira):
    """All of the channel would leave the number refused; a landline is none that a text message could go to."""
    mobile = make.make_contact_point(mira, "+393335550192", "phone")
    consenting.give(mira, "offers", "sms", source="test")
    assert 'name="point"' not in client.get(url("consent", mira, "sms", "offers")).content.decode()
    stopping.withdraw_at(mobile.value, "sms", source="STOP", proof="STOP")
    page = client.get(url("page", mira)).content.decode()
    assert 'aria-label="Refused"' in re.search(r'id="consent-sms-offers".*?</a>', page, re.S)[0]
    form = client.get(url("consent", mira, "sms", "offers")).content.decode()
    assert f"so it stays with a yes for all of it: {mobile.value}" in form
    client.post(url("consent", mira, "sms", "offers"), {"answer": "yes", "how": "phone", "point": mobile.pk})
    assert reach.may_reach(mira, "sms", "offers") is None


def test_there_are_no_other_channels_and_purposes(client, mira):
    assert client.get(url("consent", mira, "pigeon", "offers")).status_code == 404
    assert client.get(url("consent", mira, "email", "world-domination")).status_code == 404


# ---- addresses


def test_an_address_is_added_found_preferred_and_removed(client, anna, mira):
    added = {"channel": "phone", "value": "089 555 0148"}
    assert client.post(url("contact_points", mira), added).status_code == 302
    point = mira.contact_points.get(value="+390895550148")
    assert [hit.customer_id for hit in searching.find("0148", anna)] == [mira.pk]
    client.post(url("first_choice", mira, point.pk))
    assert mira.contact_points.get(is_first_choice=True) == point
    client.post(url("removal", mira, point.pk))
    assert not mira.contact_points.filter(pk=point.pk).exists()
    assert searching.find("0148", anna) == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"channel": "email", "value": "mira at example"}, "not an e-mail address"),
        ({"channel": "phone", "value": "12"}, "phone number"),
        ({"channel": "reference", "value": "77"}, "which system"),
        ({"channel": "email", "value": "mira@example.com"}, "has this address already"),
    ],
)
def test_what_is_no_address_is_said_at_its_field(client, mira, sent, words):
    answer = client.post(url("contact_points", mira), sent)
    assert answer.status_code == 422 and words in text(answer) and 'aria-invalid="true"' in answer.content.decode()


def test_what_somebody_else_has_too_is_shared_on_both_and_alone_again_when_removed(client, mira):
    bo = make.make_customer("Bo Berg", email="bo@example.com")
    client.post(url("contact_points", mira), {"channel": "email", "value": "Bo@Example.com"})
    mine = mira.contact_points.get(value="bo@example.com")
    assert mine.is_shared and bo.contact_points.get().is_shared
    client.post(url("removal", mira, mine.pk))
    assert not bo.contact_points.get().is_shared


def test_what_was_said_about_an_address_outlives_it(client, mira):
    point = mira.contact_points.get(channel="email")
    consenting.withdraw(mira, "offers", "email", point, source="test", proof="on the phone")
    client.post(url("removal", mira, point.pk))
    assert Consent.objects.get().proof == "on the phone (mira@example.com)"


def test_an_address_of_somebody_else_cannot_be_changed_through_me(client, mira):
    other = make.make_customer("Bo Berg", email="bo@example.com").contact_points.get()
    assert client.post(url("removal", mira, other.pk)).status_code == 404


# ---- new


def test_a_new_customer_is_one_form_and_lands_on_their_page(client, anna):
    sent = {"first_name": "Ana", "last_name": "Lima", "email": "Ana@Lima.Example", "phone": "333 555 0192"}
    sent |= {"company": "Café Saudade", "role": "Owner", "country": "IT", "keeper": anna.pk}
    answer = client.post(reverse("customers:new"), sent)
    ana = Customer.objects.get(name="Ana Lima")
    assert answer["Location"] == url("page", ana)
    assert ana.account.name == "Café Saudade" and ana.keeper == anna
    assert set(ana.contact_points.values_list("value", flat=True)) == {"ana@lima.example", "+393335550192"}


@pytest.mark.parametrize(
    ("looked_for", "field"),
    [
        ("ana@lima.example", 'value="ana@lima.example"'),
        ("333 555 0192", 'value="333 555 0192"'),
        ("Ana Lima", 'value="Lima"'),
    ],
)
def test_what_was_looked_for_in_vain_is_filled_in(client, anna, looked_for, field):
    assert field in client.get(reverse("customers:new"), {"with": looked_for}).content.decode()


def test_somebody_without_a_name_or_with_broken_addresses_is_refused_at_the_fields(client, anna):
    answer = client.post(reverse("customers:new"), {"email": "nope", "phone": "12"})
    page = text(answer)
    assert answer.status_code == 422 and not Customer.objects.exists()
    assert "Give a name." in page and "not an e-mail address" in page and "phone number" in page


def test_whom_we_know_already_is_not_made_twice(client, mira):
    sent = {"first_name": "Mira", "last_name": "Kovač", "email": "mira@example.com"}
    answer = client.post(reverse("customers:new"), sent, follow=True)
    assert Customer.objects.count() == 1 and "We knew this customer already" in text(answer)


# ---- change


def change_of(customer, **changed):
    names = ("first_name", "last_name", "pronoun", "language", "country", "city", "address", "version")
    return {name: getattr(customer, name) for name in names} | {"name": "", "company": "", "role": ""} | changed


def test_a_change_is_stored_found_and_recorded_with_what_it_was(client, anna, mira):
    sent = change_of(mira, last_name="Rossi", company="Locanda del Glicine", role="Owner", keeper=anna.pk)
    assert client.post(url("change", mira), sent).status_code == 302
    mira.refresh_from_db()
    assert (mira.name, mira.account.name, mira.keeper, mira.version) == ("Mira Rossi", "Locanda del Glicine", anna, 2)
    assert Affiliation.objects.get(person=mira).role == "Owner"
    assert [hit.customer_id for hit in searching.find("ross", anna)] == [mira.pk]
    fields = Event.objects.filter(kind="customer.changed").latest("pk").data["fields"]
    assert fields["name"] == ["Mira Kovač", "Mira Rossi"]
    client.post(url("change", mira), change_of(mira))
    mira.refresh_from_db()
    assert mira.is_account, "without a company she buys for herself again"


def test_two_at_once_see_both_versions_and_the_person_chooses(client, mira):
    first, second = change_of(mira, city="Amalfi"), change_of(mira, city="Salerno", pronoun="they")
    assert client.post(url("change", mira), first).status_code == 302
    answer = client.post(url("change", mira), second)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Somebody else changed this customer" in page
    mira.refresh_from_db()
    assert mira.city == "Amalfi", "nothing is overwritten unseen"
    assert 'name="city" value="Salerno" checked' in page and 'name="city" value="Amalfi"' in page
    version = re.search(r'type="hidden" name="version" value="(\d+)"', page)[1]
    assert client.post(url("change", mira), second | {"version": version, "city": "Amalfi"}).status_code == 302
    mira.refresh_from_db()
    assert (mira.city, mira.pronoun) == ("Amalfi", "they")


def test_our_own_fields_are_checked_and_kept(client, mira):
    CustomField.objects.create(key="rooms", label="Rooms", kind="number")
    CustomField.objects.create(key="ex", label="Ex Lavarini", kind="yes_no")
    answer = client.post(url("change", mira), change_of(mira, **{"custom-rooms": "many"}))
    assert answer.status_code == 422 and "not a number" in text(answer)
    client.post(url("change", mira), change_of(mira, **{"custom-rooms": "14", "custom-ex": "no"}))
    mira.refresh_from_db()
    assert mira.custom == {"rooms": 14, "ex": False}
    assert 'value="no" selected' in client.get(url("change", mira)).content.decode()
    client.post(url("change", mira), change_of(mira, **{"custom-rooms": "", "custom-ex": "no"}))
    mira.refresh_from_db()
    assert mira.custom == {"ex": False}


def test_who_may_not_keep_customers_is_not_asked_and_cannot_say(client, mira):
    max_ = make.make_user("Max", Role.MARKETING)
    client.force_login(max_)
    assert 'name="keeper"' not in client.get(url("change", mira)).content.decode()
    client.post(url("change", mira), change_of(mira, keeper=max_.pk, city="Amalfi"))
    mira.refresh_from_db()
    assert (mira.keeper, mira.city) == (None, "Amalfi")


def test_what_a_customer_has_stays_when_it_can_no_longer_be_chosen(client, mira):
    """Somebody who left keeps them, in a Portuguese that is not in the menu, of a kind that was renamed."""
    paulo, field = make.make_user("Paulo"), customfields.define(label="Kind", kind="choice", choices=["Inn", "Bar"])
    has = {"keeper": paulo, "language": "pt-BR", "country": "AQ", "pronoun": "xe", "custom": {"kind": "Bar"}}
    Customer.objects.filter(pk=mira.pk).update(**has)
    customfields.change(field, label="Kind", choices=["Inn", "Café"])
    employing.deactivate(paulo, by=make.make_user("Ada", Role.ADMINISTRATOR))
    mira.refresh_from_db()
    page = client.get(url("change", mira)).content.decode()
    for value in (paulo.pk, "pt-BR", "AQ", "xe", "Bar"):
        assert f'value="{value}" selected' in page
    sent = change_of(mira, keeper=paulo.pk, city="Scala", **{"custom-kind": "Bar"})
    assert client.post(url("change", mira), sent).status_code == 302
    mira.refresh_from_db()
    assert {name: getattr(mira, name) for name in has} == has and mira.city == "Scala"


def test_several_companies_of_one_name_are_not_guessed(client, mira):
    for _n in range(2):
        make.make_customer("Bar Sport", kind="company")
    answer = client.post(reverse("customers:new"), {"first_name": "Ada", "company": "Bar Sport"})
    assert answer.status_code == 422 and "Several companies" in text(answer)
    answer = client.post(url("change", mira), change_of(mira, company="Bar Sport"))
    assert answer.status_code == 422 and "Several companies" in text(answer)
