import pytest
from django.conf import settings as ours
from django.core import checks

from crm.checks import no_demo_people, production_is_complete, proxies_are_counted
from tests.make import make_user

DEMO = ours.DEMO
COMPLETE = {
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "crm.example.com",
    "EMAIL_URL": "smtp+tls://u:p@mail.example.com:587",
    "PUBLIC_URL": "https://crm.example.com",
    "HOOK_SECRET": "whsec_c2VjcmV0",
    "MAIL_DOMAIN": "crm.example.com",
    "DATABASE_URL": "postgres://filo@db/filo",
    "REDIS_URL": "redis://broker/0",
}


@pytest.fixture
def production(settings, monkeypatch):
    """A complete production environment; a test takes one thing away."""
    settings.PRODUCTION, settings.FILO_EMBEDDED_DATABASE = True, False
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def found():
    return [each.id for each in production_is_complete(None)]


def test_a_complete_production_is_accepted(production):
    assert found() == []


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "SECRET_KEY"])
def test_production_demands(production, name):
    production.delenv(name)
    assert found() == [f"filo.E_{name}"]


@pytest.mark.parametrize("secret", ["", "short", "a demo secret, refused in production"])
def test_production_refuses_a_secret_that_is_none(production, secret):
    production.setenv("SECRET_KEY", secret)
    assert found() == ["filo.E001"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOOK_SECRET", DEMO["HOOK_SECRET"]),
        ("HOOK_SECRET", DEMO["HOOK_SECRET"].removeprefix("whsec_")),
        ("HOOK_SECRET", f"whsec_c2VjcmV0 {DEMO['HOOK_SECRET']}"),  # the old one beside the new one
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "crm.example.com, *"),
        ("PUBLIC_URL", "http://localhost:8000/"),
        ("EMAIL_URL", "smtp://127.0.0.1:2525"),
        ("MAIL_DOMAIN", "meridiana.example"),
    ],
)
def test_production_refuses_what_the_demo_does_without_being_told(production, name, value):
    production.setenv(name, value)
    assert found() == [f"filo.E_{name}"]


def test_every_default_of_the_demo_is_one_that_production_refuses(production, settings):
    for name, value in settings.DEMO.items():
        production.setenv(name, value)
    assert len(found()) == len(settings.DEMO)


def test_a_proxy_that_is_not_counted_is_a_warning_and_no_refusal(settings):
    settings.BEHIND_PROXY, settings.ALLAUTH_TRUSTED_PROXY_COUNT = True, 0
    warned = proxies_are_counted(None)
    assert [each.id for each in warned] == ["filo.W001"] and not warned[0].is_serious()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert proxies_are_counted(None) == []


def test_the_embedded_database_is_accepted_when_asked_for_by_name(production, settings):
    production.delenv("DATABASE_URL")
    production.delenv("REDIS_URL")
    settings.FILO_EMBEDDED_DATABASE = True
    assert found() == []


def test_production_refuses_demo_people(production, db):
    assert no_demo_people(None, databases=["default"]) == []
    anna = make_user("Anna", is_demo=True)
    refused = no_demo_people(None, databases=["default"])
    assert [each.id for each in refused] == ["filo.E010"] and refused[0].level == checks.ERROR
    anna.is_active = False
    anna.save()
    assert no_demo_people(None, databases=["default"]) == []


def test_the_demo_demands_nothing(settings, monkeypatch):
    settings.PRODUCTION = False
    for name in COMPLETE:
        monkeypatch.delenv(name, raising=False)
    assert found() == []
