"""What could not be sent is shown where it was written, with why and what to do, and its writer is told."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from crm.events.models import Event
from customers.models import ContactPoint
from interactions import thread
from interactions.models import Message
from tests import make
from tests.interactions.postman import mails, personal

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    anna = make.make_anna()
    client.force_login(anna)
    return anna


@pytest.fixture
def failed(anna, worker, server):
    """Her answer to Mira, which the server refused."""
    message = personal(anna)
    thread.said(make.make_interaction(message.customer, message.conversation, words="Where is it?"))
    Message.objects.update(to_address="blocked@example.com")
    worker.deliver_batch()
    message.refresh_from_db()
    assert message.status == "failed"
    return message


def page(client, conversation, **query):
    return client.get(reverse("interactions:conversation", args=[conversation.pk]), query).content.decode()


def today(client):
    return client.get(reverse("interactions:today")).content.decode()


def test_its_writer_is_told_and_the_conversation_waits_again(client, anna, failed):
    assert "Not sent" in today(client) and "Blocked by policy" in today(client)
    failed.conversation.refresh_from_db()
    assert failed.conversation.waiting_since
    told = Event.objects.get(kind="message.failed")
    assert (told.about_id, told.data["conversation"]) == (failed.pk, failed.conversation_id)
    client.force_login(make.make_boris())
    assert "Not sent" not in today(client)


def test_the_page_says_what_failed_and_it_is_sent_again_by_the_rules_of_now(client, failed, worker, server):
    shown = page(client, failed.conversation)
    assert "Blocked by policy" in shown and reverse("interactions:send_again", args=[failed.pk]) in shown
    assert client.post(reverse("interactions:send_again", args=[failed.pk])).status_code == 302
    worker.deliver_batch()
    assert mails(server)[-1]["To"] == "Mira Kovač <mira@example.com>"
    assert list(Message.objects.order_by("id").values_list("status", flat=True)) == ["cancelled", "sent"]
    assert "Blocked by policy" not in page(client, failed.conversation) and "Not sent" not in today(client)
    again = client.post(reverse("interactions:send_again", args=[failed.pk]))
    assert again.status_code == 409 and Message.objects.count() == 2, "two presses are one"


def test_it_is_written_anew_in_its_place(client, failed, worker, server):
    shown = page(client, failed.conversation, anew=failed.pk)
    assert "It ships **today**." in shown.partition("<textarea")[2].partition("</textarea>")[0]
    assert f'name="instead_of" value="{failed.pk}"' in shown and f'value="{failed.subject}"' in shown
    form = {"kind": "send", "channel": "email", "words": "It ships tomorrow.", "instead_of": failed.pk}
    client.post(reverse("interactions:words", args=[failed.conversation_id]), form)
    worker.deliver_batch()
    assert "It ships tomorrow." in mails(server)[-1].get_body(("plain",)).get_content()
    failed.refresh_from_db()
    assert failed.status == "cancelled"


def test_to_whom_no_mail_may_go_nothing_is_offered_to_be_sent_again(client, failed):
    sends, drops = (reverse(f"interactions:{name}", args=[failed.pk]) for name in ("send_again", "drop_message"))
    ContactPoint.objects.update(bounced_at=now())
    shown = page(client, failed.conversation)
    assert sends not in shown and "Write it anew" not in shown and "Not by e-mail: the address does not work." in shown
    assert drops in shown.partition(f'id="drop-{failed.pk}"')[2], "it is asked first"


def test_or_it_is_let_go(client, failed):
    client.post(reverse("interactions:drop_message", args=[failed.pk]))
    failed.refresh_from_db()
    assert failed.status == "cancelled" and "Not sent" not in today(client)
    assert Event.objects.filter(kind="message.dropped", about_id=failed.pk).exists()


def test_who_may_not_read_the_conversation_sends_nothing_again(client, failed):
    failed.conversation.owner = make.make_user("Dario")
    failed.conversation.save()
    client.force_login(make.make_clara())
    assert client.post(reverse("interactions:send_again", args=[failed.pk])).status_code in (403, 404)
    assert Message.objects.get().status == "failed"


def test_a_mail_to_many_is_not_sent_again_like_an_answer(client, anna):
    make.make_organisation()
    message = Message.objects.create(
        channel="email", customer=make.make_mira(),
        to_address="x@example.com", is_marketing=True, status="failed", purpose="offers",
        due_at="2026-01-01T00:00Z", created_at="2026-01-01T00:00Z", author=anna,
    )  # fmt: skip
    assert client.post(reverse("interactions:send_again", args=[message.pk])).status_code == 404
    assert "Not sent" not in today(client)
