"""Whoever a page offers as a colleague is taken when chosen; who may not have it is not offered."""

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from interactions import ringing
from interactions.models import Call
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna()
    client.force_login(anna)
    return anna


def a_conversation(client, anna):
    conversation = make.make_conversation(make.make_mira(), owner=anna, waiting_since=now())
    deed = reverse("interactions:owner", args=[conversation.pk])
    return conversation.get_absolute_url(), lambda to: client.post(deed, {"to": to.pk})


def a_promise_to_hand(client, anna):
    task = make.make_task(make.make_mira(), anna)
    deed = reverse("interactions:handing", args=[task.pk])
    return reverse("interactions:colleagues"), lambda to: client.post(deed, {"to": to.pk})


def a_new_promise(client, anna):
    said = {"what": "Send two samples", "day": localdate().isoformat()}
    page = reverse("interactions:promise_new")
    return page, lambda to: client.post(page, {**said, "owner": to.pk})


def a_call_to_finish(client, anna):
    call = ringing.dial(make.make_mira().contact_points.get(channel="phone").value, by=anna, direction="in")
    said = {"outcome": "answered", "promise": "Send two samples", "promise_day": localdate().isoformat()}
    deed = reverse("interactions:finish", args=[call.pk])
    assert Call.objects.in_hand_of(anna).exists()
    return reverse("interactions:console"), lambda to: client.post(deed, {**said, "owner": to.pk})


@pytest.mark.parametrize("place", [a_conversation, a_promise_to_hand, a_new_promise, a_call_to_finish])
def test_who_is_offered_is_taken_and_who_may_not_have_it_is_neither(client, anna, place):
    boris = make.make_user("Boris Bassi", Role.MANAGER, anna.team)
    refused = [make.make_user("Mara Monti", Role.MARKETING), make.make_user("Gina Gone", is_active=False)]
    page, give_to = place(client, anna)
    offered = client.get(page).content.decode()
    assert "Boris Bassi" in offered
    assert [one.name for one in refused if one.name in offered] == []
    assert [give_to(one).status_code for one in refused] == [422, 422]
    assert give_to(boris).status_code == 302
