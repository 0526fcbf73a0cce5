"""A machine answers or reports: nothing is opened by it, and what it says of an address is believed."""

import pytest

from crm.events.models import Event
from interactions import outbox
from interactions.channels.mail import links
from interactions.models import Conversation, Interaction, Message
from tests import make
from tests.interactions.postman import bounce, mail, receive, sent


@pytest.fixture(autouse=True)
def organisation(db):
    make.make_organisation()


class TestMachines:
    def test_an_out_of_office_opens_and_reopens_nothing(self, mira, anna):
        conversation = make.make_conversation(mira)
        message = sent(conversation, anna)
        Conversation.objects.update(status="settled")
        raw = mail(to=links.answer_address(message.pk), subject="Out of office", Auto_Submitted="auto-replied")
        interaction = receive(raw)
        conversation.refresh_from_db()
        assert interaction.kind == "automatic" and interaction.conversation == conversation
        assert not conversation.is_open and conversation.waiting_since is None
        assert not Event.objects.filter(kind__in=("interaction.received", "conversation.reopened")).exists()

    def test_one_from_somebody_else_opens_nothing(self, mira):
        receive(mail(subject="Automatic reply: away", Auto_Submitted="auto-replied"))
        assert not Conversation.objects.exists() and Interaction.objects.get().customer == mira

    def test_a_hard_bounce_marks_the_address_and_the_message(self, mira, anna):
        message = sent(make.make_conversation(mira), anna)
        receive(bounce(message, "5.1.1", "550 5.1.1 <mira@example.com>: User unknown"))
        message.refresh_from_db()
        point = mira.contact_points.get(channel="email")
        assert message.bounced_at and point.bounced_at and "unknown" in point.bounce_reason.lower()
        assert Event.objects.filter(kind="contact_point.bounced").count() == 1
        assert Interaction.objects.get(direction="in").kind == "bounce"
        conversation = message.conversation
        conversation.refresh_from_db()
        assert conversation.their_at is None and conversation.waiting_since is None
        with pytest.raises(outbox.NotReachable):
            outbox.queue(channel="email", conversation=conversation, text="Again", by=anna)

    def test_a_full_mailbox_says_nothing_about_the_address(self, mira, anna):
        message = sent(make.make_conversation(mira), anna)
        receive(bounce(message, "5.2.2", "552 5.2.2 mailbox full, quota exceeded"))
        message.refresh_from_db()
        assert message.bounced_at and not mira.contact_points.get(channel="email").bounced_at

    def test_a_bounce_of_somebody_elses_mail_marks_nothing(self, mira):
        message = Message(pk=1, to_address="mira@example.com", message_ref="1.forged@meridiana.example")
        receive(bounce(message, "5.1.1", "550 5.1.1 User unknown", to="ciao@meridiana.example"))
        assert not mira.contact_points.get(channel="email").bounced_at
