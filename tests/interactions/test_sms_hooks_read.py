"""What the provider of text messages sends to our hooks: who signed it, what it says, what may follow what."""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from interactions.channels.sms import links
from interactions.channels.sms.gateway import numbers, reading, signing, statuses
from interactions.channels.sms.gateway.reading import NOBODYS, DeliveryReport, Named
from interactions.gateways.contract import Outcome
from interactions.gateways.errors import Unreadable, Unsigned
from interactions.models import Message

URL = "https://crm.example.com/hooks/sms/incoming/"
CALL = {  # the example of the provider's own pages, and the signature that its libraries expect
    "CallSid": f"CA{1234567890}ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "Caller": "+14158675309",
    "To": "+18005551212",
}


def test_it_takes_what_the_provider_signed_and_nothing_else():
    called, known = "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    fields = list(CALL.items())
    signing.verify(called, fields, known, tokens=["an older one", "12345"])
    strangers = (
        (called, fields, "", ["12345"]),
        (called, fields, "è\udcff", ["12345"]),
        (called, fields, known, ["", "54321"]),
        (called, fields, known, []),
        (called, fields[1:], known, ["12345"]),
        (called, [*fields, ("Empty", "")], known, ["12345"]),
        (called.replace("foo=1&bar=2", "bar=2&foo=1"), fields, known, ["12345"]),
        (called.replace("https", "http"), fields, known, ["12345"]),
        (called.replace("php?", "php/?"), fields, known, ["12345"]),
    )
    for url, pairs, signature, tokens in strangers:
        with pytest.raises(Unsigned):
            signing.verify(url, pairs, signature, tokens=tokens)


@pytest.mark.parametrize("signed", ["https://a.example/x?b=%40+1", "https://a.example:443/x?b=%40+1"])
@pytest.mark.parametrize("ours", ["https://a.example/x?b=%40+1", "https://a.example:8443/x?b=%40+1"])
def test_a_port_may_be_there_or_not(signed, ours):
    signing.verify(ours, [("A", " è ")], signing.sign(signed, [("A", " è ")], token="t"), tokens=["t"])


def test_every_field_counts_as_it_came():
    body = b"Body=+a+%2B+b%20&Empty=&Odd=%ff%fe&Twice=2&Twice=1&Twice=1&Raw=\xe8&NoValue"
    pairs = reading.pairs(body)
    assert [value for name, value in pairs if name == "Body"] == [" a + b "]
    assert ("Empty", "") in pairs and ("NoValue", "") in pairs and pairs.count(("Twice", "1")) == 2
    text = URL + "Body a + b EmptyNoValueOdd" + "\udcff\udcfe" + "Raw\udce8Twice1Twice2"
    assert signing.sign(URL, pairs, token="t") == signing.sign(text, [], token="t")
    for long in (b"a" * (reading.BODY_BYTES + 1), b"&".join([b"a=1"] * (reading.MOST_FIELDS + 1))):
        with pytest.raises(Unreadable):
            reading.pairs(long)


def read(**fields):
    return reading.incoming(
        dict(reading.pairs(urlencode({"MessageSid": "SM1", **fields}, errors="surrogateescape").encode()))
    )


def test_a_message_is_read_whatever_is_missing_or_odd():
    assert read() == reading.IncomingText("SM1", "", "", "")
    said = read(From="+39333111", To="+390899951234", Body=" Va bene,\r\nil 5 à 20 € 👍\x00\x1b ")
    assert (said.text, said.sender) == ("Va bene,\nil 5 à 20 € 👍", "+39333111")
    assert read(From="x" * 999).sender == "x" * 200
    assert read(Body="\udcff caff\udce8").text == "ÿ caffè"  # Windows' Latin
    assert read(Body="\udced\udca0\udcbd\udced\udcb8\udc80!").text == "😀!"  # halves, each encoded alone
    assert read(Body="\udced\udca0\udcbd?").text == "\ufffd?"
    long = read(Body="è" * 12_000)
    assert len(long.text) == reading.LONGEST_TEXT
    seen = read(
        NumMedia="3", MediaUrl0="https://api.example/1", MediaUrl1="javascript:alert(1)", MediaUrl2="http://b/2"
    )
    assert [one.url for one in seen.media] == ["https://api.example/1", "http://b/2"] and seen.text == ""
    assert [read(NumMedia=odd).media for odd in ("-1", "x", "9" * 30, "٣")] == [()] * 4
    assert [len(read(NumMedia=odd, MediaUrl0="https://a/1").media) for odd in ("0", "x")] == [1, 1]
    assert [read(Body=unseen).text for unseen in (" \u200b\ufeff ", "\u2060\n\ufe0f", "\u00ad")] == [""] * 3
    assert read(Body="\uf8ff").text == "\uf8ff"
    assert [read(OptOutType=word).opt_out for word in ("STOP", "start", "Help", "PAUSE")] == [
        "stop",
        "start",
        "help",
        "",
    ]
    for nameless in ("", " ", "a\x00 b", "x" * 201, "SM1; DROP"):
        with pytest.raises(Unreadable):
            read(MessageSid=nameless)


def test_a_number_is_read_in_whatever_clothes_it_comes():
    dressed = (" 393331112233", "+39 333 111-2233", "00393331112233", "whatsapp:+393331112233", "RCS:+39(333)1112233")
    assert {read(From=one).sender for one in dressed} == {"+393331112233"}  # the first: a plus that is not %2B
    bare = ("393331112233", "3331112233", "40404", "Meridiana", "Poste Info", "messenger:1234567890", "+1", "")
    assert tuple(read(From=one).sender for one in bare) == bare
    same = (("+393331112233", "393331112233"), ("+5215512345678", "+525512345678"), ("+541123456789", "5491123456789"))
    assert all(numbers.are_same(*pair) for pair in (*same, ("Meridiana", "MERIDIANA"), ("40404", "40404")))
    others = (
        ("+393331112233", "+393331112234"),
        ("+393331112233", "+393231112233"),
        ("+393331112233", "+343331112233"),
        ("40404", "40405"),
        ("A1", "B1"),
    )
    assert not any(numbers.are_same(*pair) for pair in others)


def test_a_report_is_of_a_row_of_ours():
    fields = {"MessageSid": "SM1", "MessageStatus": "Undelivered", "ErrorCode": "30005", "To": "+39333", "From": "Ciao"}
    assert reading.report(fields, Named(17)) == DeliveryReport("SM1", Named(17), "undelivered", 30005)
    message = Message(pk=17, created_at=datetime(2026, 12, 1, 9, 0, 0, 123457, tzinfo=UTC))
    url = links.report_url(message)
    wrong = ("", "https://a", url[:-1], url.replace("=17", "=18"), url.replace("-1", "-2"), f"{url}&message=-1")
    named = Named(17, message.created_at)
    assert (links.message_of(url), {links.message_of(one) for one in wrong}) == (named, {NOBODYS})
    assert reading.report({"SmsSid": "SM2", "SmsStatus": "sent", "ErrorCode": ""}).status == "sent"
    codes = ("030005", "30005x", "1021610", "-21610", "٣٠٠٠٥")
    assert [reading.report({"SmsSid": "SM2", "ErrorCode": odd}).code for odd in codes] == [30005, 0, 0, 0, 0]
    prices = ("-0.0750", "0,075", "+.075", "-7.5E-2", " -0.075 ", "", "null", "-", ".", "1e9", "0.075 EUR", "NaN")
    read_prices = [reading.report({"SmsSid": "SM2", "Price": price}).cost for price in prices]
    assert read_prices == [Decimal("0.075")] * 5 + [None] * 7


def test_only_some_failures_say_that_the_number_is_dead():
    def outcome(code, status="undelivered"):
        return statuses.meaning(DeliveryReport("SM1", status=status, code=code)).outcome

    assert {outcome(code) for code in (21211, 21614, 21635, 30005, 30006)} == {Outcome.HARD}
    assert {outcome(code) for code in (0, 30003, 30004, 30007, 30008, 99999)} == {Outcome.SOFT}
    assert outcome(21610, "failed") is Outcome.STOPPED
    assert (outcome(30005, "expired"), outcome(0, "buffered"), outcome(30005, "")) == (Outcome.HARD, None, None)
    assert [statuses.step_of(*one) for one in (("buffered", 0), ("", 0))] == [statuses.Progress.TAKEN, None]
    assert (outcome(30005, "delivered"), outcome(30005, "sent")) == (Outcome.DELIVERED, None)
    assert statuses.meaning(DeliveryReport("SM1", status="failed", code=30005)).reason.startswith("30005 this number")
