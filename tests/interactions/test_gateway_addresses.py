"""Reply addresses and Message-IDs: ours are found again after any mail server, others' never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.channels.mail.gateway import addresses

KEY = b"a key of this installation"
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)
KINDS = st.from_regex(r"[a-z]{1,12}", fullmatch=True)


@given(number=NUMBERS, kind=KINDS)
def test_an_answer_finds_its_row_whatever_case_a_server_writes(number, kind):
    address = addresses.make_address(addresses.make_token(number, kind, KEY), "filo.example")
    assert len(address.split("@")[0]) <= 64
    assert address == address.lower()
    assert addresses.read_address(address, KEY) == (kind, number)
    assert addresses.read_address(address.upper(), KEY) == (kind, number)


@given(number=NUMBERS, place=st.integers(min_value=0, max_value=40), letter=st.sampled_from("abcdefghijklmnop234567"))
def test_a_token_with_another_letter_is_nobodys(number, place, letter):
    token = addresses.make_token(number, "message", KEY)
    place %= len(token) - 1  # the last letter holds bits that base32 leaves open
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or addresses.read_token(changed, KEY) is None


@given(st.text(max_size=60))
def test_it_reads_nothing_into_any_other_text(text):
    assert addresses.read_token(text, KEY) is None
    assert addresses.read_address(text, KEY) is None
    assert addresses.read_message_ref(text, KEY) is None


def test_another_key_reads_nothing():
    assert addresses.read_token(addresses.make_token(7, "message", KEY), b"another") is None
    assert addresses.read_message_ref(addresses.make_message_ref(7, KEY, "filo.example"), b"another") is None


@pytest.mark.parametrize(
    ("number", "kind"), [(-1, "message"), (2**63, "message"), (1, ""), (1, "Message"), (1, "a" * 13)]
)
def test_it_refuses_what_no_row_can_be(number, kind):
    with pytest.raises(ValueError, match="No token"):
        addresses.make_token(number, kind, KEY)


def test_it_refuses_a_mailbox_name_that_leaves_no_room():
    with pytest.raises(ValueError, match="64"):
        addresses.make_address(addresses.make_token(7, "message", KEY), "filo.example", mailbox="m" * 60)


@given(number=NUMBERS)
def test_the_same_row_has_the_same_message_id_always_and_is_found_by_it(number):
    ref = addresses.make_message_ref(number, KEY, "filo.example")
    assert ref == addresses.make_message_ref(number, KEY, "filo.example")
    assert addresses.read_message_ref(ref, KEY) == number


def test_a_guessed_message_id_is_not_ours():
    ref = addresses.make_message_ref(7, KEY, "filo.example")
    assert addresses.read_message_ref(ref.replace("7.", "8.", 1), KEY) is None
