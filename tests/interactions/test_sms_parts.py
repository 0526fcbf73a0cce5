"""What a text message is paid in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.channels.sms.gateway import parts
from tests.interactions.counted_texts import COUNTED


def test_texts_are_counted_as_networks_do():
    counted = [(words, text, *_shown(text)) for words, text, *_rest in COUNTED]
    assert counted == [tuple(one) for one in COUNTED]


def _shown(text):
    size = parts.measure(text)
    return size.parts, size.units, size.left, size.alphabet


def said_plainly(text):
    return text.translate(str.maketrans(parts.PLAINLY))


def test_it_tells_what_makes_a_message_dear_and_what_would_not():
    assert parts.strange("“Sì”, l’ha détto… a São João: ã") == "“”’…ã"
    assert said_plainly("“Sì”, l’ha détto…\u00a0ç") == '"Sì", l\'ha détto... ç'
    assert said_plainly("\u2066+39 089\u2069 1\u2002000 ―\u2028‹n. 2º›") == "+39 089 1 000 -\n'n. 2o'"
    assert not any(map(parts.is_seen, ("", " \n", "\u200b", "\u2060\ufe0f", "\u00ad"))) and parts.is_seen("\u200b.")
    assert all(not parts.strange(plain) for plain in parts.PLAINLY.values())
    assert all(parts.strange(dear) == dear for dear in parts.PLAINLY)
    assert len(parts.SINGLES) == len(set(parts.SINGLES)) == 127 and not set(parts.SINGLES) & set(parts.DOUBLES)


@pytest.mark.long
@settings(max_examples=400)
@given(st.text(st.sampled_from("aè€[á😀\n"), max_size=700))
def test_no_character_is_torn(text):
    """The same count by laying characters into parts, one after the other."""
    size = parts.measure(text)
    is_gsm = not set(text) & set("á😀")
    laid = [[]]
    for character in text:
        units = (2 if character in "€[" else 1) if is_gsm else len(character.encode("utf-16-le")) // 2
        if sum(laid[-1]) + units > (153 if is_gsm else 67):
            laid.append([])
        laid[-1].append(units)
    total = sum(map(sum, laid))
    assert size.units == total and size.alphabet == ("gsm" if is_gsm else "ucs2")
    assert size.parts == (min(total, 1) if total <= (160 if is_gsm else 70) else len(laid))
