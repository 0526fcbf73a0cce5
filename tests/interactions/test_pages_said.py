"""Who said what, what waits and how much there is: as conversation, thread card and timeline word it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from interactions import thread, timeline
from interactions.models import Interaction
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    make.make_organisation(sender_name="Meridiana Coffee")
    anna = make.make_anna()
    client.force_login(anna)
    return anna


@pytest.fixture
def mira(anna):
    return make.make_mira(pronoun="she", keeper=anna)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def wrote(mira, anna, **fields):
    at = now() - timedelta(hours=3)
    fields = {"waiting_since": at, "their_at": at, "their_words": "When?", "their_channel": "email"} | fields
    conversation = make.make_conversation(mira, owner=anna, **fields)
    make.make_interaction(mira, conversation, words="When?", occurred_at=at, from_address="mira@example.com")
    return conversation


def test_a_campaigns_mail_is_signed_by_the_organisation_and_ours_by_its_author(client, anna, mira):
    conversation = wrote(mira, anna)
    make.make_interaction(mira, conversation, direction="out", words="Spring is here", origin="campaign")
    page = text(client.get(conversation.get_absolute_url()))
    assert "Meridiana Coffee" in page
    Interaction.objects.filter(direction="out").update(author=anna)
    assert "Meridiana Coffee" not in text(client.get(conversation.get_absolute_url()))


def test_an_answer_goes_to_their_best_address_when_they_wrote_from_none(client, anna, mira):
    conversation = wrote(mira, anna)
    Interaction.objects.update(from_address="")
    assert "mira@example.com" in text(client.get(conversation.get_absolute_url()))


def test_the_card_never_says_that_nothing_is_open_while_their_words_wait(client, anna, mira):
    conversation = wrote(mira, anna)
    page = text(client.get(conversation.get_absolute_url()))
    assert "Their words wait for our answer since" in page and "nothing is open" not in page
    settled = make.make_customer("Rui Teles", language="pt", keeper=anna)
    calm = wrote(settled, anna, waiting_since=None)
    assert "nothing is open" not in text(client.get(calm.get_absolute_url())), "this very conversation is open"
    milo = make.make_user("Milo", "marketing")
    assert thread.card(mira, milo).is_waiting and thread.card(mira, milo).waiting_since is None


def test_the_filters_count_all_or_none(client, anna, mira, monkeypatch):
    wrote(mira, anna)
    make.make_task(mira, anna)
    page = text(client.get(mira.get_absolute_url()))
    assert "Everything 2 Conversations 1 Promises 1 Purchases 0" in page
    monkeypatch.setattr(timeline, "_sources", dict(timeline._sources))
    timeline.source("letters", "Letters", "send")(lambda customer, window: [])
    page = text(client.get(mira.get_absolute_url()))
    assert "Everything Conversations Promises Purchases Letters" in page


def test_the_timeline_says_who_called_and_for_how_long(client, anna, mira):
    conversation = make.make_conversation(mira, owner=anna)
    at = now()
    for fields in ({"duration_seconds": 364}, {"direction": "out"}):
        make.make_interaction(mira, conversation, channel="phone", kind="call", occurred_at=at, **fields)
    make.make_interaction(mira, conversation, channel="phone", direction="out", occurred_at=at)
    page = text(client.get(reverse("customers:page", args=[mira.pk])))
    assert "She called, 6 min" in page and "We called" in page and "We said, on the phone" in page
