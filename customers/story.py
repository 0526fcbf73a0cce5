"""The customers of Meridiana: inns, cafés and hotels with their people, households, persons alone."""

from datetime import timedelta
from random import Random

from crm.demo import AlreadyTold, Story
from customers import intake
from customers.cleaning import Allowed, Person
from customers.identity.normalise import fold
from customers.models import Customer, CustomField

SYSTEM = "shop"  # whose numbers our references are
NAMES = {
    "it": (
        "Gennaro Ottavia Lucia Pietro Rosa Salvatore Assunta Carmine Immacolata Raffaele Teresa Ciro Filomena Nicola Anna".split(),
        "Esposito Buonocore Amendola Gargano Cretella Proto Apicella Ruocco Cuomo Fusco Milano Savo Sorrentino Pietra".split(),
        "Amalfi Ravello Positano Maiori Salerno Napoli Minori Cetara Praiano Sorrento".split(),
    ),
    "es": (
        "Mercè Ana Íker Nerea Jordi Lucía Andoni Carmen Pablo Itziar Rosario Xabier".split(),
        "Puigdomènech Fernández Etxeberria Rovira Goikoetxea Ureña Lasarte Ibáñez Núñez Castell".split(),
        "Bilbao Donostia Girona Cádiz Getaria Sevilla Valencia".split(),
    ),
    "pt": (
        "Conceição Rui Beatriz Tiago Inês Duarte Leonor Vasco Mafalda Gonçalo".split(),
        "Albuquerque Teles Meneses Vale Coelho Rocha Araújo Figueiredo Brandão".split(),
        "Porto Lisboa Aveiro Setúbal Braga Évora Ovar".split(),
    ),
    "en": (
        "Eleanor Tom Harriet Archibald Imogen Oliver Florence Hugh Beatrice".split(),
        "Whitcombe Hughes Featherstone Lloyd Ashby Pemberton Marlowe Thorne".split(),
        "Bath York Oxford Rye Ludlow Whitby".split(),
    ),
}
COUNTRY = {"it": "IT", "es": "ES", "pt": "PT", "en": "GB"}
BUSINESSES = {
    "it": [("Locanda", "inn"), ("Pasticceria", "pastry shop"), ("B&B", "inn"), ("Albergo", "hotel"), ("Bar", "café")],
    "es": [("Hostal", "inn"), ("Hotel", "hotel"), ("Cafetería", "café")],
    "pt": [("Pensão", "inn"), ("Café", "café"), ("Quinta", "inn")],
    "en": [("The Old", "inn"), ("House of", "café")],
}
CALLED = "Glicine Ortensie Marina Riviera Limoneto Zafferano Vela Faro Mirto Ginestra Corallo Torre Cala Sirena Loggia Pergola".split()
TEXTED = 3  # one in so many was asked about text messages too
CAST = [  # (name, first, last, pronoun, language, town, company, role, e-mail, phones, allows offers)
    ("Maria Giovanna", "Castelnuovo-Tedesco", "she", "it", "Ravello", "Locanda del Glicine", "Owner",
     "mg.castelnuovo@locandadelglicine.example", ["+39 089 555 0147", "+39 333 555 0192"], True),
    ("Íñigo", "Etxeberria Goikoetxea", "he", "es", "Bilbao", "Hotel Zubiaurre", "Manager",
     "inigo@zubiaurre.example", ["+34 944 123 456"], True),
    ("Conceição", "Albuquerque d’Orey", "she", "pt", "Porto", "Café Saudade", "Owner",
     "conceicao@cafesaudade.example", ["+351 912 345 678"], True),
    ("Eleanor", "Whitcombe-Hughes", "she", "en", "Bath", "The Old Rectory", "Owner",
     "eleanor@oldrectory.example", ["+44 1225 496 077"], True),
    ("Gennaro", "Esposito Buonocore", "he", "it", "Amalfi", "Hotel Marina Riviera", "Night porter",
     "gennaro@marinariviera.example", ["+39 089 555 0160"], True),
    ("Rui", "Teles de Meneses", "he", "pt", "Aveiro", "Pensão Beira-Mar", "Owner",
     "rui@beiramar.example", ["+351 913 222 111"], None),
    ("Ottavia", "dell’Orto", "she", "it", "Positano", "B&B Le Ortensie", "Owner",
     "ottavia@leortensie.example", ["+39 089 555 0171"], False),
    ("Antonio", "Scognamiglio", "he", "it", "Napoli", "Pasticceria Fratelli Scognamiglio", "Pastry chef",
     "antonio@scognamiglio.example", ["+39 081 555 0180"], True),
    ("Luigi", "Scognamiglio", "he", "it", "Napoli", "Pasticceria Fratelli Scognamiglio", "Accounts",
     "luigi@scognamiglio.example", ["+39 081 555 0180"], None),
    ("Carmela", "Scognamiglio", "she", "it", "Napoli", "Pasticceria Fratelli Scognamiglio", "Counter",
     "carmela@scognamiglio.example", ["+39 081 555 0180"], True),
]  # fmt: skip


def tell(story: Story) -> None:
    """Register them through the one door. Raises AlreadyTold."""
    if Customer.objects.filter(source="demo").exists():
        raise AlreadyTold
    _fields()
    people = [*_cast(story), *_others(story)]
    keepers = _keepers(story)
    for person in people:
        person.keeper_id, person.team_id = keepers[person.country]
    companies: dict[str, Person] = {}
    for person in people:
        if person.company and person.company not in companies:
            companies[person.company] = _company(story.dice, person)
    at = story.now - timedelta(days=1_095)
    intake.register_many(list(companies.values()), source="demo", system=SYSTEM, country="IT", at=at)
    intake.register_many(people, source="demo", system=SYSTEM, country="IT", at=at)
    for number, pk in enumerate(Customer.objects.order_by("pk").values_list("pk", flat=True)):
        known_for = timedelta(days=story.dice.randint(20, 1_090))
        Customer.objects.filter(pk=pk).update(
            created_at=story.now - known_for if number % 5 else story.now - known_for / 30
        )
    story.say(f"    {Customer.objects.count()} customers")


def _fields() -> None:
    for position, (key, label, kind, choices) in enumerate(
        [
            ("business", "Business", "choice", ["inn", "hotel", "café", "pastry shop", "home"]),
            ("machine", "Machine", "text", []),
            ("kilos_a_month", "Kilos a month", "number", []),
        ]
    ):
        CustomField.objects.get_or_create(
            key=key, defaults={"label": label, "kind": kind, "choices": choices, "position": position}
        )


def _keepers(story: Story) -> dict[str, tuple[int, int]]:
    users, teams = story.made["users"], story.made["teams"]
    campania = (users["Chiara Moretti"].pk, teams["Campania"].pk)
    iberia = teams["Spain and Portugal"].pk
    return {
        "IT": campania,
        "GB": campania,
        "ES": (users["Ainhoa Lasa"].pk, iberia),
        "PT": (users["Paulo Nunes"].pk, iberia),
    }


def _cast(story: Story) -> list[Person]:
    return [
        Person(
            reference=f"M{number:04}", first_name=first, last_name=last, pronoun=pronoun, language=language,
            country=COUNTRY[language], city=town, company=company, role=role, emails=[email], phones=phones,
            allowed=_says(email, allows, story, by_text=number % TEXTED == 0),
        )
        for number, (first, last, pronoun, language, town, company, role, email, phones, allows) in enumerate(CAST, 1)
    ]  # fmt: skip


def _others(story: Story) -> list[Person]:
    """Yield people of further companies, of households, and alone, until there are as many customers as asked for."""
    dice, number = story.dice, len(CAST)
    people: list[Person] = []
    companies = {row[5] for row in CAST}
    while len(people) + len(companies) < story.customers - len(CAST):
        number += 1
        language = dice.choices(list(NAMES), weights=[55, 18, 15, 12])[0]
        one = _person(dice, language, number, story)
        chance = dice.random()
        if chance < 0.55:
            one.company = _called(dice, language, one.city) if chance < 0.4 or not people else ""
            one.company = one.company or dice.choice([p.company for p in people[-12:]] + [""])
            one.role = dice.choice(["Owner", "Manager", "Barista", "Accounts"]) if one.company else ""
            companies.add(one.company)
        people.append(one)
    return people


def _person(dice: Random, language: str, number: int, story: Story) -> Person:
    firsts, lasts, towns = NAMES[language]
    first, last = dice.choice(firsts), dice.choice(lasts)
    email = f"{fold(first)}.{fold(last).replace(' ', '')}{number}@{dice.choice(['posta', 'mail', 'correio'])}.example"
    phone = {
        "it": f"+39 33{dice.randint(0, 9)} {dice.randint(200, 999)} {number:04}",
        "es": f"+34 6{dice.randint(10, 99)} {dice.randint(100, 999)} {number:03}",
        "pt": f"+351 91{dice.randint(0, 9)} {dice.randint(100, 999)} {number:03}",
        "en": f"+44 7400 {dice.randint(10, 99)}{number:04}",
    }[language]
    return Person(
        reference=f"M{number:04}", first_name=first, last_name=last, language=language, country=COUNTRY[language],
        city=dice.choice(towns), emails=[email] if dice.random() < 0.93 else [],
        phones=[phone] if dice.random() < 0.82 else [],
        born_on=None if dice.random() < 0.6 else f"{dice.randint(1948, 2002)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        custom={"business": "home"} if dice.random() < 0.2 else {},
        allowed=_says(
            email, dice.choices([True, False, None], weights=[62, 10, 28])[0], story, by_text=number % TEXTED == 0
        ),
    )  # fmt: skip


def _says(email: str, allows: bool | None, story: Story, *, by_text: bool) -> list[Allowed]:
    if allows is None:
        return []
    at = story.now - timedelta(days=story.dice.randint(30, 900))
    said = [Allowed("offers", "email", allows, at=at, proof="Order form")]
    if story.dice.random() < 0.25:
        said.append(Allowed("surveys", "email", story.dice.random() < 0.7, at=at, proof="Order form"))
    if by_text:  # the dice fall as they did: nobody else's life changes
        said.append(Allowed("offers", "sms", allows, at=at, proof="Order form"))
    return said


def _company(dice: Random, person: Person) -> Person:
    kind = next((b for word, b in BUSINESSES[person.language] if person.company.startswith(word)), "café")
    return Person(
        reference=f"C{person.reference}", kind="company", name=person.company, language=person.language,
        country=person.country, city=person.city, keeper_id=person.keeper_id, team_id=person.team_id,
        custom={"business": kind, "machine": dice.choice(["Faema E61", "La Marzocco Linea", "Victoria Arduino"]),
                "kilos_a_month": dice.randint(4, 60)},
    )  # fmt: skip


def _called(dice: Random, language: str, town: str) -> str:
    word, _business = dice.choice(BUSINESSES[language])
    return f"{word} {dice.choice(CALLED)} {town}" if language != "en" else f"{word} {dice.choice(CALLED)}, {town}"
