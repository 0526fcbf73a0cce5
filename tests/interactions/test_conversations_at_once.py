"""Two who write into one conversation at the same moment, or one takes it away meanwhile: one comes after the other."""

from functools import partial

import pytest
from django.db import connection
from django.urls import reverse

from crm import undoing
from crm.models import Undo
from interactions import moving, noting, outbox, ringing
from interactions.conversations import settling
from interactions.conversations.locking import Gone
from interactions.models import Call, Conversation, Interaction, Message
from tests import make
from tests.interactions.postman import mail, receive
from tests.permuting import rarely
from tests.racing import held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna():
    return make.make_anna()


@pytest.fixture
def mira():
    return make.make_mira()


@pytest.fixture
def place(mira):
    """A mail of Mira's that waits."""
    return receive(mail(sender="mira@example.com")).conversation


def again():
    return receive(mail(sender="mira@example.com", words="One more thing"))


def note(place, anna):
    return noting.log("note", words="They want two", by=anna, conversation=Conversation.objects.get(pk=place.pk))


def take_away(place, anna):
    """Move all that is in it to another matter of hers: then it is gone."""
    other = make.make_conversation(place.customer, "Another matter", status="settled")
    return moving.join(Conversation.objects.get(pk=place.pk), to=other, by=anna)


def test_a_mail_that_comes_while_a_matter_is_settled_opens_it_again(place, anna):
    with held(lambda: settling.settle(place, by=anna)) as start:
        arrived = start(again)
    arrived.result(10)
    place.refresh_from_db()
    assert place.is_open and place.waiting_since


def test_what_is_written_down_meanwhile_is_the_customers_whose_it_is_then(place, anna):
    rui = make.make_customer("Rui Teles")
    with held(lambda: moving.belongs_to(place, rui, by=anna)) as start:
        written = start(lambda: note(place, anna))
    assert written.result(10).customer == rui


def test_what_is_just_being_written_down_goes_to_the_other_customer_too(place, anna):
    rui = make.make_customer("Rui Teles")
    with held(lambda: note(place, anna)) as start:
        moved = start(lambda: moving.belongs_to(Conversation.objects.get(pk=place.pk), rui, by=anna))
    assert moved.exception(10) is None
    assert {one.customer for one in Interaction.objects.all()} == {rui}


def test_what_is_just_being_written_down_is_joined_too(place, anna):
    with held(lambda: note(place, anna)) as start:
        joined = start(lambda: take_away(place, anna))
    to = joined.result(10)
    assert {one.conversation for one in Interaction.objects.all()} == {to}
    assert not Conversation.objects.filter(pk=place.pk).exists()


DEEDS = {
    "note": lambda place, anna: noting.log("note", words="Two", by=anna, conversation=place),
    "answer": lambda place, anna: outbox.queue(channel="email", conversation=place, text="Dear Mira", by=anna),
    "give": lambda place, anna: settling.give(place, by=anna, to=anna),
    "settle": lambda place, anna: settling.settle(place, by=anna),
    "belong": lambda place, anna: moving.belongs_to(place, make.make_customer("Rui Teles"), by=anna),
    "join": lambda place, anna: moving.join(make.make_conversation(place.customer, "A third"), to=place, by=anna),
    "move": lambda place, anna: moving.move(make.make_interaction(place.customer), to=place, by=anna),
    "call": lambda place, anna: ringing.choose(
        ringing.dial("+390895550147", by=anna), place.customer, conversation=place
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("deed", DEEDS)
def test_into_a_matter_that_is_gone_nobody_writes(place, anna, deed):
    stale = Conversation.objects.get(pk=place.pk)
    take_away(place, anna)
    make.make_organisation()
    with pytest.raises(Gone):
        DEEDS[deed](stale, anna)


@pytest.mark.django_db
def test_who_calls_can_be_said_also_of_a_call_whose_matter_is_gone(place, anna, mira):
    Call.objects.filter(pk=ringing.dial("+390895550147", by=anna).pk).update(conversation=place)
    call = Call.objects.get()
    take_away(place, anna)
    assert ringing.choose(call, mira, by=anna).customer == mira


def test_a_mail_goes_to_where_its_matter_was_moved_just_now(place, anna):
    with held(lambda: take_away(place, anna)) as start:
        arrived = start(again)
    assert arrived.result(10).conversation == Conversation.objects.get()
    assert Conversation.objects.get().interaction_count == 2


def test_of_two_who_move_the_same_mail_the_second_moves_it_from_where_it_is(place, mira, anna):
    first, second = (make.make_conversation(mira, subject) for subject in ("First", "Second"))
    words = Interaction.objects.get()
    with held(lambda: moving.move(words, to=first, by=anna)) as start:
        moved = start(lambda: moving.move(Interaction.objects.get(pk=words.pk), to=second, by=anna))
    assert moved.result(10) == second and set(Interaction.objects.values_list("conversation", flat=True)) == {second.pk}
    assert not Conversation.objects.filter(pk=first.pk).exists() or first.interactions.count() == 0


def test_an_answer_is_taken_back_where_it_was_moved_just_now(place, anna):
    make.make_organisation()
    answer = outbox.queue(channel="email", conversation=place, text="Dear Mira", by=anna)
    stale = Message.objects.select_related("conversation").get(pk=answer.pk)
    with held(lambda: take_away(place, anna)) as start:
        taken_back = start(lambda: outbox.cancel(stale, by=anna))
    assert taken_back.exception(10) is None
    assert Conversation.objects.get().waiting_since


def test_whom_the_database_stops_because_two_wait_for_each_other_is_told_so(client, place, mira, anna):
    other = make.make_conversation(mira, "Another matter")
    note(place, anna)
    words, rows = Interaction.objects.earliest("pk"), Conversation.objects.select_for_update(no_key=True)
    client.force_login(anna)
    move = partial(client.post, reverse("interactions:move", args=[words.pk]), {"to": other.pk})
    with held(lambda: rows.get(pk=other.pk)) as start:
        answered = start(partial(move, headers={"hx-request": "true"}))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '9s'")  # who waits shorter before looking is the one stopped
        rows.get(pk=place.pk)  # the other way round: a batch of mails takes what comes
    answer = answered.result(10)
    assert answer.status_code == 409 and "at the same moment" in answer.content.decode()
    assert Interaction.objects.get(pk=words.pk).conversation == place
    assert move().status_code == 302


@pytest.mark.parametrize("deed", ["join", *rarely("move")])
def test_who_moves_something_locks_the_calls_that_are_told_of_it_before_their_matter(place, mira, anna, deed):
    """A call is finished the other way round: the call first, then its matter."""
    to = make.make_conversation(mira, "Another matter")
    Call.objects.filter(pk=ringing.dial("+390895550147", by=anna).pk).update(conversation=to)
    deeds = {
        "join": lambda: moving.join(Conversation.objects.get(pk=place.pk), to=to, by=anna),
        "move": lambda: moving.move(Interaction.objects.get(), to=to, by=anna),
    }
    with held(lambda: Call.objects.select_for_update(of=("self",)).get()) as start:
        moved = start(deeds[deed])
        assert Conversation.objects.select_for_update(nowait=True).get(pk=to.pk)
    assert moved.exception(10) is None


def moving_there(words, to, anna):
    return lambda: moving.move(words, to=to, by=anna)


def moving_back(words, to, anna):
    moving.move(words, to=to, by=anna)
    return lambda: undoing.undo(Undo.objects.get(), by=anna)


@pytest.mark.parametrize("deed", [moving_back, *rarely(moving_there)])
def test_two_who_move_crosswise_do_not_wait_for_each_other(place, mira, anna, deed):
    """All lock conversations in one order: who waits for the first does not hold the second."""
    note(place, anna)
    other = make.make_conversation(mira, "Another matter")
    ready = deed(Interaction.objects.earliest("pk"), other, anna)
    rows = Conversation.objects.select_for_update(no_key=True, nowait=True)
    with held(lambda: rows.get(pk=place.pk)) as start:
        moved = start(ready)
        assert rows.get(pk=other.pk)
    assert moved.exception(10) is None
