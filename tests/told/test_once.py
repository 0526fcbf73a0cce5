"""A deed that is done again and changes nothing is no fact: two clicks are told once."""

import pytest

from crm.events.models import Event
from insights import segments
from insights.models import Segment
from interactions import promising, ringing
from interactions.conversations import settling
from staff import employing
from staff.roles import Role
from tests import make
from tests.told import Cast


@pytest.fixture
def cast(db):
    return Cast()


def given(cast):
    place = make.make_conversation(cast.mira)
    return "conversation.given", lambda: settling.give(place, by=cast.anna, to=cast.clara)


def given_to_a_team(cast):
    place = make.make_conversation(cast.mira)
    return "conversation.given", lambda: settling.give(place, by=cast.anna, team=make.make_team("Lazio"))


def marked(cast):
    place = make.make_conversation(cast.mira)
    return "complaint.marked", lambda: settling.complain(place, by=cast.anna)


def handed(cast):
    task = make.make_task(cast.mira, cast.anna)
    return "promise.handed", lambda: promising.hand(task, to=cast.boris, by=cast.anna)


def named(cast):
    call = ringing.dial("+39 089 555 0199", by=cast.anna)
    return "call.named", lambda: ringing.choose(call, cast.mira, by=cast.anna)


def changed(cast):
    return "user.changed", lambda: employing.change(cast.anna, by=cast.boris, role=Role.SALES, team=None)


def left(cast):
    make.make_user("Giulia", Role.ADMINISTRATOR)
    return "user.changed", lambda: employing.deactivate(cast.anna, by=cast.boris)


def came_back(cast):
    gone = make.make_user("Dora", is_active=False)
    return "user.changed", lambda: employing.reactivate(gone, by=cast.boris)


def put_away(cast):
    segment = segments.save(Segment(), name="Everybody", rule={"all": []}, by=cast.boris)
    return "segment.saved", lambda: segments.archive(segment, by=cast.boris)


DEEDS = (given, given_to_a_team, marked, handed, named, changed, left, came_back, put_away)


@pytest.mark.parametrize("deed", DEEDS)
def test_what_changes_nothing_is_told_once(cast, deed):
    kind, do = deed(cast)
    Event.objects.all().delete()
    do()
    do()
    assert list(Event.objects.values_list("kind", flat=True)) == [kind]
