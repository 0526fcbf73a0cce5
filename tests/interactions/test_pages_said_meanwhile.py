"""Whoever answers or settles has read all that they said: what came since the page was drawn is read first."""

import re
from html import unescape

import pytest
from django.urls import reverse

from interactions.models import Message
from tests import make
from tests.interactions.postman import mail, receive
from tests.permuting import rarely

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna()
    client.force_login(anna)
    return anna


@pytest.fixture
def place(anna):
    """A mail of Mira's that waits for Anna's answer."""
    make.make_mira(keeper=anna)
    return receive(mail()).conversation


def heard(client, place, form):
    """Return up to where the page of a conversation shows what they said, as one of its forms sends it."""
    page = client.get(place.get_absolute_url()).content.decode()
    address = reverse(f"interactions:{form}", args=[place.pk])
    found = re.search(rf'action="{address}".*?name="heard" value="([^"]*)"', page, re.DOTALL)
    return unescape(found[1])


def another(place):
    """Mira writes again, into the same matter."""
    first = place.interactions.earliest("pk")
    return receive(mail(words="And two bags of decaf?", In_Reply_To=f"<{first.message_ref}>"))


def answer(client, place, seen, **said):
    said = {"kind": "send", "channel": "email", "words": "We come on Monday.", "heard": seen, **said}
    return client.post(reverse("interactions:words", args=[place.pk]), said)


@pytest.mark.parametrize("then", ["settle", *rarely("")])
def test_an_answer_to_less_than_they_said_does_not_leave(client, place, then):
    seen = heard(client, place, "words")
    another(place)
    refused = answer(client, place, seen, then=then)
    assert refused.status_code == 409 and "said something more meanwhile" in refused.content.decode()
    place.refresh_from_db()
    assert not Message.objects.exists() and place.is_open and place.waiting_since
    assert answer(client, place, heard(client, place, "words"), then=then).status_code == 302
    place.refresh_from_db()
    assert Message.objects.count() == 1 and place.waiting_since is None and place.is_open != bool(then)


def test_nobody_settles_words_that_they_have_not_seen(client, place):
    seen, address = heard(client, place, "settlement"), reverse("interactions:settlement", args=[place.pk])
    another(place)
    assert client.post(address, {"heard": seen}).status_code == 409
    place.refresh_from_db()
    assert place.is_open and place.waiting_since
    assert client.post(address, {"heard": heard(client, place, "settlement")}).status_code == 302


def test_the_notice_offers_to_load_the_page_again(client, place):
    seen, page = heard(client, place, "words"), place.get_absolute_url()
    another(place)
    said = {"kind": "send", "channel": "email", "words": "We come.", "heard": seen}
    headers = {"hx-request": "true", "hx-current-url": f"http://testserver{page}"}
    notice = client.post(reverse("interactions:words", args=[place.pk]), said, headers=headers)
    assert notice["HX-Retarget"] == "#notices" and f'href="{page}"' in notice.content.decode()


def test_our_own_note_is_nothing_that_they_said(client, anna, place):
    seen = heard(client, place, "words")
    client.post(
        reverse("interactions:words", args=[place.pk]), {"kind": "log", "channel": "note", "words": "Ask the roastery."}
    )
    assert answer(client, place, seen).status_code == 302
