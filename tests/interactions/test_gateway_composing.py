"""Composed mails: the standard library reads back exactly what went in, and nobody adds a header."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interactions.channels.mail.gateway.composing import Copy, Skeleton, Slot, compose, unsubscribe_headers
from interactions.channels.mail.gateway.contract import Address, Outgoing
from interactions.gateways.errors import Unreadable

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MIRA = Address("mira@cafe.example", "Mira Saudade")
ANYTHING = st.text(max_size=300)
ONE_LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=200)

SKELETON = Skeleton(
    sender=Address("ciao@meridiana.example", "Meridiana, torrefazione"),
    subject=["Per te, ", Slot("name")],
    text=["Ciao ", Slot("name"), ",\n.\n..caffè\n", Slot("words"), "\nfine"],
    html=["<p>Ciao ", Slot("name"), "</p>\n", Slot("words"), "<p>è tutto = vero " + "x" * 200 + "</p>"],
    fixed_headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)


def read_back(raw):
    """What any other program reads in it."""
    return message_from_bytes(raw, policy=policy.default)


def letter(**own):
    return Copy(**({"to": MIRA, "message_ref": "7.abc@filo.example", "values": {"name": "Mira", "words": "ok"}} | own))


def body(mail, kind):
    return mail.get_body((kind,)).get_content().replace("\r\n", "\n").rstrip("\n")


def as_read(value):
    """A text after any mail: one kind of line end, no halves of characters."""
    value = re.sub(r"\r\n?", "\n", value)
    return value.encode("utf-8", "replace").decode()


def assert_lawful(raw):
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    head, _, rest = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in rest.split(b"\r\n")) <= 76
    assert max(len(line) for line in head.split(b"\r\n")) <= 998


@given(name=ANYTHING, words=ANYTHING)
@example(name="", words="")
@example(name="x" * 75, words="é" * 38)
@example(name=" =\t", words=".\r\n.\r\n..\r\nQUIT\r\n")
@example(name="A" * 70 + "=", words="\n \n\t\n")
@example(name="x=_" + "=3D", words="--=_boundary")
@example(name="<b>&amp;\"'", words="\ud800\x00\x1f")
def test_any_value_comes_back_as_it_was(name, words):
    raw = SKELETON.fill(letter(values={"name": name, "words": words}), at=AT)
    assert_lawful(raw)
    mail = read_back(raw)
    name, words = as_read(name), as_read(words)
    assert body(mail, "plain") == f"Ciao {name},\n.\n..caffè\n{words}\nfine"
    assert unescape(body(mail, "html")) == f"<p>Ciao {name}</p>\n{words}<p>è tutto = vero {'x' * 200}</p>"


@given(name=ONE_LINE)
@example(name="è" * 200)
@example(name="=?utf-8?q?x?=")
@example(name="word " * 40)
@example(name="x" * 150)
def test_any_name_comes_back_in_the_subject(name):
    raw = SKELETON.fill(letter(values={"name": name, "words": ""}), at=AT)
    subject = read_back(raw)["subject"]
    assert " ".join(subject.split()) == " ".join(f"Per te, {name}".split())


@given(name=ONE_LINE)
@example(name='Rossi, "Mira" \\ <x@y.example>')
@example(name="Żółć " * 20)
@example(name="=?utf-8?b?eA==?=")
@example(name="(comment)")
def test_any_display_name_stays_a_name(name):
    mail = read_back(SKELETON.fill(letter(to=Address("mira@cafe.example", name)), at=AT))
    assert [address.addr_spec for address in mail["to"].addresses] == ["mira@cafe.example"]
    shown = mail["to"].addresses[0].display_name
    assert "".join(shown.split()) == "".join(name[:200].split())


@given(words=ANYTHING)
@example(words="x\r\nBcc: everybody@example.com")
@example(words="x\nBcc: y\n\nbody")
@example(words="x\x0bBcc: y\x85Bcc: z\u2028Bcc: w")
def test_no_value_adds_a_header(words):
    expected = set(read_back(SKELETON.fill(letter(), at=AT)).keys())
    raw = SKELETON.fill(letter(to=Address("mira@cafe.example", words), values={"name": words, "words": words}), at=AT)
    assert set(read_back(raw).keys()) == expected


@pytest.mark.parametrize(
    "address",
    ["", "mira", "mira@", "a@b@c", "mi ra@cafe.example", "mira@cafe.example\r\nBcc: x@y.example", "<a@b.example>"],
)
def test_it_refuses_an_address_that_could_break_out(address):
    with pytest.raises(Unreadable, match="address"):
        SKELETON.fill(letter(to=Address(address)), at=AT)


def test_it_refuses_a_header_name_that_could_break_out():
    with pytest.raises(Unreadable, match="header"):
        SKELETON.fill(letter(headers={"X-A: b\r\nBcc": "x"}), at=AT)


def test_a_missing_value_is_an_error_and_not_a_gap():
    with pytest.raises(KeyError):
        SKELETON.fill(letter(values={"name": "Mira"}), at=AT)


def test_it_carries_what_answers_and_unsubscribing_need():
    raw = SKELETON.fill(
        letter(
            reply_to=Address("reply+abc@filo.example"),
            in_reply_to="old@cafe.example",
            references=["older@cafe.example", "bad ref", "old@cafe.example"],
            headers=unsubscribe_headers("https://filo.example/p/" + "t" * 100),
        ),
        at=AT,
    )
    mail = read_back(raw)
    assert mail["message-id"] == "<7.abc@filo.example>"
    assert mail["reply-to"] == "<reply+abc@filo.example>" or "reply+abc@filo.example" in mail["reply-to"]
    assert mail["in-reply-to"].strip() == "<old@cafe.example>"
    assert mail["references"].split() == ["<older@cafe.example>", "<old@cafe.example>"]
    assert mail["list-unsubscribe"] == f"<https://filo.example/p/{'t' * 100}>"
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert mail["date"].datetime == AT
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_markup_of_ours_is_not_escaped_twice():
    skeleton = Skeleton(sender=MIRA, subject=["x"], text=["x"], html=["<p>", Slot("all", is_markup=True), "</p>"])
    mail = read_back(skeleton.fill(letter(values={"all": "<b>1 & 2</b>"}), at=AT))
    assert body(mail, "html") == "<p><b>1 & 2</b></p>"


def test_a_personal_mail_without_html_is_one_plain_part():
    raw = compose(
        Outgoing(
            number=7, sender=MIRA, to=MIRA, subject="Grazie, così è", text="Sì.\n\n-- \nMira", message_ref="7@x.example"
        ),
        at=AT,
    )
    mail = read_back(raw)
    assert mail.get_content_type() == "text/plain"
    assert mail["subject"] == "Grazie, così è"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == "Sì.\n\n-- \nMira"


def test_a_domain_of_other_letters_travels_in_ascii():
    mail = read_back(SKELETON.fill(letter(to=Address("mira@caffè.example", "Mira")), at=AT))
    assert mail["to"].addresses[0].domain == "xn--caff-8oa.example"
