"""A conversation that was settled by mistake waits again as it did."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from crm import undoing
from crm.events.models import Event
from crm.models import Undo
from crm.undoing import AlreadyUndone, ChangedMeanwhile
from interactions.conversations import settling
from interactions.models import Conversation
from tests import make
from tests.interactions.postman import mail, receive
from tests.interactions.snapshot import everything
from tests.racing import held


@pytest.fixture
def place(anna, mira):
    """A mail of Mira's that waits for an answer since yesterday."""
    place = receive(mail(sender="mira@example.com")).conversation
    Conversation.objects.filter(pk=place.pk).update(waiting_since=now() - timedelta(days=1), owner=anna)
    place.refresh_from_db()
    return place


def another(place):
    """Mira writes again, to the same matter."""
    first = place.interactions.order_by("pk").first()
    return receive(mail(sender="mira@example.com", words="And?", In_Reply_To=f"<{first.message_ref}>"))


def undo(place, anna):
    undoing.undo(undoing.last(place, "conversation.settled"), by=anna)
    place.refresh_from_db()


def test_it_waits_again_since_it_waited(place, anna):
    before = everything()
    settling.settle(place, by=anna)
    assert place.waiting_since is None
    undo(place, anna)
    assert everything() == before and place in Conversation.objects.waiting()
    assert Event.objects.last().kind == "conversation.reopened" and Event.objects.last().actor == anna


def test_words_that_came_meanwhile_stay_and_what_was_asked_before_waits_too(place, anna):
    settling.settle(place, by=anna)
    later = another(place)
    place.refresh_from_db()
    assert place.is_open and later.conversation == place
    undo(place, anna)
    assert place.is_open and place.waiting_since < later.occurred_at and place.interaction_count == 2


def test_settled_again_the_first_undo_is_of_yesterday(place, anna):
    settling.settle(place, by=anna)
    first = undoing.last(place, "conversation.settled")
    settling.reopen(place, by=anna)
    settling.settle(place, by=anna)
    with pytest.raises(ChangedMeanwhile):
        undoing.undo(first, by=anna)


def test_opened_later_it_is_open_and_nothing_waits(place, anna, time_machine):
    settling.settle(place, by=anna)
    time_machine.move_to(now() + timedelta(seconds=11))
    settling.take_back(place, by=anna)
    assert place.is_open and place.waiting_since is None
    with pytest.raises(settling.NotSettled):
        settling.take_back(place, by=anna)


def test_the_notice_takes_it_back_whole_and_says_so_to_a_second_click(client, place, anna):
    client.force_login(anna)
    before = everything()
    client.post(reverse("interactions:settlement", args=[place.pk]))
    address = reverse("interactions:reopening", args=[place.pk])
    assert address in client.get(place.get_absolute_url()).content.decode()
    client.get(place.get_absolute_url())
    assert client.post(address).status_code == 302 and everything() == before
    assert client.post(address).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_opens_it():
    anna, mira = make.make_anna(), make.make_mira()
    place = make.make_conversation(mira, waiting_since=now())
    settling.settle(place, by=anna)
    kept = Undo.objects.get()
    with held(lambda: Conversation.objects.select_for_update().get(pk=place.pk)) as start:
        clicks = [start(lambda: undoing.undo(kept, by=anna)) for _ in range(2)]
    assert {type(click.exception(10)) for click in clicks} == {type(None), AlreadyUndone}
    place.refresh_from_db()
    assert place.is_open


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_filed_while_it_is_taken_back_waits_too():
    anna, mira = make.make_anna(), make.make_mira()
    place = receive(mail(sender="mira@example.com")).conversation
    settling.settle(place, by=anna)
    with held(lambda: another(place)) as start:
        undo = start(lambda: undoing.undo(Undo.objects.get(), by=anna))
    assert undo.exception(10) is None
    place.refresh_from_db()
    assert (mira.conversations.count(), place.interaction_count) == (1, 2) and place.is_open and place.waiting_since
