"""Customers come in by one door: recognised, never doubled, never losing what we knew."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from crm import days
from crm.events.models import Event
from crm.problems import Invalid
from customers.intake import Allowed, Person, register, register_many
from customers.models import Affiliation, Consent, ConsentState, ContactPoint, Customer, SearchTerm, Touched
from tests import make

pytestmark = pytest.mark.django_db


def mira(**fields):
    return Person(**{"first_name": "Mira", "last_name": "Kovač", "emails": ["Mira@Example.com"], **fields})


def come_in(*people, **fields):
    return register_many(list(people), **{"source": "test", "system": "shop", "country": "IT", **fields})


def test_a_new_customer_is_written_whole():
    batch = come_in(mira(reference="7", phones=["089 555 0147"], city=" Amalfi ", born_on="1984-10-14", language="IT"))
    assert [(one.outcome, one.notes) for one in batch.results] == [("made", [])]
    customer = Customer.objects.get()
    assert (customer.name, customer.sort_key, customer.city) == ("Mira Kovač", "kovac mira", "Amalfi")
    assert (customer.born_on, customer.language, customer.account_id) == (date(1984, 10, 14), "it", customer.pk)
    points = {point.channel: point for point in customer.contact_points.all()}
    assert {channel: point.value for channel, point in points.items()} == {
        "email": "mira@example.com",
        "phone": "+390895550147",
        "reference": "7",
    }
    assert {channel: point.line for channel, point in points.items() if point.line} == {"phone": "fixed"}
    assert points["email"].written == "Mira@Example.com"
    assert points["email"].is_first_choice
    assert points["reference"].system == "shop"
    assert Touched.objects.filter(customer_id=customer.pk).exists()
    assert SearchTerm.objects.filter(customer=customer, term="kovac mira").exists()


def test_one_event_tells_of_a_whole_batch():
    come_in(mira(), Person(name="Ada Byron", emails=["ada@example.com"]))
    assert [(event.kind, event.data["made"]) for event in Event.objects.all()] == [("customers.imported", 2)]


def test_the_same_batch_again_changes_nothing():
    rows = [
        mira(reference="1", company="Café Saudade", role="owner", allowed=[Allowed("offers", "email", True)]),
        Person(reference="2", name="Café Aurora", kind="company", phones=["081 805 0452"]),
        Person(reference="3", first_name="Rosa", emails=["rosa@example.com", "mira@example.com"]),
        Person(name="Ugo Bassi", emails=["ugo@example.com"], city="Lecce"),
        Person(name="Without address", reference="5"),
    ]
    come_in(*rows)
    before = state()
    Touched.objects.all().delete()
    batch = come_in(*rows)
    assert [one.outcome for one in batch.results] == ["same"] * 5
    assert state() == before
    assert not Touched.objects.exists()
    assert Event.objects.count() == 1


def state():
    models = (Customer, ContactPoint, Affiliation, Consent, ConsentState, SearchTerm)
    return {model: sorted(map(str, model.objects.values())) for model in models}


def test_a_number_of_its_system_finds_its_customer_whatever_else_changed():
    come_in(mira(reference="7", city="Amalfi"))
    batch = come_in(Person(reference="7", last_name="Novak", emails=["mira@novak.example"]))
    assert batch.results[0].outcome == "updated"
    customer = Customer.objects.get()
    assert (customer.name, customer.city, customer.version) == ("Mira Novak", "Amalfi", 2)
    assert customer.contact_points.filter(channel="email").count() == 2


def test_an_address_finds_its_customer_who_then_has_a_number_too():
    known = make.make_mira()
    batch = come_in(mira(reference="7"))
    assert batch.results[0].customer_id == known.pk
    assert known.contact_points.get(channel="reference").value == "7"


def test_a_phone_finds_only_somebody_of_the_same_name():
    known = make.make_customer("Mira Kovač", phone="+390895550147")
    come_in(Person(first_name="MIRA", last_name="Kovac", phones=["0895550147"]))
    assert Customer.objects.get() == known
    come_in(Person(first_name="Petar", last_name="Kovač", phones=["0895550147"]))
    assert Customer.objects.count() == 2
    assert list(ContactPoint.objects.values_list("value", "is_shared")) == [("+390895550147", True)] * 2


def test_two_numbers_of_one_system_are_two_customers_who_share_their_address():
    come_in(mira(reference="1"), mira(reference="2", first_name="Petar"))
    assert list(ContactPoint.objects.filter(channel="email").values_list("is_shared", flat=True)) == [True, True]
    batch = come_in(mira(reference="2", first_name="Petar"))
    assert batch.results[0].outcome == "same"


def test_an_address_alone_never_changes_a_name():
    known = make.make_mira()
    batch = come_in(Person(first_name="Petar", last_name="Kovač", emails=["mira@example.com"], city="Split"))
    known.refresh_from_db()
    assert (known.name, known.city) == ("Mira Kovač", "Split")
    assert "Mira Kovač" in batch.results[0].notes[0]


def test_a_person_at_a_companys_address_is_not_the_company():
    bar = make.make_customer("Bar Sport", kind="company", email="info@barsport.example")
    batch = come_in(Person(first_name="Rosa", last_name="Bianchi", emails=["info@barsport.example"]))
    assert batch.results[0].customer_id != bar.pk
    assert batch.results[0].outcome == "made"


def test_an_empty_field_erases_nothing():
    come_in(mira(reference="7", city="Amalfi", phones=["0895550147"], custom={}))
    come_in(Person(reference="7", city="", phones=[], language="it"))
    customer = Customer.objects.get()
    assert (customer.city, customer.language, customer.contact_points.count()) == ("Amalfi", "it", 3)


def test_a_broken_piece_becomes_a_note_and_the_row_lands():
    row = mira(
        phones=["no phone", "0895550147"], born_on="31.02.1990", country="Atlantis", emails=["mira@", "m@x.example"]
    )
    result = come_in(row).results[0]
    assert result.outcome == "made"
    assert len(result.notes) == 4
    values = set(Customer.objects.get().contact_points.values_list("value", flat=True))
    assert values == {"+390895550147", "m@x.example"}


def test_nobody_is_born_tomorrow():
    born = days.today() + timedelta(days=1)
    assert come_in(mira(born_on=born.isoformat())).results[0].notes and Customer.objects.get().born_on is None


def test_a_row_without_name_and_address_is_refused_with_a_reason():
    batch = come_in(Person(city="Amalfi"), mira())
    assert [one.outcome for one in batch.results] == ["refused", "made"]
    assert batch.results[0].notes


def test_somebody_without_a_name_is_called_by_their_address_until_it_is_known():
    come_in(Person(emails=["mira@example.com"]))
    assert Customer.objects.get().name == "mira@example.com"
    come_in(mira())
    assert Customer.objects.get().name == "Mira Kovač"


def test_rows_of_one_batch_about_one_customer_become_one():
    batch = come_in(mira(), mira(city="Amalfi"), mira(emails=["mira@example.com", "m.kovac@example.com"]))
    assert [one.outcome for one in batch.results] == ["made", "updated", "updated"]
    assert Customer.objects.get().contact_points.count() == 2


def test_people_of_one_company_have_it_as_their_account():
    come_in(
        mira(company="Café Saudade", role="owner"),
        Person(name="Rui Alves", emails=["r@x.example"], company="CAFE saudade"),
    )
    company = Customer.objects.get(kind="company")
    assert company.name == "Café Saudade"
    assert set(company.people.values_list("name", flat=True)) == {"Mira Kovač", "Rui Alves", "Café Saudade"}
    assert Affiliation.objects.get(person__first_name="Mira").role == "owner"


def test_an_account_that_is_none_is_refused_and_not_left_out_unseen():
    anna = make.make_customer("Anna Rossi")
    for _n in range(2):
        make.make_customer("Bar Sport", kind="company")
    accounts = [{"account_id": 10**9}, {"account_id": anna.pk}, {"company": "Bar Sport"}]
    for account in accounts:
        with pytest.raises(Invalid, match=r"no account|Several companies"):
            register(mira(**account), source="t")
    batch = come_in(*(Person(name=f"Ada {n}", **account) for n, account in enumerate(accounts)))
    assert batch.made == 3 and all(one.notes for one in batch.results)
    assert all(one.is_account for one in Customer.objects.filter(name__startswith="Ada"))


def test_a_second_company_is_an_affiliation_and_not_the_account():
    come_in(mira(company="Café Saudade"))
    come_in(mira(company="Bar Sport"))
    customer = Customer.objects.get(first_name="Mira")
    assert customer.account.name == "Café Saudade"
    assert customer.affiliations.count() == 2


def test_consent_comes_with_its_address():
    come_in(mira(allowed=[Allowed("offers", "email", True, address="MIRA@example.com")]))
    consent = ConsentState.objects.get()
    assert (consent.purpose, consent.contact_point.value, consent.is_given) == ("offers", "mira@example.com", True)


def test_a_yes_from_an_old_list_does_not_overturn_a_refusal():
    come_in(mira(allowed=[Allowed("offers", "email", False)]))
    batch = come_in(mira(allowed=[Allowed("offers", "email", True)]))
    assert ConsentState.objects.get().is_given is False
    assert batch.results[0].notes


def test_one_customer_is_registered_and_told_of():
    customer, is_new = register(mira(), source="form")
    assert is_new
    again, is_new = register(mira(city="Amalfi"), source="form")
    assert (again.pk, is_new, again.city) == (customer.pk, False, "Amalfi")
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "customer.registered",
        "customer.changed",
    ]


def test_a_form_is_told_what_cannot_be_read_and_nothing_lands():
    with pytest.raises(Invalid, match="no phone"):
        register(mira(phones=["no phone"]), source="form")
    with pytest.raises(Invalid):
        register(Person(), source="form")
    assert not Customer.objects.exists()


def test_words_that_would_break_a_copy_land_as_they_are():
    come_in(Person(name="Back\\slash\tTab \x00Nul", emails=["b@x.example"], address="Via 1\r\n84011 Amalfi"))
    customer = Customer.objects.get()
    assert customer.name == "Back\\slash Tab Nul"
    assert customer.address == "Via 1\n84011 Amalfi"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [1, 60])
def test_two_at_once_make_no_twins(rows):
    people = [Person(name=f"Mira {n}", emails=[f"mira{n}@example.com"]) for n in range(rows)]
    start, outcomes = Barrier(4), []

    def work():
        start.wait()
        try:
            outcomes.append(come_in(*people).made)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 0, 0, rows]
    assert Customer.objects.count() == rows


def test_who_registers_somebody_again_takes_them_from_nobody(db):
    clara, theirs = make.make_clara(), make.make_anna()
    mira = make.make_mira(keeper=theirs, team=theirs.team)
    register(Person(name="Mira Kovač", emails=["mira@example.com"], keeper_id=clara.pk), source="form", by=clara)
    mira.refresh_from_db()
    assert mira.keeper == theirs and mira not in Customer.objects.visible_to(clara)
