"""Nothing lies with somebody who cannot see it: who left, or may not read what customers say."""

import pytest
from django.urls import reverse

from interactions import moving
from interactions.conversations import settling
from interactions.models import Conversation, Task
from staff import employing
from staff.roles import Role
from tests import make
from tests.interactions.postman import mail, receive
from tests.interactions.switchboard import ring

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["left", "marketing"])
def nobody(request):
    """A colleague of the team Toscana who cannot read conversations any more."""
    make.make_organisation()
    boss, clara = make.make_user("Rosa", Role.ADMINISTRATOR), make.make_clara()
    if request.param == "left":
        employing.deactivate(clara, by=boss)
    else:
        employing.change(clara, by=boss, role=Role.MARKETING, team=clara.team)
    return clara


@pytest.fixture
def mira(nobody):
    return make.make_mira(keeper=nobody)


def test_what_her_customers_write_waits_for_her_team(client, nobody, mira):
    place = receive(mail()).conversation
    assert (place.owner, place.team) == (None, nobody.team)
    client.force_login(make.make_boris(team=nobody.team))
    assert place.subject in client.get(reverse("interactions:conversations"), {"whose": "nobody"}).content.decode()


def test_so_does_a_call_that_rang_at_her(nobody, mira):
    ring(agent=nobody)
    ring("ended")
    place = Conversation.objects.get()
    assert (place.owner, place.team) == (None, nobody.team)
    assert Task.objects.get().owner is None


def test_a_call_that_rings_at_her_rings_at_all(client, nobody, mira):
    anna = make.make_anna(state="available")
    assert ring(agent=nobody).agent is None
    client.force_login(anna)
    assert "Mira" in client.get(reverse("interactions:console")).content.decode()


def test_what_is_recognised_as_her_customers_is_not_given_to_her(nobody, mira):
    anna = make.make_anna()
    place = receive(mail("stranger@posta.example")).conversation
    moving.belongs_to(place, mira, by=anna)
    place.refresh_from_db()
    assert (place.customer, place.owner) == (mira, None)
    theirs = make.make_conversation(owner=anna)
    moving.belongs_to(theirs, mira, by=anna)
    theirs.refresh_from_db()
    assert theirs.owner == anna


def test_nobody_can_hand_it_to_her(nobody, mira):
    place = make.make_conversation(mira)
    with pytest.raises(settling.MayNotOwn, match="Clara may not open conversations"):
        settling.give(place, by=make.make_anna(), to=nobody)
    place.refresh_from_db()
    assert place.owner is None
