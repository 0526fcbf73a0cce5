"""A call changes hands; an agent has one on the line: a second is refused, what the telephone tells is true."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from interactions import finishing, ringing
from interactions.models import Call
from tests import make
from tests.interactions.switchboard import ring
from tests.permuting import rarely
from tests.racing import held


@pytest.fixture
def boris(db):
    return make.make_boris(state="available")


def state(user):
    user.refresh_from_db()
    return user.state


def hand(ref="c1"):
    call = Call.objects.get(ref=ref)
    return call.status, call.taken_by


class TestOneAtATime:
    def test_a_second_call_is_refused_in_words_while_one_is_on_the_line(self, mira, anna):
        first = ringing.dial("+390895550147", by=anna)
        with pytest.raises(ringing.OnTheLine, match="You are on the line: Mira Kovač. End that call first."):
            ringing.dial("+39 02 1234567", by=anna)
        rings = ring()
        with pytest.raises(ringing.OnTheLine):
            ringing.take(rings, by=anna)
        assert Call.objects.get(pk=rings.pk).status == "ringing" and Call.objects.count() == 2
        ringing.end(first, by=anna)
        assert ringing.take(rings, by=anna).status == "live"

    def test_taking_ones_own_call_again_is_harmless(self, mira, anna):
        call = ring()
        ringing.take(call, by=anna)
        assert ringing.take(call, by=anna).taken_by == anna

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("first", ["take", *rarely("dial", "hook")])
    def test_nor_can_two_requests_at_once_give_two(self, first):
        anna, rings = make.make_anna(), ring()
        deeds = {
            "dial": lambda: ringing.dial("+39 02 1234567", by=anna),
            "take": lambda: ringing.take(rings, by=anna),
            "hook": lambda: ring("answered", agent=anna),
        }
        with held(deeds[first]) as start:
            second = start(lambda: ringing.dial("+39 02 7654321", by=anna))
        with pytest.raises(ringing.OnTheLine):
            second.result()
        assert Call.objects.filter(taken_by=anna, status="live").count() == 1

    def test_what_the_telephone_tells_is_never_refused_and_ends_the_call_before(self, mira, anna):
        before = ringing.dial("+39 02 1234567", by=anna)
        call = ring("answered", agent=anna)
        before.refresh_from_db()
        assert (call.status, call.taken_by, before.status, before.taken_by) == ("live", anna, "ended", anna)
        assert before.ended_at and state(anna) == "on_a_call"
        assert Event.objects.filter(kind="call.ended", about_id=before.pk).count() == 1
        ring("ended")
        finishing.finish(before, "answered", by=anna)
        assert state(anna) == "wrap_up"  # the second is to be finished as well

    @pytest.mark.django_db(transaction=True)
    def test_two_calls_answered_at_once_leave_one_on_the_line(self):
        anna = make.make_anna()
        ring(ref="c1"), ring(ref="c2")
        with held(lambda: ring("answered", ref="c1", agent=anna)) as start:
            second = start(lambda: ring("answered", ref="c2", agent=anna))
        second.result()
        assert (hand("c1"), hand("c2")) == (("ended", anna), ("live", anna))


class TestPassedOn:
    def test_answered_by_one_then_by_another_the_first_is_free(self, mira, anna, boris):
        ring(agent=anna)
        ring("answered", agent=anna)
        ring("answered", agent=boris)
        assert hand() == ("live", boris) and (state(anna), state(boris)) == ("available", "on_a_call")
        assert not Call.objects.in_hand_of(anna).exists()

    @pytest.mark.parametrize("was_live", [True, False])
    def test_ended_then_answered_by_another_before_the_end_it_is_theirs_to_finish(self, mira, anna, boris, was_live):
        at = now()
        ring(agent=anna, at=at - timedelta(seconds=5))
        if was_live:
            ring("answered", agent=anna, at=at - timedelta(seconds=4))
        ring("ended", at=at)
        call = ring("answered", agent=boris, at=at - timedelta(seconds=2))
        assert hand() == ("ended", boris) and (state(anna), state(boris)) == ("available", "wrap_up")
        finishing.finish(call, "answered", by=boris)

    def test_ended_by_one_and_answered_by_another_after_that_it_goes_on(self, mira, anna, boris):
        at = now() + timedelta(hours=1)  # their clock is wrong
        ring("answered", agent=anna, at=at)
        ring("ended", at=at + timedelta(seconds=1))
        ring("answered", agent=boris, at=at + timedelta(seconds=2))
        assert hand() == ("live", boris) and (state(anna), state(boris)) == ("available", "on_a_call")
        ring("ended", at=at + timedelta(seconds=3))
        assert hand() == ("ended", boris)

    def test_what_is_written_down_already_stays(self, mira, anna, boris):
        ring("answered", agent=anna)
        finishing.finish(ring("ended"), "answered", by=anna)
        ring("answered", agent=boris)
        assert hand() == ("finished", anna) and state(boris) == "available"

    def test_ringing_at_one_then_at_another_it_rings_at_the_other(self, mira, anna, time_machine):
        clara = make.make_clara(state="away")
        ring(agent=anna)
        time_machine.move_to(now() + timedelta(seconds=60))
        ring(agent=clara)
        time_machine.move_to(now() + timedelta(seconds=60))
        assert Call.objects.ringing_at(clara).get().customer == mira and not Call.objects.ringing_at(anna).exists()
        assert mira in type(mira).objects.visible_to(clara)
        ring("ended")
        assert mira.tasks.get().owner == clara

    def test_an_older_ring_told_late_changes_nothing(self, mira, anna, boris):
        at = now()
        ring(agent=boris, at=at)
        ring(agent=anna, at=at - timedelta(seconds=3))
        ring(at=at + timedelta(seconds=1))
        assert Call.objects.get().agent == boris
