"""Each change of a customer's own fields leaves who wrote it, from where, and what stood there before."""

from datetime import date, timedelta

import pytest
from django.utils.timezone import now

from customers import changing, customfields, history
from customers.intake import Person, register, register_many
from customers.models import Affiliation, Change, CustomField
from tests import make

pytestmark = pytest.mark.django_db


def told(customer):
    """Return what is noted of a customer, the oldest first."""
    changes = Change.objects.filter(customer=customer).order_by("pk")
    return [(change.source, change.by, change.before, change.after) for change in changes]


def come_in(*people, **fields):
    return register_many(list(people), **{"source": "import 12", "system": "shop", "country": "IT", **fields})


def test_a_first_registration_is_no_change():
    customer, _made = register(Person(name="Mira Kovač", emails=["mira@example.com"], city="Amalfi"), source="form")
    assert told(customer) == []


def test_a_form_notes_only_what_became_different():
    anna, boris, mira = make.make_anna(), make.make_boris(), make.make_mira(city="Amalfi", language="it")
    fields = {"city": "Ravello", "language": "it", "keeper": boris, "born_on": date(1984, 10, 14)}
    changing.change(mira, by=anna, version=mira.version, **fields)
    before = {"city": "Amalfi", "keeper_id": None, "born_on": None}
    after = {"city": "Ravello", "keeper_id": boris.pk, "born_on": "1984-10-14"}
    assert told(mira) == [("form", anna, before, after)]


def test_a_form_that_changes_nothing_notes_nothing():
    anna, mira = make.make_anna(), make.make_mira(city="Amalfi")
    changing.change(mira, by=anna, version=mira.version, city="Amalfi")
    assert told(mira) == []


def test_who_was_slower_notes_nothing():
    anna, mira = make.make_anna(), make.make_mira(city="Amalfi")
    with pytest.raises(changing.EditedMeanwhile):
        changing.change(mira, by=anna, version=mira.version + 1, city="Ravello")
    assert told(mira) == []


def test_a_file_notes_its_changes_row_by_row_and_nobody_wrote_them_by_hand():
    anna = make.make_anna()
    come_in(Person(reference="1", name="Mira Kovač", city="Amalfi"), Person(reference="2", name="Ugo Bassi"))
    again = [Person(reference="1", city="Ravello"), Person(reference="2", phones=["089 555 0147"])]
    batch = come_in(*again, by=anna)
    assert [one.outcome for one in batch.results] == ["updated", "updated"]
    mira, ugo = (one.customer_id for one in batch.results)
    assert told(mira) == [("import 12", None, {"city": "Amalfi"}, {"city": "Ravello"})]
    assert told(ugo) == []  # a number more is no field of his
    come_in(*again, by=anna)
    assert Change.objects.count() == 1


def test_two_rows_about_one_customer_are_one_change():
    come_in(Person(reference="1", name="Mira Kovač", city="Amalfi"))
    batch = come_in(Person(reference="1", city="Ravello"), Person(reference="1", city="Scala", language="it"))
    (mira,) = {one.customer_id for one in batch.results}
    assert told(mira) == [("import 12", None, {"city": "Amalfi", "language": ""}, {"city": "Scala", "language": "it"})]


def test_what_a_person_registers_again_by_hand_is_theirs():
    anna = make.make_anna()
    register(Person(name="Mira Kovač", emails=["mira@example.com"]), source="form", by=anna)
    mira, _made = register(Person(name="Mira Kovač", emails=["mira@example.com"], city="Scala"), source="call", by=anna)
    assert told(mira) == [("call", anna, {"city": ""}, {"city": "Scala"})]


def test_custom_fields_are_noted_one_by_one():
    anna = make.make_anna()
    litres = customfields.define(label="Litres", kind=CustomField.Kind.NUMBER)
    day = customfields.define(label="Delivery", kind=CustomField.Kind.TEXT)
    mira = make.make_mira(custom={day.key: "Tuesday"})
    changing.change(mira, by=anna, version=mira.version, custom={day.key: "Tuesday", litres.key: 40})
    changing.change(mira, by=anna, version=mira.version, custom={litres.key: 40})
    assert [(before, after) for _source, _by, before, after in told(mira)] == [
        ({"custom.litres": None}, {"custom.litres": 40}),
        ({"custom.delivery": "Tuesday"}, {"custom.delivery": None}),
    ]
    assert [change.after for change in Change.objects.naming("custom.litres")] == [{"custom.litres": 40}]


def test_a_new_name_is_noted_and_what_is_made_of_it_is_not():
    anna, mira = make.make_anna(), make.make_mira()
    changing.change(mira, by=anna, version=mira.version, last_name="Conti", name="Mira Conti")
    (_source, _by, before, after), *_none = told(mira)
    assert (before, after) == (
        {"name": "Mira Kovač", "last_name": "Kovač"}, {"name": "Mira Conti", "last_name": "Conti"}
    )  # fmt: skip


def test_who_buys_is_a_field_too():
    anna, inn = make.make_anna(), make.make_customer("Café Saudade", kind="company")
    mira = make.make_mira(account=inn)
    place = Affiliation.objects.get(person=mira)
    was_main = changing.leave(place, by=anna, on=now().date())
    changing.come_back(place, by=anna, buys=was_main)
    assert [(before, after) for _source, _by, before, after in told(mira)] == [
        ({"account_id": inn.pk}, {"account_id": mira.pk}),
        ({"account_id": mira.pk}, {"account_id": inn.pk}),
    ]


def test_a_deed_that_can_be_undone_is_named():
    mira, at = make.make_mira(), now() - timedelta(days=1)
    one = history.difference(mira.pk, {"city": "Amalfi"}, {"city": "Scala"})
    history.write([one], at=at, source="import 12", undo_id=7)
    assert [(change.at, change.undo_id) for change in Change.objects.all()] == [(at, 7)]
