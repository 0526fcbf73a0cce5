"""What is new in an answer: nothing of the customer's words is lost, and the quotation goes."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.channels.mail.gateway.quoting import split
from interactions.channels.mail.gateway.reading import read

REAL = Path(os.environ.get("FILO_REAL_DATA", "nowhere")) / "replies"

INTROS = [
    "On Tue, 3 Mar 2026 at 10:12, Filo <ciao@filo.example> wrote:",
    "On Tue, 3 Mar 2026 at 10:12, Filo\n<ciao@filo.example> wrote:",
    "Il giorno mar 3 mar 2026 alle ore 10:12 Filo <ciao@filo.example> ha\nscritto:",
    "El mar, 3 mar 2026 a las 10:12, Filo (<ciao@filo.example>) escribió:",
    "Em ter., 3 de mar. de 2026 às 10:12, Filo <ciao@filo.example> escreveu:",
    "Am 03.03.2026 um 10:12 schrieb Filo:",
    "Le mar. 3 mars 2026 à 10:12, Filo <ciao@filo.example> a écrit :",
    "Op 3 mrt 2026 om 10:12 schreef Filo <ciao@filo.example>:",
    "3 марта 2026 г., 10:12, Filo <ciao@filo.example> написал:",
    "2026年3月3日(火) 10:12 Filo <ciao@filo.example>:",
]
OUTLOOK = [
    "From: Filo <ciao@filo.example>\nSent: Tuesday, March 3, 2026 10:12 AM\nTo: Mira\nSubject: Per te",
    "*From:* Filo <ciao@filo.example>\n*Sent:* Tuesday, March 3, 2026\n*To:* Mira\n*Subject:* Per te",
    "________________________________\nDa: Filo\nInviato: martedì 3 marzo 2026\nA: Mira\nOggetto: Per te",
    "De: Filo\nEnviado el: martes, 3 de marzo\nPara: Mira\nAsunto: Per te",
    "De: Filo\nEnviada em: terça-feira\nPara: Mira\nAssunto: Per te",
    "Von: Filo\nGesendet: Dienstag\nAn: Mira\nBetreff: Per te",
    "-----Messaggio originale-----\nDa: Filo",
    "-----Original Message-----\nFrom: Filo",
    "-----Mensaje original-----\nqualunque",
]


@pytest.mark.parametrize("intro", INTROS)
def test_a_quotation_and_the_line_that_leads_it_in_go(intro):
    new, quoted = split(f"Sì, grazie.\n\n{intro}\n\n> Ciao Mira\n>\n> Filo\n")
    assert new == "Sì, grazie."
    assert quoted.startswith(intro.split("\n")[0])


@pytest.mark.parametrize("intro", INTROS)
def test_words_below_a_quotation_are_new(intro):
    assert split(f"{intro}\n> Ciao Mira\n\nSì, grazie.\nMira")[0] == "Sì, grazie.\nMira"


@pytest.mark.parametrize("block", OUTLOOK)
def test_outlooks_whole_old_mail_goes(block):
    new, quoted = split(f"Sì, grazie.\n\nMira\n\n{block}\n\nCiao Mira,\ncome va?\n")
    assert new == "Sì, grazie.\n\nMira"
    assert "come va?" in quoted


def test_words_between_the_quoted_lines_are_all_kept():
    text = "On 3 Mar 2026, Filo <f@filo.example> wrote:\n> Ten bags?\nTwelve, please.\n> On Monday?\nTuesday.\n"
    assert split(text)[0] == "Twelve, please.\nTuesday."


@pytest.mark.parametrize(
    "text",
    [
        "My answers to your questions:\n> How many?\nTwelve.",
        "From: today on we open at 9.\nTo: whom should I pay?",
        "He wrote:\nI want my money back.",
        "The invoice of 3.3.2026 says:\nforty euro.\nThat is wrong.",
        "From our side all is well.\nSent the bags yesterday.\nSubject closed.",
    ],
)
def test_words_that_only_look_like_a_quotation_stay(text):
    words = [line for line in text.split("\n") if not line.startswith(">")]
    assert split(text)[0] == "\n".join(words)


def test_when_nothing_would_be_new_everything_is():
    text = "-----Original Message-----\nFrom: Filo\nTo: Mira\n\nCome va?\n\nBene!"
    assert split(text) == (text, "")
    assert split("> solo questo") == ("> solo questo", "")


def test_signatures_are_the_customers_words():
    assert (
        split("Sì\n\n-- \nMira\nCafé Saudade\n\nOn 3.3.2026 10:12, Filo wrote:\n> x")[0]
        == "Sì\n\n--\nMira\nCafé Saudade"
    )


def test_a_mail_that_has_only_html_is_split_too():
    raw = (
        b"From: mira@cafe.example\nContent-Type: text/html; charset=utf-8\n\n"
        b"<div>S\xc3\xac, grazie.</div><br>"
        b'<div class="q">Il 3 mar 2026 alle 10:12 Filo &lt;f@filo.example&gt; ha scritto:'
        b"<blockquote><p>Ciao Mira</p><blockquote>prima</blockquote></blockquote></div>"
    )
    mail = read(raw)
    assert mail.new_text == "Sì, grazie."
    assert mail.quoted_text.endswith("> Ciao Mira\n>> prima")


@given(
    st.lists(st.sampled_from([*INTROS, *OUTLOOK, "> q", "", "words", "-- ", "From: x", "a:"]) | st.text(max_size=20))
)
def test_no_word_is_lost_altogether(pieces):
    text = "\n".join(pieces)
    new, quoted = split(text)
    assert sorted((new + "\n" + quoted).split()) == sorted(text.split())
    assert new or not text.strip()


@pytest.mark.skipif(not REAL.is_dir(), reason="FILO_REAL_DATA has no replies")
def test_real_answers_of_real_mail_programs():
    wrong = {}
    for path in sorted(REAL.glob("*.eml")):
        answer = path.with_name(f"{path.stem}_reply_text")
        wanted = answer.read_text() if answer.exists() else "Hello"
        got = read(path.read_bytes()).new_text
        if [line.rstrip() for line in got.strip().split("\n")] != [
            line.rstrip() for line in wanted.strip().split("\n")
        ]:
            wrong[path.name] = got
    assert not wrong
