"""An installation begins: manage.py setup."""

import io

import pytest
from django.core.management import CommandError, call_command

from staff.models import Organisation, User
from staff.roles import Role

pytestmark = pytest.mark.django_db
PASSWORD = "a quite long sentence"
OPTIONS = {
    "name": "Filanda",
    "legal_name": "Filanda S.p.A.",
    "postal_address": "Via Roma 1, Como",
    "country": "IT",
    "languages": "it, en",
    "sender_name": "Filanda",
    "sender_email": "ciao@filanda.example",
    "admin_name": "Giulia Sartori",
    "admin_email": "Giulia@Filanda.example",
}


@pytest.fixture
def typed(monkeypatch):
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def set_up(**changed):
    call_command("setup", **{**OPTIONS, **changed}, admin_password_stdin=True, stdout=io.StringIO())


def test_it_makes_the_organisation_and_its_administrator(typed, client):
    typed(PASSWORD)
    set_up()
    ours = Organisation.current()
    assert (ours.name, ours.languages, ours.currency) == ("Filanda", ["it", "en"], "EUR")
    giulia = User.objects.get(email="giulia@filanda.example")
    assert giulia.role == Role.ADMINISTRATOR
    assert client.post("/accounts/login/", {"login": giulia.email, "password": PASSWORD}).url == "/"


def test_it_refuses_when_it_is_done(typed):
    typed(PASSWORD)
    set_up()
    typed(PASSWORD)
    with pytest.raises(CommandError, match="has an organisation and an administrator"):
        set_up(admin_email="other@filanda.example")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"country": "XX"}, "--country"),
        ({"time_zone": "Mars/Olympus"}, "--time-zone"),
        ({"languages": "it, tlh"}, "--languages"),
        ({"sender_email": "nobody"}, "--sender-email"),
        ({"admin_email": "nobody"}, "--admin-email"),
        ({"legal_name": None}, "--legal-name is missing"),
    ],
)
def test_it_names_the_option_that_is_wrong(typed, changed, words):
    typed(PASSWORD)
    with pytest.raises(CommandError, match=words):
        set_up(**changed)
    assert not Organisation.objects.exists()


def test_it_names_only_options_that_there_are(typed):
    typed(PASSWORD)
    with pytest.raises(CommandError) as refused:
        set_up(languages="klingon")
    assert "--languages" in str(refused.value) and "--fallback" not in str(refused.value)


def test_it_refuses_a_weak_password(typed):
    typed("password1234")
    with pytest.raises(CommandError, match="too common"):
        set_up()
    assert not User.objects.exists()


def test_without_a_terminal_the_password_must_come_by_standard_input(typed):
    typed("")
    with pytest.raises(CommandError, match="admin-password-stdin"):
        call_command("setup", **OPTIONS)
