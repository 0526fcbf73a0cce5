"""One spelling for every address and name, however people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.identity import codes, normalise
from customers.models import ContactPoint


@pytest.mark.parametrize(
    "written, country, value",
    [
        ("328-011.7400", "IT", "+393280117400"),
        ("081 805 0452", "IT", "+390818050452"),
        ("+39 (0)81 8050452", "IT", "+390818050452"),
        ("696-995.588", "ES", "+34696995588"),
        ("925-083.664", "PT", "+351925083664"),
        ("07802 348766", "GB", "+447802348766"),
        ("+44 (0)20 7946 0958", "IT", "+442079460958"),
        ("(089) 555-0147", "DE", "+49895550147"),
        ("0039 055 8328823", "US", "+390558328823"),
        ("00351 910677052", "GB", "+351910677052"),
        ("tel:+34-656-191-466", "", "+34656191466"),
        ("\u202a+34 656 191 466\u202c", "", "+34656191466"),
        ("+39 081 805 0452 ext. 12", "IT", "+390818050452"),
        ("+521 55 1234 5678", "IT", "+525512345678"),
        ("+52 55 1234 5678", "IT", "+525512345678"),
        ("(11) 8765-4321", "BR", "+5511987654321"),
        ("+55 11 3765-4321", "IT", "+551137654321"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("+39 333 1112233", "ES", "+393331112233"),
        ("0333 1112233", "IT", "+393331112233"),
        ("+39 0333 1112233", "ES", "+393331112233"),
        ("+39 0331 123456", "ES", "+390331123456"),
        ("0039 39 333 1112233", "IT", "+393331112233"),
        ("+34 34610322050", "IT", "+34610322050"),
        ("34610322050", "IT", "+34610322050"),
        ("4915112345678", "IT", "+4915112345678"),
        ("393331112233.0", "IT", "+393331112233"),
        ("333 1112233 (casa)", "IT", "+393331112233"),
        ("+393 331 112 233", "IT", "+393331112233"),
        ("0039 0892 123456", "ES", "+390892123456"),
    ],
)
def test_phones_become_e164(written, country, value):
    assert normalise.phone(written, country).value == value


@pytest.mark.parametrize("written", ["", "call me", "12", "+999 123", "3280117400" * 5, "328011 7400 1234 5678"])
def test_what_is_no_phone_is_none_with_a_reason(written):
    assert normalise.phone(written, "IT") is None
    assert normalise.phone_trouble(written, "IT").endswith(".")


def test_a_phone_that_no_plan_knows_is_kept_and_marked():
    phone = normalise.phone("+39 333 55", "IT") or normalise.phone("+34 111 111 111", "ES")
    assert phone.is_checked is False
    assert normalise.phone("+34 656 191 466", "ES").is_checked
    assert normalise.phone("+39351911915152", "IT").is_checked is False  # a mailbox of the network


@pytest.mark.parametrize(
    "written, line",
    [
        ("+39 333 555 0192", "mobile"), ("+39 089 555 0147", "fixed"), ("+34 656 191 466", "mobile"),
        ("+34 944 123 456", "fixed"), ("+351 912 345 678", "mobile"), ("+44 1225 496 077", "fixed"),
        ("+1 201 555 0123", ""), ("+39 800 123 456", ""), ("+44 56 0000 0000", ""), ("+34 111 111 111", ""),
    ],
)  # fmt: skip
def test_a_number_tells_what_kind_of_phone_answers_or_does_not(written, line):
    assert normalise.phone(written, "").line == line in {"", *ContactPoint.Line.values}


def test_a_phone_of_an_unknown_country_is_no_phone_and_says_so():
    assert normalise.phone("328 011 7400", "") is None
    assert "country" in normalise.phone_trouble("328 011 7400", "")


@pytest.mark.parametrize(
    "written, value",
    [
        (" VITTORIA.Canova@MAIL.Example.ORG ", "vittoria.canova@mail.example.org"),
        ("mailto:mira@example.com", "mira@example.com"),
        ("Mira Kovač <Mira@Example.com>", "mira@example.com"),
        ("mira@münchen.example", "mira@xn--mnchen-3ya.example"),
        ("mira@straße.example", "mira@xn--strae-oqa.example"),  # not strasse.example, which is somebody else's
        ("mira@example.com.", "mira@example.com"),
        ("josé@example.com", "josé@example.com"),
        ("mira+orders@example.co.uk", "mira+orders@example.co.uk"),
    ],
)
def test_mails_become_lower_case_with_an_ascii_domain(written, value):
    assert normalise.email(written) == value


@pytest.mark.parametrize(
    "written",
    ["", "mira", "mira@", "@example.com", "mira@example", "a b@x.example", "a@b@", "x@-a.example", "a@x..com"],
)
def test_what_is_no_mail_is_none(written):
    assert normalise.email(written) is None


def test_an_address_is_measured_in_the_form_that_is_kept():
    assert normalise.email(f"{'a' * 170}@{'bücher.' * 10}de") is None, "its domain grows beyond what is kept"


@pytest.mark.parametrize(
    "text, folded",
    [
        ("Ângelo  D’Ávila-Núñez", "angelo davila nunez"),
        ("Straße", "strasse"),
        ("Łódź Ørsted", "lodz orsted"),
        ("İ", "i"),
        ("𝕬nna Ǣlfric", "anna aelfric"),  # as in fancy signatures
    ],
)
def test_folding_forgets_accents_capitals_and_signs(text, folded):
    assert normalise.fold(text) == folded


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once_and_nothing_crashes(text):
    assert normalise.fold(normalise.fold(text)) == normalise.fold(text)
    normalise.email(text), normalise.phone(text, "IT"), normalise.day(text), normalise.words(text)
    codes.country(text), codes.language(text)


@pytest.mark.parametrize(
    "text, country, expected",
    [
        ("1984-10-14", "", date(1984, 10, 14)),
        ("14/10/1984", "IT", date(1984, 10, 14)),
        ("14.10.1984", "DE", date(1984, 10, 14)),
        ("03/04/1984", "IT", date(1984, 4, 3)),
        ("03/04/1984", "US", date(1984, 3, 4)),
        ("10/14/1984", "IT", date(1984, 10, 14)),
        ("19841014", "", date(1984, 10, 14)),
        ("1984-10-14T00:00:00Z", "", date(1984, 10, 14)),
        ("31/02/1984", "IT", None),
        ("soon", "IT", None),
    ],
)
def test_days_are_read_as_their_country_writes_them(text, country, expected):
    assert normalise.day(text, country) == expected


def test_a_day_tells_what_it_begins_with_or_is_open():
    told = {
        "12/31/2026": "month",
        "31.12.2026 10:30": "day",
        "12-31-2026T00:00": "month",
        "0/31/2026": "",
        "2026-12-31": "",
    }
    told |= dict.fromkeys(["03/04/2026", "03/03/2026", "32/12/2026", "31/31/2026", "12/31.2026", "soon", ""], "")
    assert {text: normalise.begins_with(text) for text in told} == told
    assert {text for text in told if normalise.is_open(text)} == {"03/04/2026"}


@pytest.mark.parametrize("text", ["IT", "it", "Italia", "ITALY", "Itália", "Italien", "ita"])
def test_countries_are_read_by_code_or_name(text):
    assert codes.country(text) == "IT"


@pytest.mark.parametrize(
    "text, code", [("it", "it"), ("Italiano", "it"), ("portugués", "pt"), ("pt_br", "pt-BR"), ("?", None)]
)
def test_languages_are_read_by_code_or_name(text, code):
    assert codes.language(text) == code


@pytest.mark.parametrize(
    "written, value",
    [
        ("+39 (0)6 69812345", "+390669812345"),  # Italy keeps its 0
        ("0039 (0) 6 69812345", "+390669812345"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+49 (0)89 5550147", "+49895550147"),
        ("+34 (0)656 191 466", "+34656191466"),  # Spain has none
    ],
)
def test_a_zero_in_brackets_is_read_as_its_country_dials(written, value):
    assert normalise.phone(written, "IT").value == value


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u2069", "\u061c", "\u200f", "\x9b"])
def test_a_name_is_never_turned_round(sign):
    assert normalise.words(f"Mira {sign}Rossi") == "Mira Rossi"
