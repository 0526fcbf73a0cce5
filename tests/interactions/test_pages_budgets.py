"""How many queries the pages of this room take, however much there is; the numbers are in tests/budgets.json."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from interactions import ringing
from interactions.gateways.calls.contract import Ring, State
from interactions.models import Interaction
from staff.models import User
from tests import make
from tests.budgets import assert_within

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira(client):
    """A heavy customer of a busy colleague: 200 interactions, 30 who wait, 20 promises."""
    make.make_organisation()
    anna = make.make_anna(state=User.State.AVAILABLE)
    client.force_login(anna)
    mira = make.make_mira(keeper=anna)
    conversation = make.make_conversation(mira, owner=anna, their_words="Ciao", their_at=now(), their_channel="email")
    said = {"channel": "email", "direction": "in", "words": "Hello"}
    Interaction.objects.bulk_create(
        Interaction(customer=mira, conversation=conversation, occurred_at=now() - timedelta(days=number), **said)
        for number in range(200)
    )
    for number in range(30):
        rui = make.make_customer(f"Rui {number}", keeper=anna)
        at = now() - timedelta(hours=number + 1)
        make.make_conversation(rui, owner=anna, waiting_since=at, their_words="Olá", their_at=at, their_channel="email")
        if number < 20:
            make.make_task(rui, anna, due_in=-timedelta(days=1))
    mira.conversation = conversation
    return mira


def get(client, address, **headers):
    client.get(address, **headers)  # what is cached, is
    return lambda: client.get(address, **headers)


def test_pages_keep_their_budgets(client, mira):
    for name in ("today", "conversations", "promises", "console"):
        ask = get(client, reverse(f"interactions:{name}"))
        with assert_within(f"interactions:{name}"):
            assert ask().status_code == 200


def test_a_conversation_and_a_customer_with_200_interactions_keep_theirs(client, mira):
    for budget, page in (("interactions:conversation", mira.conversation), ("customers:page", mira)):
        ask = get(client, page.get_absolute_url())
        with assert_within(budget):
            assert ask().status_code == 200


def test_the_console_part_keeps_its_budget_from_ring_to_card(client, mira):
    ask = get(client, reverse("interactions:console_part") + "?version=0&body=0", HTTP_HX_REQUEST="true")
    with assert_within("interactions:console_part, nobody calling"):
        assert ask().status_code == 204
    ringing.ring(Ring("one", State.RINGING, "+390895550147", "", None, now()))
    with assert_within("interactions:console_part, ring to card"):
        assert ask().status_code == 200
