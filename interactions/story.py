"""What Meridiana and its customers said to each other in three years, and what was promised."""

from datetime import datetime, timedelta
from typing import Any

from crm import days
from crm.demo import Story
from customers.models import Customer
from customers.touch import touch
from interactions import noting, promising
from interactions.conversations import opening, settling
from interactions.models import Conversation, Interaction, Task

# language → matters: (subject, what they say, what we answer)
MATTERS = {
    "it": [
        ("Fattura di marzo", "La fattura va intestata alla nuova società, vi mando i dati.", "Fatto, la prossima è già corretta."),
        ("Consegna del venerdì", "Potete consegnare il venerdì mattina, prima delle nove?", "Sì, da questa settimana passiamo entro le otto e mezza."),
        ("Una miscela più dolce", "I clienti la trovano un po’ amara, avete qualcosa di più dolce?", "Le mando la Costiera da provare, è più rotonda."),
    ],
    "es": [
        ("El molinillo", "La molienda sale demasiado gruesa desde ayer.", "Suba dos puntos la rueda; si sigue igual, pasa el técnico."),
        ("Pedido de junio", "¿Podemos doblar el pedido para las fiestas?", "Claro, sale el martes con el resto."),
    ],
    "pt": [
        ("A moagem", "A moagem ficou demasiado fina, podem ajustar?", "Passamos na quinta-feira de manhã."),
        ("Fatura", "Falta o NIF na última fatura.", "Corrigida e enviada, desculpe."),
    ],
    "en": [
        ("Oat milk", "Which roast goes best with oat milk?", "Costiera, a little coarser than usual."),
        ("Late parcel", "Monday’s parcel has not arrived yet.", "It is with the courier and comes today before noon."),
    ],
}  # fmt: skip
PROMISES = {  # (what, how it will be kept)
    "it": [
        ("Mandare un campione della nuova miscela", "post"),
        ("Richiamare per la manutenzione della macchina", "phone"),
        ("Spedire il listino aggiornato", "email"),
        ("Passare con il tecnico per il macinino", "visit"),
        ("Confermare la consegna del venerdì", "email"),
    ],
    "es": [
        ("Enviar las condiciones nuevas", "email"),
        ("Llamar sobre el pedido de junio", "phone"),
        ("Mandar dos muestras de Notturno", "post"),
    ],
    "pt": [
        ("Ligar sobre a encomenda de maio", "phone"),
        ("Enviar a fatura corrigida", "email"),
        ("Marcar a prova de café", "visit"),
    ],
    "en": [
        ("Send the price list", "email"),
        ("Call about the barista day", "phone"),
        ("Bring two bags of Costiera", "visit"),
    ],
}


def tell(story: Story) -> None:
    """Tell the everyday in bulk, what the pictures show through the doors; all at the days on which it happened."""
    said: list[Interaction] = []
    for customer in Customer.objects.filter(kind="person").select_related("keeper").order_by("pk"):
        if customer.keeper and story.dice.random() < 0.7:
            said += _everyday(story, customer)
    _write_down(said)
    _castelnuovo(story)
    _zubiaurre(story)
    _saudade(story)
    _rectory(story)
    _nobody(story)
    Task.objects.filter(created_at__gt=story.now).update(created_at=story.now)
    story.say(f"    {Interaction.objects.count()} interactions, {Task.objects.count()} promises")


def _everyday(story: Story, customer: Customer) -> list[Interaction]:
    """Return what was said about one to three small matters, none of it saved yet; maybe promise something."""
    dice, said = story.dice, []
    for _ in range(dice.randint(1, 3)):
        at = _at_work(story, dice.randint(9, 1_000), dice.randint(8, 17), dice.randint(0, 59))
        subject, theirs, ours = dice.choice(MATTERS.get(customer.language) or MATTERS["en"])
        channel = dice.choice(["email", "email", "phone"])
        answered_at = _by_day(at + timedelta(hours=dice.randint(1, 30)))
        place = _matter(customer, subject, at)
        if dice.random() < 0.9:
            place.status, place.settled_by = Conversation.Status.SETTLED, customer.keeper
            place.settled_at = at + timedelta(days=2)
        said += [
            _words(place, theirs, at, channel),
            _words(place, ours, answered_at, channel, by=customer.keeper),
        ]
    if dice.random() < 0.12:
        what, how = dice.choice(PROMISES.get(customer.language) or PROMISES["en"])
        _promise(story, customer, what, due_in=dice.randint(-3, 12), channel=how)
    if customer.pk % 9 == 0:
        _kept(story, customer, days=customer.pk * 61 % 1_000 + 1)
    return said


def _kept(story: Story, customer: Customer, *, days: int) -> None:
    """Promise something that was kept on its day, so many days ago."""
    possible = PROMISES.get(customer.language) or PROMISES["en"]
    what, how = possible[days % len(possible)]
    task = _promise(story, customer, what, due_in=-days, channel=how)
    promising.keep(task, by=customer.keeper)
    Task.objects.filter(pk=task.pk).update(closed_at=_at_work(story, days, 15, days % 60))


def _matter(customer: Customer, subject: str, at: datetime) -> Conversation:
    keeper = customer.keeper
    team_id = customer.team_id or (keeper.team_id if keeper else None)
    return Conversation(customer=customer, subject=subject, owner=keeper, team_id=team_id, opened_at=at, touched_at=at)


def _words(place: Conversation, words: str, at: datetime, channel: str, *, by: Any = None) -> Interaction:
    """Return a message and note it on the conversation's card, as thread.said would (tests/crm/test_demo.py)."""
    side = "our" if by else "their"
    for name, value in {"words": words, "channel": channel, "at": at}.items():
        setattr(place, f"{side}_{name}", value)
    place.our_author = by
    place.touched_at, place.interaction_count = at, place.interaction_count + 1
    customer = place.customer
    return Interaction(
        customer=customer, conversation=place, channel=channel, direction="out" if by else "in", kind="message",
        occurred_at=at, author=by, subject=place.subject if channel == "email" else "", words=words,
        language=customer.language if customer else "",
    )  # fmt: skip


def _write_down(said: list[Interaction]) -> None:
    """Save them and their conversations, and note about whom something was said."""
    Conversation.objects.bulk_create([each.conversation for each in said[::2] if each.conversation])
    Interaction.objects.bulk_create(said)
    touch(each.customer_id for each in said)


def _castelnuovo(story: Story) -> None:
    mira, davide = _cast("mg.castelnuovo"), story.made["users"]["Davide Ferrante"]
    noisy_at = _at_work(story, 12, 9, 30)
    grinder = opening.open_about("Grinder too loud at 7 am", mira, by=davide, at=noisy_at)
    _say(
        mira,
        grinder,
        "Il macinino alle sette sveglia la camera due. Così non va.",
        noisy_at,
        channel="phone",
        kind="call",
    )
    _say(
        mira, grinder, "Chiedo al tecnico di Salerno di portare la base di gomma.", noisy_at + timedelta(minutes=9),
        channel="phone", by=davide,
    )  # fmt: skip
    settling.complain(grinder, by=davide)
    said_at = _at_work(story, 9, 14, 20)
    place = opening.open_about("Decaf for the evening", mira, by=davide, at=said_at)
    _say(
        mira, place, "«Se mi manda un campione del decaffeinato prima di Pasqua, lo faccio provare agli ospiti.»",
        said_at, channel="phone", kind="call", seconds=364,
    )  # fmt: skip
    _say(
        mira, place, "Le mando due sacchetti da 250 g entro martedì e la richiamo giovedì.",
        said_at + timedelta(minutes=6), channel="phone", by=davide,
    )  # fmt: skip
    _promise(story, mira, "Send two 250 g bags of Notturno decaf", due_in=-2, by=davide, place=place, channel="post")
    _promise(
        story,
        mira,
        "Call back about the tasting",
        due_in=0,
        by=mira.keeper,
        place=place,
        kind="callback",
        channel="phone",
    )


def _zubiaurre(story: Story) -> None:
    inigo = _cast("inigo@")
    at = story.now - timedelta(hours=5)
    _waiting(story)
    place = opening.open_about("Lease of the second machine", inigo, by=inigo.keeper, at=at - timedelta(days=3))
    _say(inigo, place, "Os envío la propuesta a 36 meses.", at - timedelta(days=3), channel="email", by=inigo.keeper)
    _say(inigo, place, "¿Podemos bajar a 24 meses si añadimos el bar de la azotea?", at, channel="email")
    _promise(story, inigo, "Send the revised lease terms", due_in=-1, place=place, channel="email")


def _waiting(story: Story) -> None:
    """Two who wait for Chiara."""
    words = [
        (
            "gennaro@",
            "Decaf for the bar",
            "Possiamo avere il decaffeinato già da sabato? Abbiamo un gruppo di quaranta.",
        ),
        ("antonio@", "Consegna anticipata", "Ci serve la consegna mercoledì invece di venerdì, è possibile?"),
    ]
    for hours, (who, subject, said) in enumerate(words, 2):
        customer = _cast(who)
        at = story.now - timedelta(hours=hours * 2)
        place = opening.open_about(subject, customer, by=customer.keeper, at=at)
        _say(customer, place, said, at, channel="email")


def _saudade(story: Story) -> None:
    one, at = _cast("conceicao@"), story.now - timedelta(hours=2)
    place = opening.open_about("A moagem", one, by=one.keeper, at=at)
    _say(one, place, "A moagem ficou demasiado fina, podem ajustar antes do fim de semana?", at, channel="email")
    _promise(story, one, "Ask how the first week went", due_in=3, by=one.keeper, channel="phone")


def _rectory(story: Story) -> None:
    """A call 14 months ago that ended in a promise: when she writes again, the thread is there."""
    eleanor = _cast("eleanor@")
    at = story.now - timedelta(days=425)
    place = opening.open_about("Barista day", eleanor, by=eleanor.keeper, at=at)
    _say(
        eleanor,
        place,
        "If you ever run a barista day near Bath, I would send my two new starters.",
        at,
        channel="phone",
        kind="call",
        seconds=250,
    )
    _say(
        eleanor,
        place,
        "I will write to you when the next one is planned.",
        at + timedelta(minutes=4),
        channel="phone",
        by=eleanor.keeper,
    )
    _promise(
        story, eleanor, "Write to her when a barista day is planned near Bath", due_in=-60, place=place, channel="email"
    )


def _nobody(story: Story) -> None:
    at = story.now - timedelta(minutes=40)
    place = opening.open_about("Cialde compostabili", None, by=None, at=at)
    _say(
        None, place, "Buongiorno, fate anche cialde compostabili? Siamo un piccolo ufficio di Cava.", at,
        channel="email", address="ufficio@studiogreco.example",
    )  # fmt: skip


def _at_work(story: Story, days: int, hour: int, minute: int) -> datetime:
    """Return that hour, so many days ago, on a working day."""
    at = (story.now - timedelta(days=days)).replace(hour=hour, minute=minute, second=0)
    return at - timedelta(days=max(0, at.weekday() - 4))


def _by_day(at: datetime) -> datetime:
    """Return that moment, or the morning after the night in which it falls."""
    if 8 <= at.hour < 18:
        return at
    return (at + timedelta(days=at.hour >= 18)).replace(hour=9)


def _cast(email: str) -> Customer:
    return Customer.objects.select_related("keeper").get(contact_points__value__startswith=email)


def _say(
    customer: Customer | None, place: Conversation, words: str, at: datetime, *, channel: str, by: Any = None,
    kind: str = "message", seconds: int | None = None, address: str = "",
) -> Interaction:  # fmt: skip
    touch = noting.log(
        kind, words=words.strip("«»"), by=by, customer=customer, conversation=place, channel=channel,
        direction="out" if by else "in", subject=place.subject if channel == "email" else "", occurred_at=at,
        duration_seconds=seconds,
    )  # fmt: skip
    language = customer.language if customer else "it"
    Interaction.objects.filter(pk=touch.pk).update(language=language, from_address=address)
    return touch


def _promise(
    story: Story, customer: Customer, what: str, *, due_in: int, by: Any = None, place: Conversation | None = None,
    kind: str = "promise", channel: str = "",
) -> Task:  # fmt: skip
    day = days.of(story.now) + timedelta(days=due_in)
    return promising.make(
        what, customer=customer, due=day, by=by or customer.keeper, conversation=place, kind=kind, channel=channel,
        at=story.now + timedelta(days=min(0, due_in) - 7),
    )  # fmt: skip
