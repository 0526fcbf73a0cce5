"""Whatever charset a mail names, what is read of it is text that can be stored."""

import json
from dataclasses import asdict
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.channels.mail.gateway.reading import glimpse, read

HALF = "+2AA-"  # the first half of a letter, alone, in UTF-7
ENCODED = f"=?utf-7?q?{HALF}?="


def storable(mail):
    return json.dumps(asdict(mail), default=str, ensure_ascii=False).encode()


def test_half_a_letter_is_none_in_whatever_a_mail_says():
    raw = (
        f"From: {ENCODED} <m@x.example>\nSubject: a{ENCODED}\nContent-Type: text/plain; charset=utf-7\n\nOne {HALF} two"
    )
    mail = read(raw.encode())
    assert (mail.sender.name, mail.subject, mail.text) == ("?", "a?", "One ? two")
    assert storable(mail) and glimpse(raw.encode())[1] == "a?"
    named = f"Content-Type: application/pdf; name*=utf-7''a{HALF.replace('+', '%2B')}.pdf\n\nx"
    assert storable(read(named.encode())) and read(named.encode()).attachments[0].name.startswith("a")


CHARSETS = st.sampled_from("utf-7 utf-16 utf-16-le utf-32 cp932 iso-2022-jp hz gb18030 unicode_escape punycode".split())


@settings(max_examples=40)
@given(CHARSETS, st.binary(max_size=200))
def test_whatever_the_charset_it_can_be_stored(charset, words):
    assert storable(read(f"Content-Type: text/plain; charset={charset}\n\n".encode() + words))


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "Raw-Unicode-Escape"])
def test_what_is_no_charset_of_mails_is_not_decoded_by_it(charset):
    begun = process_time()
    words = read(f"Content-Type: text/plain; charset={charset}\n\n".encode() + b"a.\\u0041-" * 50_000).text
    assert words.startswith("a.\\u0041-a.") and process_time() - begun < 2
