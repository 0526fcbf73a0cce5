"""Typing half a name or half a number finds the customer, and nobody whom one may not see."""

import pytest

from customers import searching
from customers.intake import Person, register_many
from customers.models import Customer, Opening, SearchTerm
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return make.make_anna()


def come_in(*people):
    results = register_many(list(people), source="test", system="shop", country="IT").results
    return [Customer.objects.get(pk=one.customer_id) for one in results]


def found(text, user, limit=20):
    return [hit.name for hit in searching.find(text, user, limit)]


@pytest.mark.parametrize(
    "text", ["mira", "Kova", "kovač", "KOVAC", "mira k", "kovac mi", "Kovač, Mira", "  mira   kovac ", "maria kov"]
)
def test_names_are_found_in_any_order_and_without_accents(anna, text):
    come_in(Person(first_name="Mira Maria", last_name="Kovač", emails=["m@x.example"]), Person(name="Ada Byron"))
    come_in(Person(first_name="Mira", last_name="Kovač", emails=["mira@x.example"]))
    assert "Mira Kovač" in found(text, anna) or text == "maria kov"
    assert "Ada Byron" not in found(text, anna)


@pytest.mark.parametrize("text", ["D'Avi", "davila", "d’ávila", "núñez", "nunez"])
def test_signs_in_names_do_not_matter(anna, text):
    come_in(Person(first_name="José", last_name="D’Ávila-Núñez"))
    assert found(text, anna) == ["José D’Ávila-Núñez"]


def test_a_company_is_found_by_any_word_of_its_name(anna):
    come_in(Person(name="Café Saudade S.r.l.", kind="company", city="Porto"))
    for text in ("cafe", "saudade", "saudade srl", "Café Saudade S.r.l."):
        assert found(text, anna) == ["Café Saudade S.r.l."]


PHONES = ["0147", "5550147", "555 0147", "555-01", "0895550147", "(089) 555-0147", "+49 89 555 0147", "0049895550147"]
PHONES += ["+49 (0)89 555 0147", "+49 089 555 0147", "4989555", "9555"]


@pytest.mark.parametrize("text", PHONES)
def test_any_four_digits_of_a_phone_find_it_however_they_are_written(anna, text):
    come_in(
        Person(name="Mira Kovač", country="DE", phones=["(089) 555-0147"]), Person(name="Ada", phones=["3280117400"])
    )
    hits = searching.find(text, anna, 20)
    assert [(hit.name, hit.kind, hit.matched) for hit in hits] == [("Mira Kovač", "phone", "+49 89 5550147")]


@pytest.mark.parametrize(
    "text", ["081 805", "0039 081 805", "+39 (0)81 805", "+39081805", "0818050452", "0452", "0039081"]
)
def test_the_zero_that_italy_keeps_may_be_there_or_not(anna, text):
    come_in(Person(name="Mira", phones=["081 805 0452"]))
    assert found(text, anna) == ["Mira"]


def test_last_digits_come_first(anna):
    come_in(Person(name="Inside", phones=["+39 328 0147 400"]), Person(name="At the end", phones=["+39 328 740 0147"]))
    assert found("0147", anna) == ["At the end", "Inside"]


@pytest.mark.parametrize(
    "text, matched, mark",
    [
        ("0147", "+39 081 805 0147", "0147"),
        ("8050", "+39 081 805 0147", "805 0"),
        ("mira@ex", "mira@example.com", "mira@ex"),
        ("kovac", "Mira Kovač", "Kovač"),
        ("c-12", "C-123", "C-12"),
    ],
)
def test_the_part_that_matched_is_told(anna, text, matched, mark):
    come_in(Person(name="Mira Kovač", phones=["081 805 0147"], emails=["mira@example.com"], reference="C-123"))
    (hit,) = searching.find(text, anna, 5)
    assert (hit.matched, hit.mark) == (matched, mark)


def test_company_and_town_are_told(anna, django_assert_max_num_queries):
    come_in(Person(name="Mira Kovač", city="Amalfi", company="Café Saudade", emails=["mira@example.com"]))
    with django_assert_max_num_queries(4):
        hits = searching.find("mira@", anna, 20)
    assert [(hit.company, hit.town, hit.meta) for hit in hits] == [
        ("Café Saudade", "Amalfi", "mira@example.com · Café Saudade · Amalfi")
    ]


def test_numbers_of_other_systems_are_found_with_and_without_zeros(anna):
    come_in(Person(reference="00042", name="Mira"), Person(reference="A-7", name="Ada"))
    assert found("00042", anna) == found("42", anna) == ["Mira"]
    assert found("a-7", anna) == ["Ada"]


@pytest.mark.parametrize("text", ["Kovach", "kovak", "Nativdad", "tividad"])
def test_typing_errors_and_middles_of_names_are_forgiven(anna, text):
    come_in(Person(first_name="Mira", last_name="Kovac"), Person(first_name="Natividad", last_name="Barral"))
    assert found(text, anna) == (
        ["Mira Kovac"] if text.startswith("K") or text.startswith("k") else ["Natividad Barral"]
    )


@pytest.mark.parametrize("text", ["", " ", "m", "%", "__", "'; --", "\x00\x00", "(((", "....", "00", "\\", "ÿ" * 400])
def test_odd_texts_find_nothing_and_break_nothing(anna, text):
    come_in(Person(name="Mira Kovač", phones=["0818050452"]))
    assert found(text, anna) == []


def test_nobody_finds_whom_they_may_not_see(anna):
    clara = make.make_clara()
    come_in(*(Person(name=f"Mira {n:03}", team_id=anna.team_id, reference=str(n)) for n in range(450)))
    (mine,) = come_in(Person(name="Mira Zanetti", team_id=clara.team_id))
    (opened,) = come_in(Person(name="Mira Zuccari", reference="x"))
    Opening.objects.create(customer=opened, user=clara, because="call")
    assert found("mira", clara) == ["Mira Zanetti", "Mira Zuccari"]
    assert len(found("mira", anna, 8)) == 8


def test_a_changed_name_is_found_and_the_old_one_is_not(anna):
    come_in(Person(reference="1", first_name="Mira", last_name="Kovač"))
    come_in(Person(reference="1", last_name="Novak"))
    assert found("novak", anna) == ["Mira Novak"]
    assert not SearchTerm.objects.filter(term="kovac mira").exists()


def test_rooms_above_add_what_customers_are_found_under(anna):
    (mira,) = come_in(Person(reference="1", name="Mira"))
    searching.store_other([(mira.pk, "Order 4711"), (mira.pk, "Order 4711")])
    searching.store_other([(mira.pk, "Order 4711")])
    searching.store([mira.pk])
    (hit,) = searching.find("order 47", anna, 5)
    assert (hit.name, hit.mark) == ("Mira", "order 47")
    assert SearchTerm.objects.filter(kind=SearchTerm.Kind.OTHER).count() == 1
