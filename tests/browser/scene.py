"""A day at Meridiana, for the browser tests of the interactions room."""

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from staff.models import User
from tests import make

NUMBER = "+390895550147"


@transaction.atomic  # a main account and its affiliation need each other
def make_day() -> User:
    """Make Anna's day and return her: three who wait, a complaint, promises late, for today and for later."""
    make.make_organisation()
    anna = make.make_user("Chiara Moretti", "sales", make.make_team(), state=User.State.AVAILABLE)
    davide = make.make_user("Davide Ferrante", "agent", anna.team)
    inn = make.make_customer("Locanda del Glicine", kind="company", city="Ravello", team=anna.team)
    maria = make.make_customer(
        "Maria Giovanna Castelnuovo-Tedesco", account=inn, email="mg@locanda.example", phone=NUMBER, language="it",
        pronoun="she", city="Ravello", keeper=anna, team=anna.team,
    )  # fmt: skip
    hotel = make.make_customer("Hotel Zubiaurre", kind="company", city="San Sebastián", team=anna.team)
    inigo = make.make_customer(
        "Íñigo Etxeberria Goikoetxea", account=hotel, email="inigo@zubiaurre.example", language="es", pronoun="he",
        keeper=anna, team=anna.team,
    )  # fmt: skip
    conceicao = make.make_customer(
        "Conceição Albuquerque d’Orey", email="c@saudade.example", language="pt", keeper=anna, team=anna.team
    )
    _samples(maria, anna, davide)
    _lease(inigo, anna, davide)
    _waits(conceicao, anna, "A moagem ficou demasiado fina, podem ajustar?", "Grinding", hours=1)
    _waits(
        None, None, "Buongiorno, fate anche cialde compostabili?", "Cialde", hours=2, sender="ottavia@ortensie.example"
    )
    make.make_task(inigo, anna, "Send the revised lease terms", due_in=-timedelta(days=1), channel="email")
    make.make_task(conceicao, anna, "Ask how the first week went", due_in=timedelta(days=4), channel="phone")
    make.make_task(
        maria, davide, "Call Mercè about the trial", due_in=timedelta(days=1), offered_to=anna, channel="phone"
    )
    return anna


def _samples(maria, anna, davide):
    at = now() - timedelta(days=9)
    theirs = "«Se mi manda un campione del decaffeinato prima di Pasqua, lo faccio provare agli ospiti.»"
    ours = "«Le mando due sacchetti da 250 g entro martedì e la richiamo giovedì.»"
    conversation = make.make_conversation(
        maria, "Decaf after dinner", owner=anna, team=anna.team, opened_at=at, touched_at=at, their_words=theirs,
        their_at=at, their_channel="phone", our_words=ours, our_at=at, our_channel="phone", our_author=davide,
    )  # fmt: skip
    make.make_interaction(
        maria, conversation, channel="phone", kind="call", words=theirs, language="it", occurred_at=at,
        author=davide, duration_seconds=364, outcome="interested",
    )  # fmt: skip
    make.make_interaction(
        maria, None, direction="out", subject="Spring menu pairing", words="", occurred_at=now() - timedelta(days=3)
    )
    noise = make.make_conversation(
        maria, "Grinder too loud at 7 am", owner=davide, team=anna.team, is_complaint=True,
        opened_at=now() - timedelta(days=20), touched_at=now() - timedelta(days=20),
    )  # fmt: skip
    make.make_interaction(
        maria, noise, channel="visit", kind="meeting", author=davide, occurred_at=now() - timedelta(days=20),
        words="Room 2 is above the breakfast bar. Technician asked to bring the rubber base from Salerno.",
    )  # fmt: skip
    for number in range(36):
        make.make_interaction(
            maria, conversation, words=f"«La fattura {number} va intestata alla nuova società, vi mando i dati.»",
            subject="Invoice", language="it", occurred_at=now() - timedelta(days=40 + 12 * number),
        )  # fmt: skip
    make.make_task(
        maria, davide, "Send two 250 g bags of Notturno decaf", due_in=-timedelta(days=2), channel="post",
        conversation=conversation,
    )  # fmt: skip
    make.make_task(maria, anna, "Call back about the tasting", due_in=timedelta(minutes=1), channel="phone")


def _lease(inigo, anna, davide):
    at = now() - timedelta(hours=5)
    conversation = make.make_conversation(
        inigo, "Lease terms for the rooftop bar", owner=anna, team=anna.team, opened_at=at - timedelta(days=6),
        touched_at=at, waiting_since=at, their_at=at, their_channel="email", interaction_count=4,
        their_words="¿Podemos bajar a 24 meses si añadimos el bar de la azotea?", our_author=anna,
        our_words="Buenas tardes, Íñigo. Legal lo está mirando.", our_at=at - timedelta(days=2), our_channel="sms",
    )  # fmt: skip

    def said(words, days, **fields):
        make.make_interaction(
            inigo, conversation, words=words, language="es", occurred_at=at - timedelta(days=days),
            **{"from_address": "inigo@zubiaurre.example", **fields},
        )  # fmt: skip

    said(
        "La propuesta a 36 meses está bien de precio, pero la familia no quiere atarse tanto. "
        "¿Qué pasa si el hotel cambia de manos?", 6,
    )  # fmt: skip
    said(
        "He wants a way out if the family sells. I promised revised terms by Wednesday.", 5, channel="phone",
        kind="call", direction="out", author=anna, duration_seconds=660, outcome="wants_it",
    )  # fmt: skip
    said(
        "Buenas tardes, Íñigo. Legal lo está mirando, el miércoles tiene las condiciones nuevas.", 2, channel="sms",
        direction="out", author=anna, to_address="+34600555018",
    )  # fmt: skip
    said(
        "We can go to 24 months if he takes two machines: margin stays at 31%.", 1, channel="note", kind="note",
        direction="inside", author=davide,
    )  # fmt: skip
    said(
        "¿Podemos bajar a 24 meses si añadimos el bar de la azotea?\n\nAbrimos en mayo y necesitaría la segunda "
        "máquina la última semana de abril. Adjunto el plano.", 0,
        quoted="El 9 mar, Chiara Moretti escribió:\nBuenas tardes",
        attachments=[{"name": "plano_bar_azotea.pdf", "size": 840_000, "type": "application/pdf", "position": 1}],
        html="<p>¿Podemos bajar a <b>24 meses</b>?</p>",
    )  # fmt: skip


def _waits(customer, owner, words, subject, *, hours, sender="c@saudade.example"):
    at = now() - timedelta(hours=hours)
    conversation = make.make_conversation(
        customer, subject, owner=owner, team=owner.team if owner else None, opened_at=at, waiting_since=at,
        their_words=words, their_channel="email", their_at=at, interaction_count=1,
    )  # fmt: skip
    make.make_interaction(customer, conversation, words=words, occurred_at=at, from_address=sender)
    return conversation
