"""Where we left off: the card of a conversation, and what to do next."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from customers import consenting
from interactions import concluding, moving, noting, outbox, promising, thread
from interactions.conversations import settling
from interactions.models import Conversation, Interaction, Message
from staff.roles import Role
from tests import make

LONG_AGO = timedelta(days=425)  # 14 months


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def mira(db):
    return make.make_mira(language="it")


def test_the_card_tells_what_each_side_said_last_and_with_whom(mira, anna):
    noting.log("call", customer=mira, words="She wants decaf samples", by=anna, direction="in", outcome="interested")
    card = thread.card(mira, anna)
    assert (card.they.words, card.they.channel, card.they.who) == ("She wants decaf samples", "phone", "Anna")
    assert card.we.who == "Anna" and not card.is_waiting


def test_it_costs_three_queries_however_much_was_said(mira, anna, django_assert_max_num_queries):
    for number in range(30):
        conversation = make.make_conversation(mira, f"Matter {number}", status="settled" if number % 2 else "open")
        make.make_task(mira, anna, conversation=conversation)
        make.make_interaction(mira, conversation)
    with django_assert_max_num_queries(3):
        card = thread.card(mira, anna)
        assert [str(task.owner) for task in card.promised] == ["Anna"] * 30
        assert len(card.matters) == 15


def test_unanswered_words_wait_until_we_say_something_newer(mira, anna):
    conversation = make.make_conversation(mira)
    asked = make.make_interaction(mira, conversation, occurred_at=now() - timedelta(hours=2))
    thread.said(asked)
    noting.log("note", conversation=conversation, words="Ask the technician", by=anna)
    noting.log("meeting", conversation=conversation, words="Met", by=anna, occurred_at=now() - timedelta(days=1))
    conversation.refresh_from_db()
    assert conversation.waiting_since == asked.occurred_at
    assert conversation.their_words == "Hello" and conversation.interaction_count == 3
    noting.log("message", conversation=conversation, words="On its way", by=anna)
    conversation.refresh_from_db()
    assert conversation.waiting_since is None and conversation.our_words == "On its way"


def test_working_the_card_out_anew_gives_the_same_card(mira, anna):
    conversation = make.make_conversation(mira, opened_at=now() - timedelta(days=9))
    names = [field.name for field in Conversation._meta.fields]
    for days, fields in enumerate([{"words": "One"}, {"direction": "out", "author": anna}, {"words": "Three"}]):
        at = now() - timedelta(days=5 - days)
        thread.said(make.make_interaction(mira, conversation, occurred_at=at, **fields))
    noting.log("call", conversation=conversation, words="Rang", by=anna, outcome="answered")
    before = Conversation.objects.filter(pk=conversation.pk).values(*names).get()
    thread.redraw(conversation)
    assert Conversation.objects.filter(pk=conversation.pk).values(*names).get() == before


def test_a_long_conversation_is_drawn_anew_in_as_few_queries_as_a_short_one(mira, django_assert_num_queries):
    conversation = make.make_conversation(mira)
    for number in range(12):
        thread.said(make.make_interaction(mira, conversation, words=f"Number {number}"))
    with django_assert_num_queries(4 + 2):  # the savepoint is two
        thread.redraw(conversation)
    assert (conversation.interaction_count, conversation.their_words) == (12, "Number 11")


def test_quiet_arrivals_change_nothing_on_the_card(mira):
    conversation = make.make_conversation(mira)
    for kind in ("automatic", "bounce"):
        thread.said(make.make_interaction(mira, conversation, kind=kind))
    conversation.refresh_from_db()
    assert conversation.their_at is None and conversation.waiting_since is None and not conversation.interaction_count


def test_marketing_sees_that_somebody_spoke_but_no_words(mira, anna):
    milo = make.make_user("Milo", Role.MARKETING)
    noting.log("call", customer=mira, words="A secret", by=anna, direction="in", outcome="answered")
    yesterday, before = now() - timedelta(days=1), now() - timedelta(days=2)
    promising.make("Send the secret", customer=mira, due=yesterday, by=anna, at=before)
    card = thread.card(mira, milo)
    assert card.they.at and card.they.words == "" and not card.late
    assert card.step.kind == "late" and "secret" not in card.step.words


class TestNextStep:
    """The rule's order: each line outranks those below it."""

    @pytest.fixture
    def steps(self, mira, anna):
        def step():
            return thread.card(mira, anna).step

        return step

    def test_nothing_is_known_so_there_is_a_question(self, mira, steps):
        assert steps().kind == "ask"

    def test_when_all_was_asked_there_is_nothing_to_do(self, mira, steps):
        consenting.give(mira, "offers", "email", source="customer page")
        assert steps().kind == "nothing" and steps().allows_offer
        make.make_conversation(mira)
        assert steps().kind == "nothing"

    def test_the_whole_order(self, mira, anna, steps):
        today = make.make_task(mira, anna, "Call her", due_in=timedelta(seconds=30))
        assert (steps().kind, steps().words) == ("today", "Call her")
        make.make_task(mira, anna, "Send samples", due_in=timedelta(days=-2))
        assert (steps().kind, steps().words) == ("late", "Send samples")
        noise = make.make_conversation(mira, "Too loud")
        settling.complain(noise, by=anna)
        assert steps().kind == "complaint" and not steps().allows_offer
        question = make.make_conversation(mira, "A question")
        thread.said(make.make_interaction(mira, question))
        assert steps().kind == "answer" and steps().url == f"/conversations/{question.pk}/"
        settling.settle(question, by=anna)
        settling.settle(noise, by=anna)
        assert steps().kind == "late"
        promising.keep(today, by=anna)
        assert not thread.card(mira, anna).allows_offer


class TestMoving:
    def test_an_interaction_goes_with_its_promise_and_an_empty_conversation_vanishes(self, mira, anna):
        old = make.make_conversation(mira, "Samples", opened_at=now() - LONG_AGO)
        settling.settle(old, by=anna)
        wrong = make.make_conversation(mira, "Hello again")
        mail = make.make_interaction(mira, wrong, words="Where are they?")
        thread.said(mail)
        task = make.make_task(mira, anna, conversation=wrong, interaction=mail)
        moving.move(mail, to=old, by=anna)
        old.refresh_from_db()
        task.refresh_from_db()
        assert old.their_words == "Where are they?" and old.is_open and old.waiting_since
        assert task.conversation == old and not Conversation.objects.filter(pk=wrong.pk).exists()

    def test_it_does_not_go_to_another_customer(self, mira, anna):
        mail = make.make_interaction(mira, make.make_conversation(mira))
        with pytest.raises(moving.CannotMove):
            moving.move(mail, to=make.make_conversation(make.make_customer("Rui Teles")), by=anna)

    def test_nobodys_conversation_becomes_a_customers_with_all_that_is_in_it(self, mira, anna):
        nobodys = make.make_conversation(None, "Who is this?")
        thread.said(make.make_interaction(None, nobodys))
        moving.belongs_to(nobodys, mira, by=anna)
        assert Interaction.objects.get().customer == mira and thread.card(mira, anna).is_waiting

    def test_two_conversations_become_one(self, mira, anna):
        one, two = make.make_conversation(mira, "One"), make.make_conversation(mira, "Two")
        for conversation in (one, two):
            noting.log("note", conversation=conversation, words="x", by=anna)
        moving.join(two, to=one, by=anna)
        one.refresh_from_db()
        assert one.interaction_count == 2 and not Conversation.objects.filter(pk=two.pk).exists()


def test_a_conversation_is_settled_once_and_reopened_once(mira, anna):
    conversation = make.make_conversation(mira)
    settling.settle(conversation, by=anna, answer="Done")
    with pytest.raises(settling.AlreadySettled):
        settling.settle(conversation, by=anna)
    settling.reopen(conversation, by=anna)
    with pytest.raises(settling.NotSettled):
        settling.reopen(conversation, by=anna)


def test_a_conversation_that_is_given_opens_its_customer_to_the_colleague(mira, anna):
    clara = make.make_clara()
    conversation = make.make_conversation(mira)
    assert conversation not in Conversation.objects.visible_to(clara)
    settling.give(conversation, by=anna, to=clara)
    assert conversation in Conversation.objects.visible_to(clara)
    assert mira in type(mira).objects.visible_to(clara)


def test_drawn_anew_our_late_mail_still_does_not_answer_what_came_while_it_waited(mira, anna):
    conversation = make.make_conversation(mira)
    message = outbox.queue(channel="email", conversation=conversation, text="The invoice", by=anna)
    theirs = make.make_interaction(mira, conversation, words="And the samples?", occurred_at=now())
    thread.said(theirs)
    Message.objects.filter(pk=message.pk).update(status="sending", worker="w")
    concluding.mark_sent({message.pk: ""}, worker="w", subjects={})
    thread.redraw(conversation)
    assert conversation.waiting_since == theirs.occurred_at
