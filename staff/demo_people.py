"""The people of Meridiana, the demo company. Their password is public, so production never lets them in."""

from django.contrib.auth.hashers import make_password

from staff.models import Organisation, Team, User
from staff.roles import Role

PASSWORD = "meridiana demo"  # nosec B105
TEAMS = ("Campania", "Spain and Portugal", "Care desk", "Office")
PEOPLE = [  # name, e-mail, role, team, language; the first is the one that the runner names first
    ("Chiara Moretti", "chiara.moretti", Role.SALES, "Campania", "en"),
    ("Irene Vallone", "irene.vallone", Role.AGENT, "Care desk", "en"),
    ("Ainhoa Lasa", "ainhoa.lasa", Role.SALES, "Spain and Portugal", "en"),
    ("Paulo Nunes", "paulo.nunes", Role.SALES, "Spain and Portugal", "en"),
    ("Davide Ferrante", "davide.ferrante", Role.AGENT, "Care desk", "it"),
    ("Elena Ricci", "elena.ricci", Role.MARKETING, "Office", "en"),
    ("Marco Esposito", "marco.esposito", Role.MANAGER, "Campania", "it"),
    ("Giulia Sartori", "giulia.sartori", Role.ADMINISTRATOR, "Office", "en"),
]
DOMAIN = "meridiana.example"
ZONES = {"Ainhoa Lasa": "Europe/Madrid", "Paulo Nunes": "Europe/Lisbon"}


def demo_people() -> list[tuple[str, str, str, str]]:
    """Return [(name, e-mail, role, password)] of everybody who may try the demo."""
    return [(name, f"{local}@{DOMAIN}", role.value, PASSWORD) for name, local, role, _team, _language in PEOPLE]


def make() -> tuple[dict[str, Team], dict[str, User]]:
    """Make Meridiana and its people, or find them; return teams and users by name."""
    Organisation.objects.get_or_create(pk=1, defaults=_meridiana())
    teams = {name: Team.objects.get_or_create(name=name)[0] for name in TEAMS}
    password = make_password(PASSWORD)  # slow on purpose, so once for all of them
    return teams, {row[0]: _person(teams, password, *row) for row in PEOPLE}


def _person(teams: dict[str, Team], password: str, name: str, local: str, role: Role, team: str, language: str) -> User:
    email = f"{local}@{DOMAIN}"
    if user := User.objects.filter(email=email).first():
        return user
    zone = ZONES.get(name, "Europe/Rome")
    return User.objects.create(
        email=email, password=password, name=name, role=role, team=teams[team], language=language, time_zone=zone,
        is_demo=True,
    )  # fmt: skip


def _meridiana() -> dict:
    return {
        "name": "Meridiana",
        "legal_name": "Meridiana Torrefazione S.r.l.",
        "legal_number": "IT04567890652",
        "postal_address": "Via dei Limoni 12\n84011 Amalfi (SA)\nItaly",
        "country": "IT",
        "currency": "EUR",
        "time_zone": "Europe/Rome",
        "languages": ["it", "es", "pt", "en"],
        "sender_name": "Meridiana",
        "sender_email": f"ciao@{DOMAIN}",
        "website": f"https://{DOMAIN}",
        "is_demo": True,
    }
