"""Nobody takes a call: it waits with a promise to call back, which goes back when it is answered late."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from interactions import finishing, missing, moving, promising, ringing, thread
from interactions.models import Call, Conversation, Interaction, Task
from tests import make
from tests.interactions.switchboard import ring
from tests.permuting import rarely


class TestMissed:
    def test_it_waits_as_a_conversation_with_a_callback_promise(self, mira, anna):
        ring(agent=anna)
        call = ring("ended")
        task = Task.objects.get()
        assert call.status == "missed" and call.conversation.waiting_since
        assert (task.kind, task.owner, task.customer) == ("callback", anna, mira)
        assert thread.card(mira, anna).is_waiting

    def test_of_somebody_whom_nobody_knows_the_promise_says_the_number(self, anna):
        ring(agent=anna)
        subject = ring("ended").conversation.subject
        assert (Task.objects.get().what, subject) == ("Call back +39 089 555 0147", "Missed call, +39 089 555 0147")

    def test_the_clock_finds_those_that_rang_out_and_only_once(self, mira):
        ring()
        Call.objects.update(rang_at=now() - timedelta(minutes=3))
        ring(ref="c2")
        assert missing.settle_missed() == 1 and missing.settle_missed() == 0
        assert Call.objects.get(ref="c1").status == "missed" and Conversation.objects.count() == 1
        ring("ended", ref="c1")
        assert Task.objects.count() == 1

    def test_it_joins_the_only_open_conversation(self, mira):
        conversation = make.make_conversation(mira)
        ring()
        assert ring("ended").conversation == conversation

    @pytest.mark.parametrize("is_known", [True, *rarely(False)])
    def test_who_rings_again_waits_once_with_one_promise(self, request, anna, is_known):
        if is_known:  # two open matters: neither is the one
            mira = request.getfixturevalue("mira")
            make.make_conversation(mira), make.make_conversation(mira)
        calls = []
        for ref in ("c1", "c2", "c3"):
            ring(ref=ref)
            calls.append(ring("ended", ref=ref))
        [task] = Task.objects.all()
        assert {call.conversation for call in calls} == {task.conversation}
        assert task.conversation.interactions.count() == 3
        promising.keep(task, by=anna)
        task.conversation.refresh_from_db()
        ring(ref="c4")
        ring("ended", ref="c4")
        assert Task.objects.open().count() == 1

    def test_withheld_numbers_are_not_one_caller(self, anna):
        for ref in ("c1", "c2"):
            ring(ref=ref, number="")
            ring("ended", ref=ref, number="")
        assert Conversation.objects.count() == Task.objects.count() == 2


class TestAnsweredLate:
    """It rang for longer than we wait, was given up, and somebody picked it up all the same."""

    @pytest.fixture
    def rang_out(self, mira, anna, time_machine):
        def rang_out():
            ring(agent=anna)
            time_machine.move_to(now() + timedelta(seconds=100))
            assert missing.settle_missed() == 1
            return Call.objects.get()

        return rang_out

    @pytest.mark.parametrize("how", ["hook", *rarely("take")])
    def test_it_is_the_live_call_and_the_promise_goes_back(self, rang_out, mira, anna, how):
        given_up = rang_out()
        call = ring("answered", agent=anna) if how == "hook" else ringing.take(given_up, by=anna)
        assert (call.status, call.taken_by, call.ended_at, call.conversation) == ("live", anna, None, None)
        assert not Task.objects.exists() and not Conversation.objects.exists() and not Interaction.objects.exists()
        assert ring("ended").status == "ended"
        finishing.finish(call, "interested", by=anna, notes="Two bags")
        assert Interaction.objects.get().words == "Two bags"

    def test_what_somebody_touched_stays(self, rang_out, mira, anna):
        place = rang_out().conversation
        promising.move(Task.objects.get(), due=now() + timedelta(days=1), by=anna)
        call = ring("answered", agent=anna)
        place.refresh_from_db()
        assert call.conversation == place and not place.waiting_since and Task.objects.open().count() == 1
        assert finishing.finish(call, "interested", by=anna).conversation == place

    def test_a_matter_that_it_opened_again_is_settled_again(self, rang_out, mira, anna):
        place = make.make_conversation(mira, status="settled", settled_at=now() - timedelta(days=1))
        kept = make.make_task(mira, anna, conversation=place)
        rang_out()
        promising.keep(kept, by=anna)
        before = place.settled_at
        place.refresh_from_db()
        assert place.is_open and place.waiting_since
        ring("answered", agent=anna)
        place.refresh_from_db()
        assert (place.is_open, place.settled_at, place.waiting_since) == (False, before, None)

    def test_where_somebody_moved_it_nothing_is_left_of_it(self, rang_out, mira, anna):
        place = make.make_conversation(mira)
        make.make_interaction(mira, place)
        alone = moving.move(rang_out().interaction, to=None, by=anna)
        ring("answered", agent=anna)
        assert list(Conversation.objects.all()) == [place] and not alone.interactions.exists()

    def test_words_that_came_meanwhile_keep_it_open(self, rang_out, mira, anna):
        place = rang_out().conversation
        mail = make.make_interaction(mira, place, words="I rang you", occurred_at=now())
        thread.said(mail)
        ring("answered", agent=anna)
        place.refresh_from_db()
        assert place.waiting_since == mail.occurred_at and list(place.interactions.all()) == [mail]

    def test_a_call_that_the_caller_gave_up_stays_missed(self, rang_out, anna):
        given_up = rang_out()
        ring("ended")
        assert ring("answered", agent=anna).status == "missed" and Task.objects.exists()
        with pytest.raises(ringing.AlreadyTaken):
            ringing.take(given_up, by=anna)

    def test_days_later_nobody_makes_a_live_call_of_it(self, rang_out, anna, time_machine):
        given_up = rang_out()
        time_machine.move_to(now() + timedelta(days=2))
        assert ring("answered", agent=anna).status == "missed" and Task.objects.exists()
        with pytest.raises(ringing.AlreadyTaken, match="over"):
            ringing.take(given_up, by=anna)


class TestAnswerToldAfterTheEnd:
    """The telephone system tells in any order: its clock says what was first."""

    @pytest.mark.parametrize("arrives_after", [timedelta(seconds=1), timedelta(minutes=2)])
    def test_it_is_no_missed_call_and_its_promise_goes_back(self, mira, anna, time_machine, arrives_after):
        rang_at = now()
        ring(at=rang_at)
        time_machine.move_to(rang_at + timedelta(seconds=30))
        ended = ring("ended", at=rang_at + timedelta(seconds=28))
        assert ended.status == "missed" and Task.objects.exists()
        time_machine.move_to(now() + arrives_after)
        for _again in range(2):
            call = ring("answered", agent=anna, at=rang_at + timedelta(seconds=8))
        assert (call.status, call.taken_by, call.conversation, call.ended_at) == ("ended", anna, None, ended.ended_at)
        assert not Task.objects.exists() and not Conversation.objects.exists() and not Interaction.objects.exists()
        anna.refresh_from_db()
        assert anna.state == anna.State.WRAP_UP
        assert finishing.finish(call, "interested", by=anna).duration_seconds == 20

    def test_so_is_one_that_rang_out_before_its_end_was_told(self, mira, anna, time_machine):
        rang_at = now()
        ring(at=rang_at)
        time_machine.move_to(rang_at + timedelta(seconds=100))
        missing.settle_missed()
        ring("ended", at=rang_at + timedelta(seconds=95))
        call = ring("answered", agent=anna, at=rang_at + timedelta(seconds=5))
        assert call.status == "ended" and not Task.objects.exists()

    def test_an_answer_after_its_end_or_by_nobody_whom_we_know_leaves_it_missed(self, mira, anna):
        at = now()
        ring(at=at)
        ring("ended", at=at)
        assert ring("answered", agent=anna, at=at + timedelta(seconds=1)).status == "missed"
        assert ring("answered", at=at - timedelta(seconds=1)).status == "missed" and Task.objects.exists()
