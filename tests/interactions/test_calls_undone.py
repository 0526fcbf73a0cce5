"""The outcome of a call is taken back with all that it wrote; a missed call that was answered is none."""

from datetime import timedelta
from itertools import product

import pytest
from django.urls import reverse
from django.utils.timezone import now

from crm import undoing
from crm.events.models import Event
from crm.models import Undo
from crm.undoing import AlreadyUndone, ChangedMeanwhile, TooLate
from customers.models import Consent
from interactions import finishing, missing, moving, noting, promising, ringing
from interactions.conversations import settling
from interactions.models import Call, Conversation, Interaction, Task
from interactions.outcomes import OUTCOMES
from tests import make
from tests.interactions.snapshot import everything
from tests.interactions.switchboard import ring
from tests.racing import held

NUMBER = "+390895550147"  # Mira's
STATES = ("open", "settled", "nobody's", "none")  # of the conversation that she calls in
QUICK = ("answered", "call_back", "do_not_call", "wrong_number")  # of the outcomes: those that write something else
# These outcomes in an open one, each state with one of them; the other pairs are long.
EVERY_END = [
    pytest.param(
        state, outcome, id=f"{state}-{outcome.key}",
        marks=[] if outcome.key == "answered" or (state == "open" and outcome.key in QUICK) else pytest.mark.long,
    )
    for state, outcome in product(STATES, OUTCOMES)
]  # fmt: skip


def finished(anna, outcome="answered", **how):
    call = ringing.dial(NUMBER, by=anna)
    finishing.finish(call, outcome, by=anna, **how)
    return call


class TestWhole:
    @pytest.mark.parametrize(("state", "outcome"), EVERY_END)
    def test_everything_stands_as_it_stood_when_she_hung_up(self, anna, mira, outcome, state):
        place = None
        if state != "none":
            place = make.make_conversation(None if state == "nobody's" else mira, opened_at=now() - timedelta(days=3))
            noting.log("meeting", conversation=place, customer=place.customer, words="Hello", by=anna)
        if state == "settled":
            settling.settle(place, by=anna)
        call = ringing.end(ringing.dial(NUMBER, by=anna), by=anna)
        before = everything()
        promise = finishing.Promise("Send two", now() + timedelta(days=1))
        promises = (promise,) if outcome.wants_callback else ()
        finishing.finish(call, outcome.key, by=anna, promises=promises, conversation=place)
        assert everything() != before
        finishing.undo(call, by=anna)
        assert everything() == before

    def test_its_facts_name_what_was_written_and_is_gone(self, anna, mira):
        call = finished(anna, "call_back")
        written = Event.objects.get(kind="call.finished").data
        finishing.undo(call, by=anna)
        undone = Event.objects.get(kind="call.reopened")
        assert undone.data == {name: written[name] for name in ("interaction", "promises")}
        assert written["promises"] and undone.actor == anna
        assert Event.objects.filter(kind="promise.unmade", about_id=written["promises"][0]).exists()


class TestMeanwhile:
    def test_a_promise_that_was_given_another_day_is_not_thrown_away(self, anna, mira):
        call = finished(anna, "call_back")
        promising.move(Task.objects.get(), due=now() + timedelta(days=4), by=anna)
        with pytest.raises(ChangedMeanwhile):
            finishing.undo(call, by=anna)
        call.refresh_from_db()
        assert call.status == "finished" and Task.objects.exists() and Interaction.objects.exists()

    def test_a_record_that_was_moved_is_moved_back_first(self, anna, mira):
        call = finished(anna)
        moving.move(call.interaction, to=make.make_conversation(mira, "Another"), by=anna)
        with pytest.raises(ChangedMeanwhile):
            finishing.undo(call, by=anna)
        undoing.undo(undoing.last(call.interaction, "interaction.moved"), by=anna)
        finishing.undo(call, by=anna)
        assert not Interaction.objects.exists()

    def test_a_note_that_was_written_into_it_keeps_the_conversation(self, anna, mira):
        call = finished(anna, "interested", notes="x")
        note = noting.log("note", conversation=call.conversation, words="She sounded tired", by=anna)
        finishing.undo(call, by=anna)
        place = Conversation.objects.get()
        assert list(place.interactions.all()) == [note] and place.is_open and call.conversation is None

    def test_the_call_before_it_can_be_undone_while_the_next_one_is_on_the_line(self, anna, mira):
        call = finished(anna)
        ringing.dial("+39 02 1234567", by=anna)
        finishing.undo(call, by=anna)
        assert call.status == "ended"


class TestSeconds:
    def test_they_are_a_setting(self, anna, mira, settings, time_machine):
        settings.UNDO_SECONDS = 60
        call = finished(anna, "do_not_call")
        time_machine.move_to(now() + timedelta(seconds=59))
        assert finishing.settle_effects() == 0
        finishing.undo(call, by=anna)
        assert call.effects_at is None

    def test_with_none_what_would_wait_happens_at_once(self, anna, mira, settings):
        settings.UNDO_SECONDS = 0
        call = finished(anna, "do_not_call")
        assert Consent.objects.filter(customer=mira, is_given=False).exists()
        call.refresh_from_db()
        assert call.effects_at is None
        with pytest.raises(TooLate):
            finishing.undo(call, by=anna)

    def test_a_call_that_was_finished_before_the_upgrade_is_too_late(self, client, anna, mira):
        call = finished(anna)
        Undo.objects.all().delete()
        with pytest.raises(TooLate):
            finishing.undo(call, by=anna)
        client.force_login(anna)
        assert client.post(reverse("interactions:call_undoing", args=[call.pk])).status_code == 409


class TestPage:
    def test_without_htmx_the_next_page_has_it(self, client, anna, mira):
        client.force_login(anna)
        call = ringing.end(ringing.dial(NUMBER, by=anna), by=anna)
        before = everything()
        page = client.post(reverse("interactions:finish", args=[call.pk]), {"outcome": "answered"}, follow=True)
        undo = reverse("interactions:call_undoing", args=[call.pk])
        assert f'action="{undo}"' in page.content.decode()
        client.get(reverse("interactions:console"))
        assert client.post(undo).status_code == 302 and everything() == before
        assert client.post(undo).status_code == 409


class TestMissed:
    @pytest.fixture
    def rang_out(self, anna, mira, time_machine):
        def rang_out():
            ring(agent=anna)
            time_machine.move_to(now() + timedelta(seconds=100))
            missing.settle_missed()
            return Call.objects.get()

        return rang_out

    def test_answered_after_all_nothing_is_left_of_it(self, anna, mira, rang_out):
        place = make.make_conversation(mira, opened_at=now() - timedelta(days=3))
        noting.log("meeting", conversation=place, customer=mira, words="Hello", by=anna)
        before = everything()
        call = ringing.take(rang_out(), by=anna)
        after = everything()
        assert {name: after[name] for name in after if name != "Call"} == {
            name: before[name] for name in before if name != "Call"
        }
        assert (call.status, call.conversation, call.interaction) == ("live", None, None)

    def test_it_is_answered_whatever_was_done_to_what_it_left(self, anna, mira, rang_out):
        call = rang_out()
        moving.move(call.interaction, to=None, by=anna)
        settling.settle(Conversation.objects.get(), by=anna)
        promising.move(Task.objects.get(), due=now() + timedelta(days=1), by=anna)
        ringing.take(call, by=anna)
        assert not Interaction.objects.exists() and Task.objects.exists()

    def test_one_that_was_missed_before_the_upgrade_is_answered_all_the_same(self, anna, mira, rang_out):
        call = rang_out()
        Undo.objects.all().delete()
        call = ringing.take(call, by=anna)
        assert call.status == "live" and Task.objects.count() == Interaction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def call(self):
        make.make_mira()
        return finished(make.make_anna(state="available"), "do_not_call")

    def test_of_two_clicks_one_undoes(self, call):
        anna = call.taken_by
        with held(lambda: Call.objects.select_for_update(of=("self",)).get(pk=call.pk)) as start:
            clicks = [start(lambda: finishing.undo(Call.objects.get(), by=anna)) for _ in range(2)]
        assert {type(click.exception(10)) for click in clicks} == {type(None), AlreadyUndone}
        assert not Interaction.objects.exists()

    def test_a_refusal_that_the_clock_has_just_written_is_not_half_undone(self, call, time_machine):
        anna, until = call.taken_by, Undo.objects.get().until

        def settle():
            time_machine.move_to(until, tick=False)
            finishing.settle_effects()
            time_machine.move_to(until - timedelta(seconds=1), tick=False)  # whose clock is a second behind

        with held(settle) as start:
            undo = start(lambda: finishing.undo(Call.objects.get(), by=anna))
        assert isinstance(undo.exception(10), TooLate)
        assert Consent.objects.exists() and Call.objects.get().status == "finished"
