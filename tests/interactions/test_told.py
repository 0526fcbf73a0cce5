"""Finishing a call, missing one and undoing it tell what they did to the conversation."""

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from interactions import finishing, ringing
from interactions.conversations import filing, settling
from interactions.models import Conversation, Interaction
from tests import make
from tests.interactions.switchboard import ring


@pytest.fixture
def told():
    """Return a function that says what was told of conversations since it was last asked: (kind, about, by)."""

    def told():
        said = Event.objects.filter(about="interactions.conversation").order_by("id")
        found = [(event.kind, event.about_id, event.actor) for event in said]
        Event.objects.all().delete()
        return found

    return told


@pytest.mark.parametrize("outcome", ["answered", "not_interested", "do_not_call", "wrong_number"])
def test_an_outcome_that_settles_the_matter_is_told_and_so_is_its_undoing(mira, anna, told, outcome):
    place = make.make_conversation(mira)
    call = ringing.dial("+390895550147", by=anna)
    finishing.finish(call, outcome, by=anna, conversation=place)
    assert told() == [("conversation.settled", place.pk, anna)]
    finishing.undo(call, by=anna)
    assert told() == [("conversation.reopened", place.pk, anna)]


def test_an_outcome_that_opens_a_settled_matter_again_is_told_and_so_is_its_undoing(mira, anna, told):
    place = make.make_conversation(mira, status="settled", settled_at=now(), settled_by=make.make_boris())
    call = ringing.dial("+390895550147", by=anna)
    finishing.finish(call, "interested", by=anna, conversation=place)
    assert told() == [("conversation.reopened", place.pk, anna)]
    finishing.undo(call, by=anna)
    assert told() == [("conversation.settled", place.pk, anna)]


def test_undone_a_settled_matter_has_nothing_that_waits(mira, anna):
    place = make.make_conversation(mira)
    filing.file(Interaction(customer=mira, conversation=place, channel="email", direction="in", occurred_at=now()))
    settling.settle(place, by=anna)
    call = ringing.dial("+390895550147", by=anna)
    finishing.finish(call, "interested", by=anna, conversation=place)
    finishing.undo(call, by=anna)
    place.refresh_from_db()
    assert (place.status, place.waiting_since, place.settled_by) == ("settled", None, anna)


def test_a_complaint_is_told_with_who_marked_it_once(mira, anna, told):
    place = make.make_conversation(mira)
    call = ringing.dial("+390895550147", by=anna)
    finishing.finish(call, "complaint", by=anna, conversation=place)
    settling.complain(place, by=anna)
    assert told() == [("complaint.marked", place.pk, anna)]
    finishing.undo(call, by=anna)
    assert told() == [("complaint.unmarked", place.pk, anna)]


def test_a_call_undone_that_opened_its_conversation_tells_that_it_is_gone(mira, anna, told):
    call = ringing.dial("+390895550147", by=anna)
    place = finishing.finish(call, "interested", by=anna, notes="x").conversation_id
    assert told() == [("conversation.opened", place, anna)]
    finishing.undo(call, by=anna)
    assert told() == [("conversation.removed", place, anna)] and not Conversation.objects.exists()


def test_a_missed_call_is_something_that_the_customer_did(mira, anna):
    ring()
    call = ring("ended")
    fact = Event.objects.get(kind="interaction.received")
    assert (fact.about_id, fact.customer_id, fact.actor) == (call.interaction_id, mira.pk, None)
