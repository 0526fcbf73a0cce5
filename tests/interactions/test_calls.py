"""A telephone rings: who gets it, how it ends, what follows, and ten seconds to take it back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from crm import undoing
from customers.models import Consent, Opening
from interactions import attending, finishing, outcomes, ringing, thread
from interactions.models import Call, Conversation, Interaction, Task
from tests import make
from tests.interactions.switchboard import ring
from tests.permuting import rarely


class TestRinging:
    def test_a_known_caller_is_named_and_opened_to_the_agent(self, mira):
        clara = make.make_clara()
        call = ring(agent=clara)
        assert call.customer == mira and call.number == "+390895550147"
        assert Call.objects.ringing_at(clara).get() == call
        assert mira in type(mira).objects.visible_to(clara)

    def test_without_an_agent_it_rings_at_all_who_are_available(self, anna, mira):
        boris = make.make_boris()
        call = ring()
        assert list(Call.objects.ringing_at(anna)) == [call]
        assert not Call.objects.ringing_at(boris).exists()  # he is away

    def test_a_telephone_system_whose_clock_is_wrong_rings_all_the_same(self, anna, mira):
        late, early = ring(at=now() - timedelta(minutes=4)), ring(ref="c2", at=now() + timedelta(hours=1))
        assert set(Call.objects.ringing_at(anna)) == {late, early}
        assert abs(early.rang_at - now()) < timedelta(minutes=1)

    def test_what_is_told_twice_or_out_of_order_counts_once(self, anna, mira):
        ring("answered", agent=anna)
        ring("ringing", agent=anna)
        ring("answered", agent=anna)
        ring("ended")
        call = ring("ended")
        assert Call.objects.count() == 1 and (call.status, call.taken_by) == ("ended", anna)

    def test_each_change_makes_the_version_grow(self, anna, mira):
        versions = [ring().version, ringing.take(Call.objects.get(), by=anna).version, ring("ended").version]
        assert versions == sorted(set(versions))

    def test_answered_by_nobody_whom_we_know_it_is_still_to_be_taken(self, anna, mira):
        for ref in ("c1", "c2"):
            ring(ref=ref)
            ring("answered", ref=ref)
        assert ringing.take(Call.objects.get(ref="c1"), by=anna).taken_by == anna
        assert ring("ended", ref="c2").status == "missed" and mira.tasks.exists()

    def test_a_withheld_number_is_an_unknown_caller(self, anna):
        call = ring(number="")
        assert call.customer is None and ringing.take(call, by=anna).status == "live"

    @pytest.mark.django_db(transaction=True)
    def test_only_one_agent_gets_the_call(self):
        call, agents = ring(), [make.make_user(f"Agent {n}") for n in range(4)]

        def take(agent):
            try:
                return ringing.take(Call.objects.get(pk=call.pk), by=agent).taken_by
            except ringing.AlreadyTaken as taken:
                return str(taken)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(take, agents))
        winner = Call.objects.get().taken_by
        assert answers.count(winner) == 1 and answers.count(f"{winner} took this call.") == 3

    def test_a_number_typed_in_the_console_is_a_call_too(self, anna, mira):
        call = ringing.dial("(089) 555-0147", by=anna)
        assert (call.customer, call.status, call.taken_by) == (mira, "live", anna)
        anna.refresh_from_db()
        assert anna.state == "on_a_call"
        with pytest.raises(ringing.NotANumber):
            ringing.dial("tomorrow", by=anna)


class TestFinishing:
    @pytest.fixture
    def call(self, mira, anna):
        return ringing.dial("+390895550147", by=anna)

    def test_outcomes_have_the_digits_one_to_eight(self):
        assert [outcome.digit for outcome in outcomes.OUTCOMES] == list(range(1, 9))
        with pytest.raises(outcomes.UnknownOutcome):
            outcomes.named("9")

    def test_it_is_logged_with_notes_promise_and_length(self, call, anna, mira):
        ringing.write_notes(call, "Wants two bags")
        promise = finishing.Promise("Send two bags", now() + timedelta(days=2))
        interaction = finishing.finish(call, "2", by=anna, promises=(promise,))
        assert (interaction.words, interaction.outcome, interaction.author) == ("Wants two bags", "interested", anna)
        assert interaction.duration_seconds is not None and interaction.conversation.subject == "Wants two bags"
        card = thread.card(mira, anna)
        assert card.we.words == "Send two bags" and not card.is_waiting and card.promised[0].interaction == interaction
        anna.refresh_from_db()
        assert anna.state == "available"

    def test_it_is_finished_once(self, call, anna):
        finishing.finish(call, "3", by=anna)
        with pytest.raises(finishing.AlreadyFinished):
            finishing.finish(call, "3", by=anna)
        assert Interaction.objects.count() == 1

    def test_a_question_answered_settles_the_matter_but_not_a_promise(self, call, anna, mira):
        conversation = make.make_conversation(mira)
        finishing.finish(call, "answered", by=anna, conversation=conversation)
        conversation.refresh_from_db()
        assert not conversation.is_open
        again = ringing.dial("+390895550147", by=anna)
        make.make_task(mira, anna, conversation=conversation)
        finishing.finish(again, "answered", by=anna)
        conversation.refresh_from_db()
        assert conversation.is_open and conversation.interaction_count == 2

    def test_a_complaint_forbids_offers(self, call, anna, mira):
        finishing.finish(call, "complaint", by=anna, notes="Too loud")
        card = thread.card(mira, anna)
        assert card.has_complaint and card.step.kind == "complaint" and not card.allows_offer

    def test_call_back_promises_it_for_tomorrow_unless_a_time_was_said(self, call, anna):
        finishing.finish(call, "call_back", by=anna)
        task = Task.objects.get()
        assert task.kind == "callback" and task.has_time and now() < task.due_at < now() + timedelta(days=2)

    def test_do_not_call_again_is_written_down_after_ten_seconds(self, call, anna, mira, time_machine):
        finishing.finish(call, "do_not_call", by=anna, notes="Never again")
        assert finishing.settle_effects() == 0 and not Consent.objects.exists()
        time_machine.move_to(now() + timedelta(seconds=11))
        assert finishing.settle_effects() == 1 and finishing.settle_effects() == 0
        said = Consent.objects.filter(customer=mira, channel="phone", is_given=False)
        assert {consent.purpose for consent in said} == {"offers", "surveys"} and "Never again" not in said[0].proof

    def test_a_wrong_number_is_not_used_any_more(self, call, anna, mira, time_machine):
        finishing.finish(call, "wrong_number", by=anna)
        time_machine.move_to(now() + timedelta(seconds=11))
        finishing.settle_effects()
        assert mira.contact_points.get(channel="phone").bounce_reason == "Wrong number"

    def test_the_call_of_an_unknown_number_is_logged_too(self, anna):
        call = ringing.dial("+39 02 1234567", by=anna)
        interaction = finishing.finish(call, "answered", by=anna, notes="Somebody asked for prices")
        assert interaction.customer is None and interaction.conversation.customer is None


class TestState:
    """What an agent chose by hand stands; on a call, wrap-up and available follow the calls."""

    def state(self, anna):
        anna.refresh_from_db()
        return anna.state

    @pytest.mark.parametrize("chosen", ["break", "away"])
    def test_what_they_chose_while_wrapping_up_stands(self, mira, anna, chosen):
        call = ringing.dial("+390895550147", by=anna)
        ringing.end(call, by=anna)
        attending.choose(anna, chosen)
        finishing.finish(call, "answered", by=anna)
        assert self.state(anna) == chosen
        finishing.undo(call, by=anna)
        assert self.state(anna) == chosen

    def test_so_does_a_break_in_which_they_take_a_call(self, mira, anna):
        attending.choose(anna, "break")
        call = ringing.dial("+390895550147", by=anna)
        during = [self.state(anna)]
        ringing.end(call, by=anna)
        during.append(self.state(anna))
        finishing.finish(call, "answered", by=anna)
        assert [*during, self.state(anna)] == ["break"] * 3

    def test_else_it_follows_the_calls(self, mira, anna):
        states = []
        call = ringing.dial("+390895550147", by=anna)
        states.append(self.state(anna))
        ringing.end(call, by=anna)
        states.append(self.state(anna))
        finishing.finish(call, "answered", by=anna)
        states.append(self.state(anna))
        finishing.undo(call, by=anna)
        assert [*states, self.state(anna)] == ["on_a_call", "wrap_up", "available", "wrap_up"]

    def test_whoever_has_another_call_to_finish_is_not_available_yet(self, mira, anna):
        first = ringing.dial("+390895550147", by=anna)
        ringing.end(first, by=anna)
        second = ringing.dial("+390895550148", by=anna)
        ringing.end(second, by=anna)
        finishing.finish(second, "answered", by=anna)
        assert self.state(anna) == "wrap_up"


class TestUndo:
    @pytest.mark.parametrize(
        "outcome", ["complaint", *rarely(*(one.key for one in outcomes.OUTCOMES if not one.is_complaint))]
    )
    def test_every_outcome_can_be_undone_whole(self, mira, anna, outcome):
        conversation = make.make_conversation(mira, "Samples", opened_at=now() - timedelta(days=3))
        mail = make.make_interaction(mira, conversation, occurred_at=now() - timedelta(hours=1))
        thread.said(mail)
        names = [field.name for field in Conversation._meta.fields]
        before = Conversation.objects.filter(pk=conversation.pk).values(*names).get()
        call = ringing.dial("+390895550147", by=anna)
        promise = finishing.Promise("Send two", now() + timedelta(days=1))
        finishing.finish(call, outcome, by=anna, notes="x", promises=(promise,))
        finishing.undo(call, by=anna)
        assert Conversation.objects.filter(pk=conversation.pk).values(*names).get() == before
        assert list(Interaction.objects.all()) == [mail] and not Task.objects.exists()
        assert (call.status, call.outcome, call.effects_at, call.notes) == ("ended", "", None, "x")
        finishing.finish(call, "answered", by=anna)

    def test_a_conversation_that_it_opened_is_gone(self, mira, anna):
        call = ringing.dial("+390895550147", by=anna)
        finishing.finish(call, "interested", by=anna, notes="x")
        assert Conversation.objects.count() == 1
        finishing.undo(call, by=anna)
        assert not Conversation.objects.exists()

    def test_a_mail_that_came_meanwhile_keeps_its_conversation(self, mira, anna):
        call = ringing.dial("+39 089 555 0147", by=anna)
        place = finishing.finish(call, "answered", by=anna, notes="A question").conversation
        mail = make.make_interaction(mira, place, words="One more thing", occurred_at=now())
        thread.said(mail)
        finishing.undo(call, by=anna)
        mail.refresh_from_db()
        place.refresh_from_db()
        assert mail.conversation == place and place.waiting_since == mail.occurred_at
        assert place.interactions.count() == 1

    def test_words_that_came_meanwhile_are_not_settled_again(self, mira, anna):
        place = make.make_conversation(mira, status="settled", settled_at=now())
        make.make_task(mira, anna, conversation=place)
        call = ringing.dial("+39 089 555 0147", by=anna)
        finishing.finish(call, "answered", by=anna, notes="A question")
        mail = make.make_interaction(mira, place, words="One more thing", occurred_at=now())
        thread.said(mail)
        finishing.undo(call, by=anna)
        place.refresh_from_db()
        assert place.is_open and place.waiting_since == mail.occurred_at

    def test_after_ten_seconds_it_is_too_late(self, mira, anna, time_machine):
        call = ringing.dial("+390895550147", by=anna)
        finishing.finish(call, "complaint", by=anna)
        time_machine.move_to(now() + timedelta(seconds=11))
        with pytest.raises(undoing.TooLate):
            finishing.undo(call, by=anna)
        assert Interaction.objects.count() == 1


def test_the_openings_of_an_agent_who_sees_all_are_not_written(anna, mira):
    ringing.dial("+390895550147", by=anna)
    assert not Opening.objects.exists()
