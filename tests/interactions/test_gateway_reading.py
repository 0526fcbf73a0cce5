"""Reading mails as they really come: broken, odd, huge, hostile; and the ordinary ones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.channels.mail.gateway import mime
from interactions.channels.mail.gateway.contract import Address, Kind
from interactions.channels.mail.gateway.reading import attachment, glimpse, read

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PLAIN = b"""From: =?utf-8?q?Mira_Saudad=C3=A8?= <Mira@Cafe.Example>
To: Filo <reply+abc@filo.example>, anna@filo.example
Cc: ANNA@filo.example
Delivered-To: box@filo.example
Subject: =?utf-8?b?w4g=?= =?iso-8859-1?q?_arrivato?=
Date: Sun, 01 Mar 2026 10:30:00 +0100
Message-ID: <abc@cafe.example>
In-Reply-To: <7.x@filo.example>
References: <1@filo.example> <7.x@filo.example>
Content-Type: text/plain; charset=utf-8

Grazie!
"""


def test_it_reads_an_ordinary_mail():
    mail = read(PLAIN, now=NOW)
    assert mail.kind is Kind.MESSAGE and mail.channel == "email"
    assert mail.message_ref == "abc@cafe.example"
    assert mail.sender == Address("Mira@cafe.example", "Mira Saudadè")
    assert [one.email for one in mail.recipients] == ["reply+abc@filo.example", "anna@filo.example", "box@filo.example"]
    assert mail.subject == "È arrivato"
    assert mail.text == mail.new_text == "Grazie!"
    assert mail.sent_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert (mail.in_reply_to, mail.references) == ("7.x@filo.example", ("1@filo.example", "7.x@filo.example"))
    assert not mail.reports and not mail.attachments and not mail.is_truncated


REPLY_TO = [
    (["Rui <rui@beiramar.example>"], ["rui@beiramar.example"]),
    (["one@a.example, Two <two@b.example>, ONE@a.example"], ["one@a.example", "two@b.example"]),
    (["one@a.example", "two@b.example"], ["one@a.example", "two@b.example"]),
    (["=?utf-8?q?Rui_Teles_=3Crui=40beiramar=2Eexample=3E?="], ["rui@beiramar.example"]),
    (["Friends: rui@beiramar.example;"], ["rui@beiramar.example"]),
    (["Rui Teles"], []),
    (["<>"], []),
    (["@beiramar.example"], []),
    (["noreply@shop.example"], []),
    (["Shop <orders.do-not-reply+7@shop.example>"], []),
    (["non-rispondere@negozio.example, negozio@negozio.example"], ["negozio@negozio.example"]),
    (["casano.reply@shop.example"], ["casano.reply@shop.example"]),
]


@pytest.mark.parametrize(("headers", "addresses"), REPLY_TO)
def test_it_tells_where_they_want_answers(headers, addresses):
    lines = "".join(f"Reply-To: {value}\n" for value in headers)
    assert [one.email for one in read(lines.encode() + PLAIN).reply_to] == addresses


LISTS = [
    "List-Post: <mailto:orders@lists.example>",
    "X-BeenThere: orders@lists.example",
    "Mailing-List: list orders@lists.example; contact orders+owners@lists.example",
]


@pytest.mark.parametrize("line", LISTS)
def test_a_mailing_list_that_wants_the_answers_does_not_get_them(line):
    mail = read(f"{line}\nReply-To: Orders <Orders@Lists.Example>\n".encode() + PLAIN)
    assert mail.reply_to == () and mail.sender.email == "Mira@cafe.example"
    both = read(f"{line}\nReply-To: orders@lists.example, mira@home.example\n".encode() + PLAIN)
    assert [one.email for one in both.reply_to] == ["mira@home.example"]


def test_a_mailing_list_that_puts_itself_into_from_is_not_who_wrote():
    listed = PLAIN.replace(b"<Mira@Cafe.Example>", b"<orders@lists.example>")
    mail = read(b"List-Post: <mailto:orders@lists.example>\nX-Original-From: Mira <mira@cafe.example>\n" + listed)
    assert mail.sender == Address("mira@cafe.example", "Mira")
    assert read(listed).sender.email == "orders@lists.example"


def test_without_a_message_id_the_bytes_themselves_are_its_name():
    raw = PLAIN.replace(b"Message-ID: <abc@cafe.example>\n", b"")
    assert read(raw).message_ref == read(raw).message_ref
    assert read(raw).message_ref.startswith("sha256-")
    assert read(raw).message_ref != read(raw + b"x").message_ref


@pytest.mark.parametrize(
    "to",
    [b"undisclosed-recipients:;", b"Friends: mira@cafe.example, anna@filo.example;", b"<>", b"\xff\xfe <x", b"=?x?q?"],
)
def test_odd_recipients_do_not_stop_it(to):
    mail = read(PLAIN.replace(b"Filo <reply+abc@filo.example>, anna@filo.example", to))
    assert mail.text == "Grazie!"
    assert mail.subject == "È arrivato"


def test_bytes_that_should_not_stand_in_a_header_are_read_all_the_same():
    raw = "From: Mirà <mira@cafe.example>\nSubject: perché no\n\nx".encode()
    assert (read(raw).sender.name, read(raw).subject) == ("Mirà", "perché no")
    raw = "From: Mirà <mira@cafe.example>\nSubject: perché no\n\nx".encode("latin-1")
    assert (read(raw).sender.name, read(raw).subject) == ("Mirà", "perché no")


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("x-unknown", "perché".encode()),
        ("us-ascii", "perché".encode()),
        ("us-ascii", "perché".encode("latin-1")),
        ("utf-8", "perché".encode("latin-1")),
        ("hex", "perché".encode()),
        ("iso-8859-1", "perché".encode("cp1252")),
        ('"', "perché".encode()),
    ],
)
def test_a_wrong_charset_loses_no_word(charset, words):
    raw = b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n" + words + b"\n"
    assert read(raw).text == "perché"


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        (b"Sun, 01 Mar 2026 10:30:00 +0100", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (b"Sun, 01 Mar 2026 10:30:00", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        (b"Sun, 01 Mar 2126 10:30:00 +0000", None),
        (b"Thu, 01 Jan 1970 00:00:00 +0000", None),
        (b"yesterday", None),
        (b"Sun, 01 Mar 99999 10:30:00 +0000", None),
        (b"Sun, 01 Mar 0001 00:30:00 +9900", None),
        (b"", None),
    ],
)
def test_an_absurd_date_is_no_date(date, sent_at):
    assert read(PLAIN.replace(b"Sun, 01 Mar 2026 10:30:00 +0100", date), now=NOW).sent_at == sent_at


def multipart(*parts, kind=b"mixed"):
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return b"From: mira@cafe.example\r\nContent-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def test_files_are_named_and_found_again_and_an_enclosed_mail_is_one_of_them():
    raw = multipart(
        b"Content-Type: text/plain\r\n\r\nVedi allegato.",
        b"Content-Type: application/pdf; name*=utf-8''perch%C3%A9.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nMTIz",
        b'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="..\\..\\a/b.txt"\r\n\r\nnote',
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner words",
    )
    mail = read(raw)
    assert mail.text == "Vedi allegato."
    assert [(one.name, one.size) for one in mail.attachments][:2] == [("perché.pdf", 3), ("b.txt", 4)]
    assert [attachment(raw, one.position) for one in mail.attachments][:2] == [b"123", b"note"]
    assert mail.attachments[2].content_type == "message/rfc822"
    assert b"inner words" in attachment(raw, mail.attachments[2].position)
    assert attachment(raw, 99) is None


def test_pictures_shown_in_the_html_are_told_from_files():
    raw = multipart(
        b'Content-Type: text/html\r\n\r\n<p>Ciao <img src="cid:logo@x" alt="Logo"></p>',
        b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nPNG",
        b"Content-Type: image/png; name=photo.png\r\nContent-ID: <photo@x>\r\n\r\nPNG",
        kind=b"related",
    )
    mail = read(raw)
    assert [(one.content_id, one.is_inline) for one in mail.attachments] == [("logo@x", True), ("photo@x", False)]
    assert mail.text == "Ciao"
    assert mail.html == "<p>Ciao [Logo]</p>"


def test_of_two_versions_the_text_is_read_and_the_html_is_shown():
    raw = multipart(
        b"Content-Type: text/plain\r\n\r\nplain words",
        b"Content-Type: text/html\r\n\r\n<p>rich words</p>",
        kind=b"alternative",
    )
    assert (read(raw).text, read(raw).html) == ("plain words", "<p>rich words</p>")


def test_wrapped_text_is_joined_again():
    raw = b"Content-Type: text/plain; format=flowed\r\n\r\n"
    raw += b"One long \r\nline.\r\n\r\n> quoted \r\n> too\r\n-- \r\nMira\r\n"
    assert read(raw).text == "One long line.\n\n> quoted \n> too\n-- \nMira"


@pytest.mark.parametrize(
    "header",
    [
        b"Auto-Submitted: auto-replied",
        b"Auto-Submitted: auto-generated; x",
        b"X-Autoreply: yes",
        b"Precedence: bulk",
        b"Return-Path: <>",
        b"Subject: Automatic reply: ciao",
        b"Subject: =?utf-8?q?Risposta_automatica=3A_ciao?=",
        b"Subject: R: Fuori sede",
        b"Subject: Abwesenheitsnotiz",
    ],
)
def test_machines_are_recognised(header):
    assert read(header + b"\nFrom: mira@cafe.example\n\nSono in vacanza.\n").kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    "header", [b"Auto-Submitted: no", b"Precedence: normal", b"Subject: Re: the office is cold", b"X-Other: auto"]
)
def test_people_are_not_taken_for_machines(header):
    assert read(header + b"\nFrom: mira@cafe.example\n\nCiao.\n").kind is Kind.MESSAGE


def test_parts_within_parts_without_end_are_read_as_text():
    raw = (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000))
        + b"\nwords\n"
    )
    assert "words" in read(raw).text


def test_mails_within_mails_without_end_do_not_stop_it():
    assert read(b"Content-Type: message/rfc822\n\n" * 5_000 + b"words").message_ref


def test_html_within_html_without_end_does_not_stop_it():
    raw = b"Content-Type: text/html\n\n" + b"<div>" * 20_000 + b"words"
    assert read(raw).text == "words"
    assert read(raw).html == ""


def test_parts_that_are_not_where_it_says_are_shown_as_they_stand():
    raw = multipart(b"Content-Type: text/plain\r\n\r\nCiao").replace(b"boundary=b", b"boundary=other")
    assert "Ciao" in read(raw).text


def test_a_huge_mail_is_read_in_part_and_says_so(monkeypatch):
    monkeypatch.setattr(mime, "RAW_BYTES", 10_000)
    mail = read(PLAIN + b"x" * 20_000)
    assert mail.is_truncated and len(mail.text) < 10_000 and mail.message_ref == "abc@cafe.example"


def test_a_header_without_end_is_cut():
    mail = read(b"Subject: " + b"x " * 500_000 + b"\nTo: " + b"a@b.example, " * 50_000 + b"\n\nwords")
    assert len(mail.subject) <= 998 and len(mail.recipients) <= 500 and mail.text == "words"


@given(st.binary(max_size=2_000))
def test_it_never_raises(raw):
    assert read(raw).message_ref


MARKS = [
    "Content-Type: ",
    "multipart/mixed; boundary=b",
    "message/delivery-status",
    "message/rfc822",
    "text/html",
    "\n",
]
MARKS += ["\n\n", "--b\n", "--b--\n", "To: a:b;", "=?utf-8?b?", "?=", "<", ">", '"', "charset=", "From: ", "Subject: "]
MARKS += [
    "message/feedback-report",
    "Final-Recipient: rfc822; x@y.example",
    "Action: failed",
    "Status: 5.1.1",
    "\x00",
    "é",
]
MARKS += [
    "Content-Transfer-Encoding: base64",
    "mailer-daemon@x.example",
    "Undelivered Mail",
    "On 1.1.2026 x wrote:\n",
    "> q\n",
]


@given(st.lists(st.sampled_from(MARKS) | st.text(max_size=5), max_size=60))
def test_it_never_raises_on_what_looks_like_mail(pieces):
    assert read("".join(pieces).encode("utf-8", "surrogateescape")).message_ref


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (b"Subject: =?utf-8?q?Caff=C3=A8?=\nFROM: Mira <m@x>\n\nFrom: no", ("Mira <m@x>", "Caffè")),
        (b"\xff\x00Subject:x", ("", "")),
        (b"", ("", "")),
        (b"From:" + b"x" * 5_000, ("x" * 900, "")),
    ],
)
def test_a_glimpse_takes_no_mail_apart(raw, seen):
    assert glimpse(raw) == seen
