"""A mail arrives: whose it is, which conversation it joins, and what it must never do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from crm.events.models import Event
from interactions import choosing, concluding, finishing, ringing, thread
from interactions.channels.mail import links
from interactions.models import Conversation, Interaction, Message, Original
from interactions.recognising import recognise
from tests import make
from tests.interactions.postman import mail, receive, sent, sent_to_many

LONG_AGO = timedelta(days=425)  # 14 months


@pytest.fixture(autouse=True)
def organisation(db):
    make.make_organisation()


class TestTheStoryOfTheThread:
    """A phone call 14 months ago ended in a promise; the same person writes by e-mail."""

    @pytest.fixture
    def long_ago(self, mira, anna, time_machine):
        time_machine.move_to(now() - LONG_AGO, tick=False)
        call = ringing.dial("089 555 0147", by=anna)
        promise = finishing.Promise("Send two bags of decaf", now() + timedelta(days=7))
        finishing.finish(call, "interested", by=anna, notes="Wants decaf after dinner", promises=(promise,))
        time_machine.move_to(now() + LONG_AGO, tick=False)
        return Conversation.objects.get()

    def test_her_mail_lands_in_that_conversation_and_the_promise_shows_as_late(self, mira, anna, long_ago):
        interaction = receive(mail(words="Where is my coffee?"))
        assert interaction.conversation == long_ago and interaction.customer == mira
        card = recognise("mira@example.com", user=anna).card
        assert [task.what for task in card.late] == ["Send two bags of decaf"]
        assert card.they.words == "Where is my coffee?" and card.they.channel == "email"
        assert card.we.words == "Send two bags of decaf" and card.we.who == "Anna"
        assert card.step.kind == "answer" and not card.allows_offer

    def test_also_when_it_was_settled_in_between(self, anna, long_ago):
        Conversation.objects.update(status="settled")
        assert receive(mail()).conversation == long_ago
        long_ago.refresh_from_db()
        assert long_ago.is_open and long_ago.waiting_since
        assert Event.objects.filter(kind="conversation.reopened").count() == 1

    def test_with_another_open_matter_it_is_offered_first(self, mira, long_ago):
        other = make.make_conversation(mira, "The invoice")
        settled = make.make_conversation(mira, "Old", status="settled")
        interaction = receive(mail())
        assert interaction.conversation not in (long_ago, other)
        assert choosing.candidates(interaction) == [long_ago, other, settled]


class TestWhichConversation:
    def test_the_signed_answer_address_comes_first(self, mira, anna):
        theirs, other = make.make_conversation(mira, "One"), make.make_conversation(mira, "Two")
        message = sent(theirs, anna)
        assert receive(mail(to=links.answer_address(message.pk).upper())).conversation == theirs
        elsewhere = mail(sender="Mira at work <m@elsewhere.example>", to=links.answer_address(message.pk))
        answer = receive(elsewhere)
        assert answer.conversation == theirs and answer.customer == mira
        assert other.interactions.count() == 0

    def test_a_forged_answer_address_leads_nowhere(self, mira, anna):
        message = sent(make.make_conversation(mira), anna)
        good = links.answer_address(message.pk)
        forged = good.replace(good[10], "a" if good[10] != "a" else "b")
        answer = receive(mail(sender="eve@example.org", to=forged))
        assert answer.customer is None and answer.conversation.customer is None

    def test_references_to_a_mail_of_ours_or_of_theirs(self, mira, anna):
        first = receive(mail(Message_ID="<first@example.com>"))
        make.make_conversation(mira, "Another open matter")
        message = sent(first.conversation, anna)
        assert receive(mail(In_Reply_To=f"<{message.message_ref}>")).conversation == first.conversation
        referring = mail(sender="other@example.org", References="<x@y.example> <first@example.com>")
        assert receive(referring).conversation == first.conversation

    def test_an_answer_follows_its_conversation_to_where_it_was_moved(self, mira, anna):
        one, two = make.make_conversation(mira, "One"), make.make_conversation(mira, "Two")
        message = sent(one, anna)
        Interaction.objects.filter(pk=message.interaction_id).update(conversation=two)
        assert receive(mail(to=links.answer_address(message.pk))).conversation == two

    def test_without_any_open_matter_it_opens_one(self, mira, anna):
        type(mira).objects.update(keeper=anna)
        make.make_conversation(mira, "Old", status="settled")
        interaction = receive(mail(subject="Re: AW: The invoice"))
        assert interaction.conversation.subject == "The invoice" and interaction.conversation.owner == anna
        assert Conversation.objects.waiting().get().waiting_since == interaction.occurred_at

    def test_an_unknown_sender_is_nobodys(self, db):
        interaction = receive(mail(sender="new@example.org"))
        assert interaction.customer is None and interaction.conversation.customer is None
        assert Conversation.objects.visible_to(make.make_clara()).get() == interaction.conversation

    def test_a_shared_address_recognises_nobody_alone(self, mira):
        rui = make.make_customer("Rui Teles")
        mira.contact_points.update(is_shared=True)
        make.make_contact_point(rui, "mira@example.com", is_shared=True)
        found = recognise("MIRA@example.com")
        assert found.kind == "ambiguous" and {match.customer for match in found.matches} == {mira, rui}
        assert receive(mail()).customer is None


class TestAnswerToOneToMany:
    def test_its_first_answer_opens_a_conversation_that_begins_with_the_message(self, mira):
        message = sent_to_many(mira)
        assert message.interaction.conversation is None and message.interaction.subject == "Per Mira"
        answer = receive(mail(to=links.answer_address(message.pk), subject="Re: Per Mira"))
        rows = answer.conversation.interactions.order_by("occurred_at", "id")
        assert list(rows) == [message.interaction, answer]
        assert [row.words for row in rows] == ["Caro Mira", answer.words]  # ours is kept as a wording and its values
        answer.conversation.refresh_from_db()
        assert answer.conversation.interaction_count == 2 and answer.conversation.waiting_since
        fact = Event.objects.get(kind="interaction.received")
        assert (fact.data["origin"], fact.data["origin_id"], fact.data["message"]) == ("campaign", 12, message.pk)

    def test_its_second_answer_joins_the_same_conversation(self, mira):
        message = sent_to_many(mira)
        first, second = (receive(mail(In_Reply_To=f"<{message.message_ref}>")) for _ in range(2))
        assert first.conversation == second.conversation

    def test_the_message_itself_never_touches_the_card(self, mira, anna):
        make.make_conversation(mira)
        sent_to_many(mira)
        card = thread.card(mira, anna)
        assert card.we is None and card.they is None and not card.is_waiting

    def test_an_answer_proves_that_a_message_in_doubt_arrived(self, mira):
        message = sent_to_many(mira)
        Interaction.objects.all().delete()
        Message.objects.update(status="in_doubt", interaction=None, sent_at=None)
        answer = receive(mail(to=links.answer_address(message.pk)))
        message.refresh_from_db()
        assert message.status == "sent" and message.interaction.conversation == answer.conversation
        assert message.interaction.occurred_at < answer.occurred_at

    def test_it_never_stands_before_the_message_whatever_its_clock_says(self, mira):
        message = sent_to_many(mira)
        behind = (message.interaction.occurred_at - timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0000")
        answer = receive(mail(to=links.answer_address(message.pk), Date=behind))
        assert list(answer.conversation.interactions.order_by("occurred_at", "id")) == [message.interaction, answer]
        assert receive(mail(Date=behind)).occurred_at < message.interaction.occurred_at  # one that answers nothing


class TestOnce:
    def test_a_mail_delivered_twice_is_one_interaction(self, mira):
        raw = mail()
        assert receive(raw) == receive(raw)
        assert Interaction.objects.count() == Conversation.objects.count() == 1

    def test_without_a_message_id_its_bytes_stand_in(self, mira):
        raw = mail(Message_ID="")
        assert receive(raw) == receive(raw)
        assert receive(mail(Message_ID="", words="Another")) != receive(raw)

    def test_the_raw_mail_is_kept_byte_for_byte(self, mira):
        raw = mail(words="Größe \r\n.\r\n")
        assert bytes(Original.objects.get(interaction=receive(raw)).raw) == raw

    @pytest.mark.django_db(transaction=True)
    def test_two_polls_at_the_same_time_file_it_once_in_one_conversation(self):
        make.make_mira()
        one, two = mail(), mail()

        def file(raw):
            try:
                return receive(raw).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            keys = set(pool.map(file, [one, one, two, two]))
        assert len(keys) == 2 and Conversation.objects.count() == 1


def test_a_mail_opens_its_customer_to_the_colleague_whom_it_reaches(mira):
    clara = make.make_clara()
    conversation = make.make_conversation(mira, owner=clara)
    assert mira not in type(mira).objects.visible_to(clara)
    assert receive(mail()).conversation == conversation
    assert mira in type(mira).objects.visible_to(clara)


def test_an_answer_that_comes_before_our_worker_has_written_is_joined_by_our_message(mira):
    message = sent_to_many(mira, is_written=False)
    first = receive(mail(to=links.answer_address(message.pk), words="Yes, please"))
    second = receive(mail(to=links.answer_address(message.pk), words="Two, please"))
    concluding.mark_sent({message.pk: ""}, worker="w", subjects={message.pk: "Per Mira"})
    assert second.conversation == first.conversation
    said = first.conversation.interactions.order_by("occurred_at", "id").values_list("words", flat=True)
    assert list(said) == ["Caro Mira", "Yes, please", "Two, please"]
    first.conversation.refresh_from_db()
    assert first.conversation.waiting_since == first.occurred_at  # ours does not answer theirs
