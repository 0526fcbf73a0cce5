"""Whom an address header names, however it is written."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.channels.mail.gateway import mime
from interactions.channels.mail.gateway.contract import Address
from interactions.channels.mail.gateway.reading import read

ANNA, LEA = "anna@posta.example", "lea@posta.example"
ONE = [
    (f"Anna <{ANNA}>", "Anna"),
    (f"mira@example.com <{ANNA}>", "mira@example.com"),
    (f'"mira@example.com" <{ANNA}>', "mira@example.com"),
    (f"mira@example.com via the form <{ANNA}>", "mira@example.com via the form"),
    (f"Mira (mira@example.com) <{ANNA}>", "Mira (mira@example.com)"),
    (f'"Mira \\"<mira@example.com>\\"" <{ANNA}>', 'Mira "<mira@example.com>'),
    (f"Bar @ the corner <{ANNA}>", "Bar @ the corner"),
    (f"Bar@Corner <{ANNA}>", "Bar@Corner"),
    (f"Rossi, Anna <{ANNA}>", "Rossi, Anna"),
    (f"Rossi, Anna, Dr. <{ANNA}>", "Rossi, Anna, Dr."),
    (f'Anna "the Red" Rossi <{ANNA}>', "Anna the Red Rossi"),
    (f'Anna "the Red <{ANNA}>', 'Anna "the Red'),
    (f"=?utf-8?q?Rossi=2C_Ann=C3=A0?= <{ANNA}>", "Rossi, Annà"),
    (f"{ANNA} (Anna)", "Anna"),
    (f"Friends: {ANNA};", ""),
    (f"Anna Rossi {ANNA}", ""),
    (f"Anna Rossi [{ANNA}]", ""),
    (f"Anna <{ANNA}", ""),
    (f"Anna <<{ANNA}>>", "Anna"),
    (f"Anna <mailto:{ANNA}>", "Anna"),
    ("Anna <anna @ posta.example>", "Anna"),
    (f"'Anna' <'{ANNA}'>", "Anna"),
    (f"'{ANNA}'", ""),
    (f'"Anna <{ANNA}>"', ""),
    (f"{ANNA} <>", ANNA),
    (f"undisclosed-recipients:;, {ANNA}", ""),
    (f"=?utf-8?q?Anna_=3C{ANNA.replace('@', '=40')}=3E?=", "Anna"),
]
SEVERAL = [
    (f"{ANNA}, {LEA}", [ANNA, LEA]),
    (f"{ANNA};{LEA}", [ANNA, LEA]),
    (f'Friends: "A, B" <{ANNA}>, {LEA};, ida@posta.example', [ANNA, LEA, "ida@posta.example"]),
    (f'Anna "the Red <{ANNA}>, {LEA}', [ANNA, LEA]),
    (f"Anna <anna>, {LEA}", [LEA]),
    ('"anna rossi"@posta.example, o\'neil@posta.example', ['"anna rossi"@posta.example', "o'neil@posta.example"]),
]
NOBODY = ["", " ", "<>", "<@>", "@posta.example", "undisclosed-recipients:;", "Anna <anna>", "Anna", '"', "(", "<"]


@pytest.mark.parametrize(("header", "name"), ONE)
def test_the_address_is_whose_it_is_whatever_the_name_says(header, name):
    assert mime.addresses(header) == [Address(ANNA, name)]
    assert read(f"From: {header}\nSubject: x\n\nHello".encode()).sender.email == ANNA


@pytest.mark.parametrize(("header", "emails"), SEVERAL)
def test_several_are_told_apart(header, emails):
    assert [one.email for one in mime.addresses(header)] == emails


@pytest.mark.parametrize("header", NOBODY)
def test_nobody_is_nobody(header):
    assert mime.addresses(header) == []


PARTS = st.sampled_from(
    [ANNA, LEA, '"', "(", ")", "<", ">", ",", ";", ":", "\\", " ", "@", "Anna", "=?utf-8?q?a?=", "'"]
)


@settings(max_examples=40)
@given(st.lists(PARTS, max_size=30).map("".join))
def test_whatever_is_written_an_address_holds_no_sign_that_leads_elsewhere(header):
    for one in mime.addresses(header):
        assert "@" in one.email and not set(one.email) & set("\r\n<>")


HOSTILE = ['"', "(", "<", '\\"', "<a", "a@", '"a" ', "a@b <", ",<", ":", '(")', '<"(', '"a"@b ', "Rossi, ", "a"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_header_costs_more_than_a_moment(piece):
    begun = process_time()
    read(f"From: {piece * 5_000}\nTo: {piece * 20_000}\nList-Post: {piece * 5_000}\n\nx".encode())
    assert process_time() - begun < 1


def test_ours_is_found_as_the_last_of_hundreds_of_recipients_and_references():
    to = ", ".join(f"Somebody With A Long Name {number} <somebody{number}@firm.example>" for number in range(900))
    refs = " ".join(f"<{number:040}@elsewhere.example>" for number in range(300))
    mail = read(f"From: {ANNA}\nTo: {to}, {LEA}\nReferences: {refs} <last@us.example>\n\nx".encode())
    assert mail.recipients[-1].email == LEA and mail.references[-1] == "last@us.example"
