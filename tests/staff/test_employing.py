"""Access is taken away at once and everywhere; somebody always keeps the keys."""

import pytest
from django.conf import settings

from staff import employing
from staff.models import User
from staff.roles import Role
from tests.make import PASSWORD, make_anna, make_customer, make_team, make_user

pytestmark = pytest.mark.django_db
PROFILE = "/settings/profile/"


@pytest.fixture
def giulia():
    return make_user("Giulia", Role.ADMINISTRATOR)


def test_taking_access_away_signs_out_everywhere(client, giulia):
    anna = make_anna()
    client.force_login(anna)
    assert client.get(PROFILE).status_code == 200
    employing.deactivate(anna, by=giulia)
    assert client.get(PROFILE).status_code == 302
    assert client.post("/accounts/login/", {"login": anna.email, "password": PASSWORD}).url != "/"
    assert client.get(PROFILE).status_code == 302


def test_access_given_again_does_not_wake_old_sessions(client, giulia):
    anna = make_anna()
    client.force_login(anna)
    employing.deactivate(anna, by=giulia)
    employing.reactivate(anna, by=giulia)
    assert client.get(PROFILE).status_code == 302
    client.post("/accounts/login/", {"login": anna.email, "password": PASSWORD})
    assert client.get(PROFILE).status_code == 200


def test_signing_out_elsewhere_keeps_this_device(client, django_user_model):
    anna = make_anna()
    other = type(client)()
    client.force_login(anna)
    other.force_login(anna)
    client.post("/settings/profile/other-sessions/end/")
    assert client.get(PROFILE).status_code == 200
    assert other.get(PROFILE).status_code == 302


def test_the_last_administrator_stays_one(giulia):
    with pytest.raises(employing.LastAdministrator):
        employing.change(giulia, by=giulia, role=Role.SALES, team=None)
    with pytest.raises(employing.LastAdministrator):
        employing.deactivate(giulia, by=make_anna())
    second = make_user("Gino", Role.ADMINISTRATOR)
    employing.change(giulia, by=second, role=Role.SALES, team=None)
    assert User.objects.get(pk=giulia.pk).role == Role.SALES


def test_nobody_takes_away_their_own_access(giulia):
    make_user("Gino", Role.ADMINISTRATOR)
    with pytest.raises(employing.NotYourself):
        employing.deactivate(giulia, by=giulia)


def test_a_team_with_customers_is_not_dissolved():
    team = make_team("Toscana")
    make_customer(team=team)
    with pytest.raises(employing.StillNeeded):
        employing.dissolve(team)


def test_people_of_the_demo_company_never_come_in_in_production(client, monkeypatch):
    anna = make_anna(is_demo=True)
    client.force_login(anna)
    assert client.get(PROFILE).status_code == 200
    monkeypatch.setattr(settings, "PRODUCTION", True)
    assert client.get(PROFILE).status_code == 302
