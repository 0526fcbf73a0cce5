"""What holds for a mail that is written in the composer holds for a text message."""

import pytest
from django.urls import reverse

from interactions.models import Interaction, Message
from tests import make
from tests.interactions.texting import MIRAS, OURS, Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(client, provider, anna):
    make.make_organisation()
    client.force_login(anna)
    make.make_customer("Mira Kovač", phone=MIRAS, keeper=anna)
    return Phone(client, provider)


def test_it_goes_where_the_page_showed_to_who_was_read_once(client, anna, phone, monkeypatch):
    place = phone.write("Can you come on Monday?").conversation
    page = client.get(place.get_absolute_url()).content.decode()
    assert f'name="shown_to" value="{MIRAS}"' in page and 'name="channel" value="sms"' in page
    seen, address = place.heard, reverse("interactions:words", args=[place.pk])
    said = {"kind": "send", "channel": "sms", "words": "We come\r\non Monday.", "shown_to": MIRAS, "heard": seen}
    phone.write("Or on Tuesday?")
    assert client.post(address, said).status_code == 409, "she wrote more meanwhile"
    place.refresh_from_db()
    said["heard"] = place.heard
    elsewhere = client.post(address, {**said, "shown_to": "+393339999999"})
    assert elsewhere.status_code == 409 and "+39 333 111 2233" in elsewhere.content.decode()
    assert client.post(address, said).status_code == client.post(address, said).status_code == 302
    message = Message.objects.get()
    assert (message.channel, message.to_address, message.account, message.subject) == ("sms", MIRAS, OURS, "")
    assert message.body_text == "We come\non Monday." and message.author == anna
    for name in ("ACCOUNT", "TOKEN", "FROM"):
        monkeypatch.delenv(f"CHANNEL_SMS_{name}")
    off = client.post(address, {**said, "words": "And on Tuesday?"})
    assert off.status_code == 409 and "it is not set up" in off.content.decode()
    logged = client.post(address, {"kind": "log", "channel": "sms", "words": "And on Tuesday?"})
    assert logged.status_code == 302 and Interaction.objects.filter(author=anna).get().channel == "sms"
