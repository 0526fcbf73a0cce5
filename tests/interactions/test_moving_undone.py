"""What went to another conversation or customer comes back as it was; what came meanwhile stays where it is."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from crm import undoing
from crm.events.models import Event
from crm.models import Undo
from crm.undoing import AlreadyUndone, ChangedMeanwhile, TooLate
from customers.models import Touched
from interactions import moving, outbox, promising
from interactions.conversations import filing, settling
from interactions.models import Call, Conversation, Interaction, Task
from tests import make
from tests.interactions.postman import mail, receive
from tests.interactions.snapshot import everything
from tests.interactions.switchboard import ring
from tests.permuting import rarely
from tests.racing import held


def said(place, customer, **fields):
    fields = {"direction": "in", "kind": "message", "words": "One more thing", **fields}
    words = Interaction(customer=customer, conversation=place, channel="email", occurred_at=now(), **fields)
    return filing.file(words)


def settled(mira, anna, subject="Samples"):
    place = make.make_conversation(mira, subject, opened_at=now() - timedelta(days=90))
    said(place, mira)
    settling.settle(place, by=anna)
    return place


def to_another(missed, anna, mira, rui):
    moving.move(missed.interaction, to=make.make_conversation(mira, "Another matter"), by=anna)


def to_a_settled_one(missed, anna, mira, rui):
    moving.move(missed.interaction, to=settled(mira, anna), by=anna)


def to_a_new_one(missed, anna, mira, rui):
    said(missed.conversation, mira)
    moving.move(missed.interaction, to=None, by=anna)


def out_of_one_that_goes_on(missed, anna, mira, rui):
    said(missed.conversation, mira)
    moving.move(missed.interaction, to=settled(mira, anna), by=anna)


def join(missed, anna, mira, rui):
    said(missed.conversation, mira)
    outbox.queue(channel="email", conversation=missed.conversation, text="Sorry", by=anna)
    moving.join(missed.conversation, to=settled(mira, anna), by=anna)


def give_to_another_customer(missed, anna, mira, rui):
    outbox.queue(channel="email", conversation=missed.conversation, text="Sorry", by=anna)
    rui.keeper = make.make_clara()
    rui.save()
    Conversation.objects.filter(pk=missed.conversation_id).update(owner=None, team=None)
    missed.conversation.refresh_from_db()
    moving.belongs_to(missed.conversation, rui, by=anna)


QUICK = [to_a_settled_one, to_a_new_one, join, give_to_another_customer]
DEEDS = [*QUICK, *rarely(to_another, out_of_one_that_goes_on)]  # two that are moved as the first two are


def before(monkeypatch):
    """Note what stands before the one deed that a test is about: its Undo is the first thing that it writes."""
    noted, keep = [], undoing.keep

    def note(kind, **how):
        if kind in ("interaction.moved", "conversation.joined", "conversation.recognised"):
            noted.append(everything())
        return keep(kind, **how)

    monkeypatch.setattr(undoing, "keep", note)
    return noted


class TestEveryDeed:
    @pytest.mark.parametrize("deed", DEEDS)
    def test_all_stands_as_before(self, missed, anna, mira, rui, deed, monkeypatch):
        noted = before(monkeypatch)
        deed(missed, anna, mira, rui)
        assert everything() != noted[0]
        Touched.objects.all().delete()
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        assert everything() == noted[0]
        moved = {mira.pk, rui.pk} if deed is give_to_another_customer else {mira.pk}
        assert set(Touched.objects.values_list("customer_id", flat=True)) == moved

    @pytest.mark.parametrize(
        "deed", [join, *rarely(to_another, to_a_settled_one, to_a_new_one, give_to_another_customer)]
    )
    def test_it_is_undone_once_and_in_time(self, missed, anna, mira, rui, deed, time_machine):
        deed(missed, anna, mira, rui)
        kept = Undo.objects.latest("pk")
        time_machine.move_to(kept.until)
        with pytest.raises(TooLate):
            undoing.undo(kept, by=anna)
        time_machine.move_to(kept.at)
        undoing.undo(kept, by=anna)
        with pytest.raises(AlreadyUndone):
            undoing.undo(kept, by=anna)


class TestTold:
    def kinds(self):
        return list(Event.objects.order_by("id").values_list("kind", "about_id"))

    def test_who_moved_it_back_and_what_became_of_the_conversations(self, missed, anna, mira):
        old, place = settled(mira, anna), missed.conversation_id
        moving.move(missed.interaction, to=old, by=anna)
        Event.objects.all().delete()
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        assert self.kinds() == [
            ("conversation.opened", place),
            ("conversation.settled", old.pk),
            ("interaction.moved", missed.interaction_id),
        ]
        assert {event.actor for event in Event.objects.all()} == {anna}
        assert Event.objects.last().data == {"is_undone": True, "source": old.pk, "to": place}

    def test_a_new_one_is_gone_again(self, missed, anna, mira):
        said(missed.conversation, mira)
        new = moving.move(missed.interaction, to=None, by=anna)
        Event.objects.all().delete()
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        assert ("conversation.removed", new.pk) in self.kinds()

    def test_it_is_recognised_as_whose_it_was(self, missed, anna, mira, rui):
        moving.belongs_to(missed.conversation, rui, by=anna)
        Event.objects.all().delete()
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        fact = Event.objects.get(kind="conversation.recognised")
        assert (fact.customer_id, fact.data) == (mira.pk, {"is_undone": True})


class TestMeanwhile:
    def test_words_that_came_into_the_new_conversation_stay_there_and_keep_it(self, missed, anna, mira):
        said(missed.conversation, mira)
        new = moving.move(missed.interaction, to=None, by=anna)
        answer = said(new, mira)
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        new.refresh_from_db()
        assert list(new.interactions.all()) == [answer] and new.is_open and new.waiting_since == answer.occurred_at

    def test_words_that_came_keep_open_what_the_move_opened_again(self, missed, anna, mira):
        old = settled(mira, anna)
        moving.move(missed.interaction, to=old, by=anna)
        words = said(old, mira)
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        old.refresh_from_db()
        assert old.is_open and old.their_at == words.occurred_at
        assert missed.interaction_id in missed.conversation.interactions.values_list("pk", flat=True)

    def test_an_answer_on_its_way_still_answers(self, missed, anna, mira):
        other = make.make_conversation(mira, "Another matter")
        said(other, mira)
        moving.move(missed.interaction, to=other, by=anna)
        outbox.queue(channel="email", conversation=other, text="We are coming", by=anna)
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        other.refresh_from_db()
        assert other.waiting_since is None

    def test_what_rests_on_it_is_undone_first(self, missed, anna, mira):
        other, third = make.make_conversation(mira, "Another"), make.make_conversation(mira, "A third")
        moving.move(missed.interaction, to=other, by=anna)
        first = Undo.objects.latest("pk")
        moving.move(missed.interaction, to=third, by=anna)
        with pytest.raises(ChangedMeanwhile):
            undoing.undo(first, by=anna)
        undoing.undo(Undo.objects.latest("pk"), by=anna)
        undoing.undo(first, by=anna)
        assert Call.objects.get().conversation == missed.conversation

    def test_a_promise_that_was_kept_since_stays_kept_and_forbids_it(self, missed, anna, mira):
        moving.move(missed.interaction, to=make.make_conversation(mira, "Another"), by=anna)
        moved = Undo.objects.latest("pk")
        promising.keep(Task.objects.get(), by=anna)
        with pytest.raises(ChangedMeanwhile):
            undoing.undo(moved, by=anna)
        assert Task.objects.get().status == "kept"

    def test_a_call_that_was_answered_after_all_cannot_be_moved_back(self, anna, mira, time_machine):
        ring(agent=anna)
        time_machine.move_to(now() + timedelta(seconds=100))
        call = ring("ended")
        Call.objects.update(told_over_at=None)
        moving.move(call.interaction, to=make.make_conversation(mira, "Another"), by=anna)
        ring("answered", agent=anna)
        assert not Interaction.objects.exists()
        with pytest.raises(ChangedMeanwhile):
            undoing.undo(Undo.objects.get(kind="interaction.moved"), by=anna)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def moved(self):
        anna, mira = make.make_anna(), make.make_mira()
        source, target = make.make_conversation(mira, "One"), make.make_conversation(mira, "Two")
        words = said(source, mira)
        before = everything()
        moving.move(words, to=target, by=anna)
        return anna, mira, words, target, before

    def test_of_two_clicks_one_undoes(self, moved):
        anna, _mira, words, _target, before = moved
        kept = Undo.objects.get()
        with held(lambda: Interaction.objects.select_for_update().get(pk=words.pk)) as start:
            clicks = [start(lambda: undoing.undo(kept, by=anna)) for _ in range(2)]
        assert {type(click.exception(10)) for click in clicks} == {type(None), AlreadyUndone}
        assert everything() == before

    def test_who_settles_it_while_it_is_moved_back_settles_what_is_there(self, moved):
        anna, _mira, _words, target, _before = moved
        with held(lambda: settling.settle(target, by=anna)) as start:
            undo = start(lambda: undoing.undo(Undo.objects.get(), by=anna))
        assert isinstance(undo.exception(10), ChangedMeanwhile)
        target.refresh_from_db()
        assert not target.is_open and target.interaction_count == 1

    def test_a_mail_that_is_filed_meanwhile_is_not_lost_from_the_card(self, moved):
        anna, mira, _words, target, _before = moved
        with held(lambda: said(target, mira, words="While you move")) as start:
            undo = start(lambda: undoing.undo(Undo.objects.get(), by=anna))
        assert undo.exception(10) is None
        target.refresh_from_db()
        assert (target.interaction_count, target.their_words) == (1, "While you move") and target.waiting_since


def test_what_was_written_down_while_a_matter_was_somebody_elses_comes_back_with_it(anna, mira, rui):
    place = make.make_conversation(mira)
    said(place, mira)
    moving.belongs_to(place, rui, by=anna)
    written = said(place, rui, words="One more thing")
    promised = promising.make("Send two", customer=rui, conversation=place, due=now() + timedelta(1), by=anna)
    undoing.undo(Undo.objects.get(), by=anna)
    for row in (place, written, promised):
        row.refresh_from_db()
    assert {place.customer, written.customer, promised.customer} == {mira}


class TestPage:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, anna):
        client.force_login(anna)

    def undo_on(self, client, url):
        page = client.get(url).content.decode()
        return re.search(r'<form class="toast" method="post" action="([^"]+)"', page)[1].replace("&amp;", "&")

    def test_a_message_is_moved_and_moved_back_by_the_notice(self, client, anna, mira):
        old = make.make_conversation(mira, "Samples", owner=anna)
        new = make.make_conversation(mira, "A new one", owner=anna)
        words = said(new, mira)
        before = everything()
        answer = client.post(reverse("interactions:move", args=[words.pk]), {"to": old.pk})
        undo = self.undo_on(client, answer.url)
        client.get(answer.url)  # reloaded: the notice is gone, its address still works
        assert client.post(undo)["Location"] == new.get_absolute_url()
        assert everything() == before and client.get(new.get_absolute_url()).status_code == 200
        assert client.post(undo).status_code == 409

    def test_to_where_it_is_there_is_nothing_to_undo(self, client, anna, mira):
        place = make.make_conversation(mira, owner=anna)
        client.post(reverse("interactions:move", args=[said(place, mira).pk]), {"to": place.pk})
        assert not Undo.objects.exists()

    def test_nobodys_conversation_is_nobodys_again(self, client, anna, mira):
        place = receive(mail(sender="new@example.org")).conversation
        before = everything()
        client.post(reverse("interactions:whose", args=[place.pk]), {"customer": mira.pk})
        undo = self.undo_on(client, place.get_absolute_url())
        assert client.post(undo)["Location"] == place.get_absolute_url() and everything() == before
