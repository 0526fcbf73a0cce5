"""What points at a conversation or an interaction follows, wherever that goes, and comes back when it is undone."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from interactions import finishing, missing, moving, noting, outbox, promising, ringing
from interactions.conversations import filing, settling
from interactions.models import Call, Interaction, Message, Task
from tests import make
from tests.interactions.postman import mail, receive, sent_to_many
from tests.interactions.switchboard import ring


def customers(*rows):
    for row in rows:
        row.refresh_from_db()
    return {row.customer for row in rows}


class TestItBelongsToSomebodyElse:
    def test_its_calls_promises_and_mails_are_theirs_too(self, missed, anna, mira, rui):
        mails = [
            outbox.queue(channel="email", conversation=missed.conversation, text="Sorry", by=anna) for _ in range(2)
        ]
        Message.objects.filter(pk=mails[0].pk).update(status="sent")
        version = missed.version
        moving.belongs_to(missed.conversation, rui, by=anna)
        assert customers(missed, missed.interaction, Task.objects.get(), *mails) == {rui}
        assert missed.version > version  # the console that shows it is told

    def test_what_was_sent_to_many_counts_for_whom_it_was_sent_to(self, anna, mira, rui):
        message = sent_to_many(mira)
        answer = receive(mail(In_Reply_To=f"<{message.message_ref}>"))
        moving.belongs_to(answer.conversation, rui, by=anna)
        assert customers(answer) == {rui} and customers(message) == {mira}

    def test_it_is_told_as_what_it_is(self, missed, anna, mira, rui):
        moving.belongs_to(missed.conversation, rui, by=anna)
        fact = Event.objects.get(kind="conversation.recognised")
        assert (fact.customer_id, fact.actor, fact.data["former_customer"]) == (rui.pk, anna, mira.pk)

    def test_nobodys_finds_a_keeper_and_the_keepers_team(self, anna, mira):
        type(mira).objects.filter(pk=mira.pk).update(keeper=anna)
        mira.refresh_from_db()
        nobodys = make.make_conversation(None)
        moving.belongs_to(nobodys, mira, by=make.make_boris())
        nobodys.refresh_from_db()
        assert (nobodys.owner, nobodys.team) == (anna, anna.team)


class TestToAnotherConversation:
    def test_a_call_goes_with_its_interaction(self, missed, anna, mira):
        other = make.make_conversation(mira, "Another matter")
        moving.move(missed.interaction, to=other, by=anna)
        assert Call.objects.get().conversation == Task.objects.get().conversation == other

    def test_to_a_new_one_it_is_told_that_it_was_opened(self, missed, anna, mira):
        Event.objects.all().delete()
        make.make_interaction(mira, missed.conversation)
        alone = moving.move(missed.interaction, to=None, by=anna)
        opened = Event.objects.get(kind="conversation.opened")
        assert (opened.about_id, opened.customer_id, opened.actor) == (alone.pk, mira.pk, anna)
        assert Call.objects.get().conversation == alone

    def test_what_was_settled_without_an_answer_waits_no_more_when_something_comes_or_goes(self, anna, mira):
        long_ago = format_datetime(now() - timedelta(days=40))
        old = receive(mail(Date=long_ago, words="Two bags, thank you!")).conversation
        settling.settle(old, by=anna)
        came = receive(mail(subject="Capsules", words="Have you capsules?"))
        other = came.conversation
        assert other != old
        moving.move(came, to=old, by=anna)
        old.refresh_from_db()
        assert old.is_open and old.waiting_since == came.occurred_at
        came.refresh_from_db()
        moving.move(came, to=None, by=anna)
        old.refresh_from_db()
        assert old.waiting_since is None, "it was settled forty days ago"

    def test_a_note_that_comes_into_a_settled_matter_leaves_it_settled(self, anna, mira):
        settled, other = make.make_conversation(mira), make.make_conversation(mira)
        filing.file(
            Interaction(customer=mira, conversation=settled, channel="email", direction="in", occurred_at=now())
        )
        settling.settle(settled, by=anna)
        moving.move(noting.log("note", words="He is away", conversation=other, by=anna), to=settled, by=anna)
        settled.refresh_from_db()
        assert (settled.status, settled.waiting_since, settled.interaction_count) == ("settled", None, 2)

    def test_nothing_waits_in_a_settled_matter_that_something_was_moved_out_of(self, anna, mira):
        first = receive(mail())
        place = receive(mail(words="And two more")).conversation
        settling.settle(place, by=anna)
        moving.move(first, to=None, by=anna)
        place.refresh_from_db()
        assert (place.is_open, place.waiting_since, place.interaction_count) == (False, None, 1)

    def test_two_that_become_one_keep_their_calls(self, missed, anna, mira):
        other = make.make_conversation(mira, "Another matter")
        moving.join(missed.conversation, to=other, by=anna)
        assert Call.objects.get().conversation == other


class TestUndo:
    @pytest.fixture
    def nobodys(self, anna):
        """A conversation of nobody's with a mail, an answer, a promise and a missed call in it."""
        first = receive(mail(sender="new@example.org"))
        place = first.conversation
        ring(ref="c0", number="+39 02 1234567")
        moving.move(ring("ended", ref="c0").interaction, to=place, by=anna)
        outbox.queue(channel="email", conversation=place, text="Who are you?", by=anna)
        place.refresh_from_db()
        return place

    def test_an_undone_call_leaves_what_was_nobodys_to_nobody(self, nobodys, anna, mira):
        type(mira).objects.filter(pk=mira.pk).update(keeper=anna)
        before = type(nobodys).objects.filter(pk=nobodys.pk).values().get()
        call = ringing.dial("+390895550147", by=anna)
        finishing.finish(call, "interested", by=anna, notes="It was me", conversation=nobodys)
        rows = [*nobodys.interactions.all(), *nobodys.messages.all(), *Task.objects.all(), *Call.objects.all()]
        assert len(rows) == 7 and customers(nobodys, *rows) == {mira}
        finishing.undo(call, by=anna)
        assert type(nobodys).objects.filter(pk=nobodys.pk).values().get() == before
        left = [*nobodys.interactions.all(), *nobodys.messages.all(), *Task.objects.all()]
        assert customers(*left, Call.objects.get(ref="c0")) == {None} and customers(call) == {mira}

    def test_what_she_wrote_meanwhile_stays_hers(self, nobodys, anna, mira):
        call = ringing.dial("+390895550147", by=anna)
        finishing.finish(call, "interested", by=anna, conversation=nobodys)
        hers = filing.file(
            Interaction(customer=mira, conversation=nobodys, channel="email", direction="in", occurred_at=now())
        )
        finishing.undo(call, by=anna)
        assert customers(hers) == {mira} and customers(nobodys) == {None}


class TestMissed:
    def test_a_matter_that_was_nobodys_is_hers_when_the_call_is_answered_late_and_she_says_who_she_is(
        self, anna, mira, time_machine
    ):
        ring(agent=anna, number="+39 02 1234567")
        time_machine.move_to(now() + timedelta(seconds=100))
        missing.settle_missed()
        place = Call.objects.get().conversation
        promising.move(Task.objects.get(), due=now() + timedelta(days=1), by=anna)  # somebody has touched it
        call = ringing.choose(ring("answered", agent=anna), mira)
        assert finishing.finish(call, "interested", by=anna).conversation == place
        assert customers(place, Task.objects.get()) == {mira}

    def test_a_matter_that_it_opens_again_is_settled_by_nobody(self, anna, mira):
        at = now() - timedelta(days=1)
        place = make.make_conversation(mira, status="settled", settled_at=at, settled_by=anna)
        kept = make.make_task(mira, anna, conversation=place)
        ring()
        call = ring("ended")
        place.refresh_from_db()
        assert call.conversation == place and (place.status, place.settled_by) == ("open", None)
        promising.keep(kept, by=anna)

    def test_answered_late_it_is_settled_again_by_whom_it_was(self, anna, mira, time_machine):
        at = now() - timedelta(days=1)
        place = make.make_conversation(mira, status="settled", settled_at=at, settled_by=anna)
        kept = make.make_task(mira, anna, conversation=place)
        ring(agent=anna)
        time_machine.move_to(now() + timedelta(seconds=100))
        missing.settle_missed()
        promising.keep(kept, by=anna)
        ring("answered", agent=anna)
        place.refresh_from_db()
        assert (place.status, place.settled_at, place.settled_by) == ("settled", at, anna)
