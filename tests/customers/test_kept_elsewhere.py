"""Who sees a team changes that team's customers: rows about others' are set aside, and do not say whose they are."""

import io

import pytest
from django.urls import reverse

from crm.problems import Invalid
from customers import batching, changing, importing
from customers.intake import KeptElsewhere, Person, register, register_many
from customers.models import Customer, SkippedRow
from sales.models import Purchase
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara():
    make.make_organisation()
    return make.make_clara()


@pytest.fixture
def anna():
    return make.make_anna()


@pytest.fixture
def mira(anna):
    return make.make_mira(keeper=anna, team=anna.team, city="Ravello")


@pytest.fixture
def inn(anna):
    return make.make_customer("Locanda del Glicine", kind="company", keeper=anna, team=anna.team)


def take_in(text, by, kind="people"):
    file = importing.receive(io.BytesIO(text.encode()), name="fair.csv", kind=kind, system="shop", by=by)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=by)
    while batching.take_batch(file.pk):
        pass
    file.refresh_from_db()
    return file


def test_a_manager_s_file_changes_their_team_s_customers_and_leaves_others_alone(mira, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.make_organisation()
    lead = make.make_user("Livia", Role.MANAGER, make.make_team("Toscana"))
    ours = make.make_customer("Ugo Bassi", email="ugo@example.com", team=lead.team)
    people = "email,name,city\nmira@example.com,Somebody Else,Roma\nugo@example.com,Ugo Bassi,Lucca\n"
    people += "ada@example.com,Ada B,Pisa\n"
    file = take_in(people, lead)
    mira.refresh_from_db(), ours.refresh_from_db()
    assert (file.made_count, file.updated_count, file.skipped_count, file.noted_count) == (1, 1, 1, 0)
    assert (mira.city, ours.city) == ("Ravello", "Lucca")
    skipped = SkippedRow.objects.get().reason
    assert "another team" in skipped and "Mira" not in skipped
    assert Customer.objects.visible_to(lead).filter(name="Ada B").exists(), "who is new is theirs"
    assert take_in(people, lead).same_count == 2
    assert take_in(people, make.make_user(role=Role.MARKETING)).skipped_count == 0


def test_a_manager_s_purchases_land_for_whom_they_see(mira, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.make_organisation()
    lead = make.make_user("Livia", Role.MANAGER, make.make_team("Toscana"))
    make.make_contact_point(mira, "1", "reference", system="shop")
    ours = make.make_customer("Ugo Bassi", team=lead.team)
    make.make_contact_point(ours, "2", "reference", system="shop")
    bought = "customer_id,date,amount\n1,2026-01-02,5\n2,2026-01-02,7\n3,2026-01-02,9\n"
    file = take_in(bought, lead, "purchases")
    assert (file.made_count, file.skipped_count, Purchase.objects.get().account) == (1, 2, ours)
    reasons = SkippedRow.objects.order_by("number").values_list("reason", flat=True)
    assert "another team" in reasons[0] and "no customer" in reasons[1]
    assert take_in(bought, make.make_user(role=Role.ADMINISTRATOR), "purchases").made_count == 1


def test_one_who_shares_the_address_with_somebody_elsewhere_is_found_first(mira, clara):
    ours = make.make_customer("Mira Kovač", team=clara.team)
    make.make_contact_point(ours, "+390895550147", "phone", is_shared=True)
    mira.contact_points.update(is_shared=True)
    batch = register_many([Person(name="Mira Kovač", phones=["089 555 0147"], city="Pisa")], source="t", seer=clara)
    assert [one.customer_id for one in batch.results] == [ours.pk]


def test_a_company_of_another_team_is_joined_by_nobody_else(mira, inn, clara):
    with pytest.raises(Invalid, match="kept by Anna"):
        changing.account_named("locanda del glicine", by=clara)
    ugo = make.make_customer("Ugo Bassi", keeper=clara, team=clara.team)
    with pytest.raises(Invalid, match="kept by Anna"):
        changing.change(ugo, by=clara, version=ugo.version, account=inn)
    with pytest.raises(KeptElsewhere):
        register(Person(name="Ada B", company="Locanda del Glicine"), source="form", by=clara, seer=clara)
    batch = register_many([Person(name="Ada B", company="Locanda del Glicine", role="Cook")], source="t", seer=clara)
    ada = Customer.objects.get(pk=batch.results[0].customer_id)
    assert ada.is_account and "another team" in batch.results[0].notes[0]
    number = Person(name="Bo B", emails=["bo@example.com"], account_id=inn.pk)
    assert "no account" in register_many([number], source="t", seer=clara).results[0].notes[0]
    assert not inn.people.exclude(pk=inn.pk).exists()


def test_a_company_that_is_new_is_seen_by_who_named_it(clara):
    inn = changing.account_named("Bar Sport", by=clara)
    assert changing.account_named("bar sport", by=clara) == inn
    assert inn in Customer.objects.visible_to(clara)
    alone = make.make_user("Sole", Role.SALES)
    assert changing.account_named("Bar Luna", by=alone) in Customer.objects.visible_to(alone)


def test_the_forms_say_whom_to_ask(client, mira, inn, clara):
    client.force_login(clara)
    known = {"kind": "person", "first_name": "Mira", "last_name": "Kovač", "email": "mira@example.com", "city": "Roma"}
    answer = client.post(reverse("customers:new") + "?kind=person", known)
    mira.refresh_from_db()
    assert answer.status_code == 422 and "another team" in answer.content.decode() and mira.city == "Ravello"
