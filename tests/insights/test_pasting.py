"""Whom a pasted text means, and what it says of those whom one may not see: nothing."""

import time
from contextlib import suppress

import pytest

from insights import pasting
from staff.roles import Role
from tests import make


def entries(text):
    return pasting.read(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("\ufeffa@x.org\r\n\r\n  b@x.org \n", [["a@x.org"], ["b@x.org"]]),
        ("a@x.org, b@x.org;c@x.org\td@x.org", [["a@x.org", "b@x.org", "c@x.org", "d@x.org"]]),
        ('"a@x.org","Rossi, Mira"\n\'b@x.org\'', [["a@x.org", "Rossi, Mira"], ["b@x.org"]]),
        ("Mira <a@x.org>, Luca Conti <b@x.org>", [["Mira <a@x.org>", "Luca Conti <b@x.org>"]]),
        ("Rossi, Mira <a@x.org>; b@x.org", [["Rossi, Mira <a@x.org>", "b@x.org"]]),
        ("c@x.org, Mira <a@x.org>, Nobody", [["c@x.org", "Mira <a@x.org>", "Nobody"]]),
        ("a@x.org b@x.org", [["a@x.org", "b@x.org"]]),
        ("Mira <a@x.org> Luca <b@x.org>|c@x.org/d@x.org", [["a@x.org", "b@x.org", "c@x.org", "d@x.org"]]),
        ("'a@x.org' <A@x.org>; • a@x.org", [["a@x.org' <A@x.org>", "a@x.org"]]),
        ("old@x.org <new@x.org>", [["old@x.org", "new@x.org"]]),
        ("a@x.org bad@ C-17 b/c@x.org and b@x.org", [["a@x.org", "bad@", "b/c@x.org", "b@x.org", "C-17"]]),
        ('"unended, a@x.org', [["unended", "a@x.org"]]),
        ("\x00;,;\t\n \n", []),
        ("x" * 5_000, [["x" * 5_000]]),
    ],
)
def test_a_text_is_read_as_people_paste_it(text, lines):
    assert entries(text) == lines


def test_too_much_is_refused_before_any_work():
    with pytest.raises(pasting.TooMuchPasted, match="more than 2 MB"):
        entries("é" * 1_000_001)
    with pytest.raises(pasting.TooMuchPasted, match="20,000"):
        entries("1\n" * 20_001)
    begun = time.process_time()
    for line in (
        '",' * 999_999,
        "a," * 999_999,
        "a," * 999_998 + "<@",
        "/customers/1" * 160_000,
    ):  # and no long line takes long
        with suppress(pasting.TooMuchPasted):
            entries(line)
    assert time.process_time() - begun < 10


@pytest.mark.django_db
def test_each_kind_of_address_is_found_and_twice_is_once(django_assert_num_queries):
    make.make_organisation(country="IT")
    anna = make.make_anna()
    mira, rui, ida = (
        make.make_mira(),
        make.make_customer("Rui Teles", email="rui@example.com"),
        make.make_customer("Ida"),
    )
    make.make_contact_point(rui, "C-17", channel="reference", system="shop")
    text = f"""E-mail;Name
    MIRA@example.com;Mira Kovač
    089 555 0147
    "Teles, Rui" <rui@example.com>
    C-17
    http://localhost:8000/customers/{ida.pk}/?tab=1
    /customers/{ida.pk}/
    https://elsewhere.example/customers/{mira.pk}/
    nobody@example.com, nobody@example.com
    """
    with django_assert_num_queries(5):  # the organisation; e-mails, phones, numbers, pages
        looked = pasting.look(text, anna)
    assert list(looked.found) == [mira.pk, rui.pk, ida.pk]
    assert looked.again == 4 and looked.several == []
    assert looked.unknown == [f"https://elsewhere.example/customers/{mira.pk}/", "nobody@example.com"]


@pytest.mark.django_db
def test_an_address_is_found_whatever_stands_beside_it():
    make.make_organisation(country="IT")
    anna, mira = make.make_anna(), make.make_mira()
    address = f"<http://localhost:8000/customers/{mira.pk}/>"
    ways = """1. mira@example.com|• mira@example.com|`mira@example.com`|Mira Kovač mira@example.com|To: mira@example.com
    Kovač, Mira (mira@example.com)|Mira [mira@example.com]|mira@example.com (work)|Mailto:mira@example.com?subject=Hi
    [mira@example.com](mailto:mira@example.com)|E-mail:mira@example.com|mira@example.com / 12|Mira: MIRA@example.com
    +39\xa0089\u202f555\u20110147|+39\u2007089\u2003555 0147"""
    for text in (address, *ways.replace("\n    ", "|").split("|")):
        looked = pasting.look(text, anna)
        assert ([*looked.found], looked.unknown) == ([mira.pk], []), text
    assert pasting.look("mira@example.co (work)", anna).unknown == ["mira@example.co (work)"]
    assert pasting.look("x" * 400 + " mira@example.com", anna).unknown  # a text names nobody


@pytest.mark.django_db
def test_who_shares_an_address_is_to_be_chosen_and_a_first_line_is_lost_only_if_it_names_columns():
    anna = make.make_anna()
    both = [make.make_customer(name) for name in ("Ana Reis", "Rui Teles")]
    for one in both:
        make.make_contact_point(one, "bar@example.com", is_shared=True)
    looked = pasting.look("ACME\nbar@example.com\nBAR@example.com", anna)
    assert [(one.written, one.customers) for one in looked.several][0] == ("bar@example.com", [one.pk for one in both])
    assert looked.unknown == ["ACME"] and not looked.found
    assert pasting.look("Kundennummer\nEMAIL", anna).unknown == ["Kundennummer", "EMAIL"]
    assert pasting.look("correo\nACME", anna).unknown == ["ACME"]


@pytest.mark.django_db
def test_whom_one_may_not_see_is_as_a_stranger_in_every_way_to_write_them(django_assert_num_queries):
    lea = make.make_user("Lea", Role.MANAGER, team=make.make_team("Bar"))
    mine = make.make_customer("Ana Reis", team=lea.team)
    hidden = make.make_mira()
    make.make_contact_point(hidden, "C-17", channel="reference", system="shop")
    for one in (mine, hidden):
        make.make_contact_point(one, "bar@example.com", is_shared=True)
    ways = ["mira@example.com", "+39 089 555 0147", "C-17", f"/customers/{hidden.pk}/"]
    strangers = ["nina@example.com", "+39 089 555 0148", "C-18", f"/customers/{hidden.pk + 1}/"]
    for texts in (ways, strangers):
        with django_assert_num_queries(5):
            looked = pasting.look("\n".join(texts), lea)
        assert looked.unknown == texts and not looked.found and not looked.several
    assert list(pasting.look("bar@example.com", lea).found) == [mine.pk]  # not "one of two"
