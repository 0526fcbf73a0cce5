"""Mail is carried as every channel is: wrapped apart from the connection, each message for itself, called by a ref."""

import pytest
from django.urls import reverse

from interactions import carriers, outbox
from interactions.carriers import Spoilt
from interactions.channels.mail import links
from interactions.gateways.contract import Answer
from interactions.models import Message
from staff.roles import Role
from tests import make
from tests.interactions.postman import campaign, mails, personal

pytestmark = pytest.mark.django_db


def test_what_cannot_be_wrapped_is_spoilt_alone_and_the_rest_leaves_over_one_connection(server, anna):
    carrier = carriers.ready_on("email")
    personal(anna)
    campaign("Ada", "Ugo")
    Message.objects.filter(to_address="ugo@example.com").update(values={})
    mira, ada, ugo = carrier.wrap(list(Message.objects.select_related("wording").order_by("pk")))
    assert isinstance(ugo, Spoilt) and "no value" in str(ugo.error)
    assert (mira.shown, ada.shown) == ("Meridiana", "Per Ada") and not mails(server)
    begun, accepted = [], []
    results = list(carrier.carry([mira, ada], begun.append, accepted.append))
    carrier.close()
    assert begun == accepted == [mira.number, ada.number]
    assert [(one.answer, one.ref) for one in results] == [
        (Answer.ACCEPTED, links.message_ref(number)) for number in accepted
    ]
    assert [f"<{carrier.ref_of(number)}>" for number in accepted] == [mail["Message-ID"] for mail in mails(server)]


def test_a_server_that_is_not_there_is_said_in_words(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    trouble = carriers.of("email").trouble()
    assert "127.0.0.1:9 does not take our mail" in trouble and "Check EMAIL_URL" in trouble


def test_nothing_is_queued_for_a_channel_that_is_not_set_up(settings, mira, anna):
    settings.EMAIL_HOST = ""
    for channel in ("email", "visit"):
        with pytest.raises(carriers.NotSetUp, match="E-mail|Visit"):
            outbox.queue(channel=channel, conversation=make.make_conversation(mira), text="Hello", by=anna)
    assert not Message.objects.exists()


def test_the_page_of_the_channels_says_how_messages_leave_and_what_is_wrong(settings, client):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    client.force_login(make.make_user("Giulia", Role.ADMINISTRATOR))
    state = reverse("interactions:channel_state", args=["email"])
    page = client.get(reverse("interactions:channels")).content.decode()
    assert state in page and f"reply+…@{settings.MAIL_DOMAIN}" in page and "/hooks/mail/" in page
    assert "127.0.0.1:9 does not take our mail" in client.get(state).content.decode()
    assert client.get(reverse("interactions:channel_state", args=["visit"])).status_code == 404
