"""Fields that the organisation makes up, without a migration."""

import pytest

from crm.problems import Invalid
from customers import customfields
from customers.intake import Person, register_many
from customers.models import Customer, CustomField
from tests.racing import held

pytestmark = pytest.mark.django_db


def define(kind="text", label="Coffee machine", **fields):
    return customfields.define(label=label, kind=kind, **fields)


@pytest.mark.parametrize(
    "kind, written, stored",
    [
        ("text", " La Pavoni ", "La Pavoni"),
        ("number", "1.234,5", 1234.5),
        ("number", "1,234.5", 1234.5),
        ("number", "12", 12),
        ("day", "14/10/1984", "1984-10-14"),
        ("choice", "ESPRESSO", "Espresso"),
        ("yes_no", "Sì", True),
        ("yes_no", "não", False),
    ],
)
def test_a_value_is_stored_in_one_form(kind, written, stored):
    field = define(kind, choices=["Espresso", "Filter"])
    assert customfields.check(field, written) == stored


@pytest.mark.parametrize(
    "kind, written",
    [("number", "many"), ("number", "nan"), ("number", "1e99"), ("number", True), ("day", "soon"), ("choice", "Tea"),
     ("yes_no", "perhaps"), ("text", "x" * 2001)],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_in_words(kind, written):
    field = define(kind, choices=["Espresso", "Filter"])
    with pytest.raises(Invalid) as refusal:
        customfields.check(field, written)
    assert refusal.value.details["fields"] == {"coffee_machine": str(refusal.value)}


def test_values_come_in_with_customers_and_bad_ones_are_noted():
    define()
    define("number", "Cups a day")
    row = Person(reference="1", name="Mira", custom={"coffee_machine": "La Pavoni", "cups_a_day": "many", "shoe": "42"})
    result = register_many([row], source="test", system="shop", country="IT").results[0]
    assert Customer.objects.get().custom == {"coffee_machine": "La Pavoni"}
    assert len(result.notes) == 2
    register_many([Person(reference="1", custom={"cups_a_day": 3})], source="test", system="shop", country="IT")
    assert Customer.objects.get().custom == {"coffee_machine": "La Pavoni", "cups_a_day": 3}


def test_two_fields_of_one_name_have_two_keys_and_renaming_keeps_them():
    first, second = define(), define()
    assert (first.key, second.key) == ("coffee_machine", "coffee_machine_2")
    assert customfields.change(first, label="Machine").key == "coffee_machine"


@pytest.mark.django_db(transaction=True)
def test_two_fields_of_one_name_at_the_same_moment_have_two_keys_too():
    with held(define) as start:
        second = start(define)
    assert second.result().key == "coffee_machine_2"
    assert list(CustomField.objects.order_by("pk").values_list("position", flat=True)) == [1, 2]


def test_a_retired_field_is_hidden_and_its_values_stay():
    field = define()
    register_many(
        [Person(reference="1", name="Mira", custom={field.key: "Gaggia"})], source="t", system="s", country="IT"
    )
    customfields.retire(field)
    notes = register_many(
        [Person(reference="1", custom={field.key: "x"})], source="t", system="s", country="IT"
    ).results[0]
    assert notes.notes
    assert Customer.objects.get().custom == {field.key: "Gaggia"}
    customfields.restore(field)
    assert not CustomField.objects.get().is_retired


@pytest.mark.parametrize("fields", [{"label": " "}, {"kind": "song"}, {"kind": "choice", "choices": ["one", "one"]}])
def test_a_field_needs_a_name_a_kind_and_choices(fields):
    with pytest.raises(Invalid):
        define(**fields)
