"""The account at the provider of text messages: what of its settings cannot be, in words."""

from decimal import Decimal

import pytest

from interactions.channels.sms.account import ProviderAccount

GOOD = {
    "CHANNEL_SMS_ACCOUNT": "AC55",
    "CHANNEL_SMS_TOKEN": "new old",
    "CHANNEL_SMS_FROM": "+390899951234, +351211234567",
    "CHANNEL_SMS_PART_COST": "0,042 EUR",
    "CHANNEL_SMS_CONNECTIONS": "4",
}


def ours(**changes):
    return ProviderAccount.current(GOOD | {f"CHANNEL_SMS_{name}": value for name, value in changes.items()})


def test_it_is_off_until_somebody_sets_it_up():
    nothing = ProviderAccount.current({})
    assert nothing.is_off and not nothing.is_set_up and not nothing.trouble()
    good = ours()
    assert good.is_set_up and not good.trouble() and good.url == "https://api.twilio.com"
    assert good.senders == ("+390899951234", "+351211234567") and good.tokens == ("new", "old")
    assert (good.part_cost, good.currency, good.hands) == (Decimal("0.042"), "EUR", 4)
    assert ours(FROM="Meridiana").is_set_up and not ours(FROM="Meridiana").can_be_answered
    assert [ours(FROM=name).senders for name in ("Caffe Roma", " B&B  Mira ")] == [("Caffe Roma",), ("B&B Mira",)]
    assert ours(FROM="Caffe Roma").is_set_up and ours(FROM="+390899951234;").senders == ("+390899951234",)
    assert "new" not in repr(good)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ACCOUNT": ""}, "CHANNEL_SMS_ACCOUNT is missing"),
        ({"TOKEN": " ", "FROM": ""}, "CHANNEL_SMS_TOKEN, CHANNEL_SMS_FROM is missing"),
        ({"URL": "api.twilio.com"}, "not the address of an API: “api.twilio.com”"),
        ({"URL": "https://somebody@api.example"}, "“https://api.example”"),
        ({"URL": "https://api.example:port"}, "not the address"),
        ({"URL": "https://["}, "not the address"),
        ({"URL": "http://api.example"}, "Use https"),
        ({"URL": "http://127.0.0.1.example"}, "Use https"),
        ({"ACCOUNT": "AC5/../Accounts"}, "not the id of an account"),
        ({"FROM": "+39 089 995 1234"}, "“+39” is neither"),
        ({"FROM": "00390899951234"}, "is neither"),
        ({"FROM": "12345"}, "is neither"),
        ({"FROM": "Caffè"}, "is neither"),
        ({"FROM": "MeridianaCaffe"}, "at most 11"),
        ({"FROM": "Caffe Meridiana"}, "“Caffe Meridiana” is neither"),
        ({"FROM": "Caffe, Roma"}, "one name of letters alone"),
        ({"FROM": "-Meridiana-"}, "is neither"),
        ({"FROM": "Meridiana +390899951234"}, "one name of letters alone"),
        ({"PART_COST": "cheap"}, "“cheap” is not an amount"),
        ({"PART_COST": "0.042"}, "is not an amount"),
        ({"PART_COST": "-1 EUR"}, "is not an amount"),
        ({"CONNECTIONS": "many"}, "a number from 1"),
        ({"CONNECTIONS": "0"}, "a number from 1"),
        ({"CONNECTIONS": "٣"}, "a number from 1"),
    ],
)
def test_what_cannot_be_is_said_in_words(changes, words):
    found = ours(**changes)
    assert words in str(found.trouble())
    is_minor = not {"ACCOUNT", "TOKEN", "URL", "FROM"} & changes.keys()
    assert found.is_set_up is is_minor  # who mistyped a price sends all the same
    assert found.hands in (4, 8)
    assert ours(URL="http://localhost:9").is_set_up and ours(URL="http://[::1]:9/").is_set_up
