"""Giulia invites Nadia; the link opens once, for three days."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils.timezone import now

from crm.events.models import Event
from staff import joining
from staff.models import Invitation, User
from staff.roles import Role
from tests.make import make_organisation, make_team, make_user
from tests.racing import held

pytestmark = pytest.mark.django_db
CHOSEN = {"name": "Nadia Greco", "password": "a quite long sentence"}


@pytest.fixture
def giulia():
    make_organisation()
    return make_user("Giulia", Role.ADMINISTRATOR)


@pytest.fixture
def invitation(giulia):
    return joining.invite("Nadia@Meridiana.example", role=Role.SALES, team=make_team(), by=giulia)


def path(invitation):
    return joining.link(invitation).split("localhost:8000")[1]


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_from_invitation_to_the_first_page(client, giulia, run_jobs):
    client.force_login(giulia)
    client.post("/settings/people/invite/", {"email": "nadia@meridiana.example", "role": "sales"})
    run_jobs()
    letter = mail.outbox[0]
    assert letter.to == ["nadia@meridiana.example"]
    assert letter.subject == "Meridiana invites you to Filo"
    link = re.search(r"http://localhost:8000(/join/\S+)", letter.body).group(1)
    client.logout()
    assert "nadia@meridiana.example" in client.get(link).content.decode()
    assert client.post(link, CHOSEN).url == "/"
    nadia = User.objects.get(email="nadia@meridiana.example")
    assert client.session["_auth_user_id"] == str(nadia.pk)
    assert nadia.name == "Nadia Greco"
    assert nadia.check_password(CHOSEN["password"])
    assert Event.objects.filter(kind="user.joined", about_id=nadia.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_one_at_the_same_moment_the_second_is_told_so(giulia):
    def invite():
        return joining.invite("nadia@meridiana.example", role=Role.SALES, by=giulia)

    with held(invite) as start:
        second = start(invite)
    with pytest.raises(joining.AlreadyHere, match="nadia@meridiana.example works here already, or was invited"):
        second.result()
    assert Invitation.objects.count() == 1


def test_the_link_opens_once(client, invitation):
    client.post(path(invitation), CHOSEN)
    client.logout()
    assert client.get(path(invitation)).status_code == 410
    assert client.post(path(invitation), {"name": "Mallory", "password": "another long sentence"}).status_code == 410
    assert User.objects.get(pk=invitation.user_id).name == "Nadia Greco"


def test_the_link_expires_after_three_days(client, invitation):
    with time_machine.travel(now() + timedelta(days=2, hours=23)):
        assert client.get(path(invitation)).status_code == 200
    with time_machine.travel(now() + timedelta(days=3, minutes=1)):
        assert client.get(path(invitation)).status_code == 410


def test_a_damaged_link_opens_nothing(client, invitation):
    assert client.get(path(invitation)[:-3] + "xx/").status_code == 410


def test_a_new_link_replaces_the_old_one(client, invitation, giulia):
    old = path(invitation)
    with time_machine.travel(now() + timedelta(days=1)):
        joining.invite_again(invitation, by=giulia)
        assert client.get(old).status_code == 410
        assert client.get(path(invitation)).status_code == 200


def test_a_short_password_is_refused_and_the_link_still_works(client, invitation):
    answer = client.post(path(invitation), {"name": "Nadia", "password": "short"})
    assert answer.status_code == 422
    assert "at least 12 characters" in answer.content.decode()
    assert client.post(path(invitation), CHOSEN).status_code == 302


def test_nobody_signs_in_before_they_joined(client, invitation):
    client.post("/accounts/login/", {"login": invitation.user.email, "password": "anything at all"})
    assert "_auth_user_id" not in client.session


def test_somebody_who_works_here_is_not_invited_again(client, invitation, giulia):
    client.force_login(giulia)
    answer = client.post("/settings/people/invite/", {"email": "NADIA@meridiana.example", "role": "sales"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "nadia@meridiana.example works here already" in page
    assert 'value="NADIA@meridiana.example"' in page
    assert Invitation.objects.count() == 1


def test_an_unused_invitation_can_be_withdrawn(client, invitation, giulia):
    link = path(invitation)
    client.force_login(giulia)
    client.post(f"/settings/people/{invitation.user_id}/invitation/withdrawal/")
    client.logout()
    assert client.get(link).status_code == 410
    assert not User.objects.filter(email="nadia@meridiana.example").exists()


def test_who_has_joined_is_neither_withdrawn_nor_invited_again(client, invitation, giulia):
    client.post(path(invitation), CHOSEN)
    client.force_login(giulia)
    for deed in ("invitation/", "invitation/withdrawal/"):
        assert client.post(f"/settings/people/{invitation.user_id}/{deed}").status_code == 410
    assert User.objects.filter(pk=invitation.user_id, is_active=True).exists()


def test_nobody_is_given_access_again_who_never_joined(client, invitation, giulia):
    client.force_login(giulia)
    assert client.post(f"/settings/people/{invitation.user_id}/reactivation/").status_code == 404
