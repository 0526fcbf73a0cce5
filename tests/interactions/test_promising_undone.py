"""What was done to a promise is taken back as it was: kept, called off, moved, handed, taken."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from crm import undoing
from crm.events.models import Event
from crm.http import undo_address
from crm.models import Undo
from crm.undoing import AlreadyUndone, ChangedMeanwhile, TooLate
from customers.models import Opening, Touched
from interactions import promising
from interactions.models import Task, TaskMove
from tests import make
from tests.permuting import rarely
from tests.racing import held

LATER = timedelta(days=5)


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def boris(db):
    return make.make_boris()


@pytest.fixture
def clara(db):
    return make.make_clara()


@pytest.fixture
def promise(anna):
    due = now() + timedelta(days=2)
    return promising.make("Send two samples", customer=make.make_mira(), due=due, by=anna)


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Task, TaskMove, Opening)]


def keep(promise, anna, clara):
    return promising.keep(promise, by=anna)


def drop(promise, anna, clara):
    return promising.drop(promise, by=anna, why="No need")


def move(promise, anna, clara):
    return promising.move(promise, due=now() + LATER, by=anna, why="Late roast")


def hand(promise, anna, clara):
    return promising.hand(promise, to=clara, by=anna)


def take(promise, anna, boris):
    return promising.take(promise, by=boris)


DEEDS = {
    keep: ("promise.reopened", {"was": "kept"}),
    drop: ("promise.reopened", {"was": "dropped"}),
    move: ("promise.undone", {"deed": "moved"}),
    hand: ("promise.undone", {"deed": "handed"}),
    take: ("promise.undone", {"deed": "taken"}),
}


class TestEveryDeed:
    @pytest.mark.parametrize("deed", DEEDS)
    def test_it_stands_as_before_and_that_is_told(self, promise, anna, boris, clara, deed):
        promising.move(promise, due=now() + timedelta(days=3), by=anna)
        promising.hand(promise, to=boris, by=anna)
        before = everything()
        kept = deed(promise, anna, boris if deed is take else clara)
        assert everything() != before
        Touched.objects.all().delete()
        undoing.undo(kept, by=anna)
        assert everything() == before
        fact = Event.objects.last()
        assert (fact.kind, fact.data) == DEEDS[deed]
        assert (fact.about_id, fact.customer_id, fact.actor) == (promise.pk, promise.customer_id, anna)
        assert set(Touched.objects.values_list("customer_id", flat=True)) == {promise.customer_id}

    @pytest.mark.parametrize("deed", [move, *rarely(*(one for one in DEEDS if one is not move))])
    def test_it_is_undone_once_and_in_time(self, promise, anna, boris, deed, time_machine):
        promising.hand(promise, to=boris, by=anna)
        kept = deed(promise, anna, boris if deed is take else make.make_clara())
        undoing.undo(kept, by=anna)
        after = everything()
        with pytest.raises(AlreadyUndone):
            undoing.undo(kept, by=anna)
        again = deed(promise, anna, boris if deed is take else make.make_user("Carla", team=make.make_team()))
        time_machine.move_to(now() + timedelta(seconds=10))
        with pytest.raises(TooLate):
            undoing.undo(again, by=anna)
        assert everything() != after


class TestMeanwhile:
    def test_what_rests_on_it_is_undone_first(self, promise, anna):
        moved = move(promise, anna, None)
        again = promising.move(promise, due=now() + timedelta(days=9), by=anna)
        kept = promising.keep(promise, by=anna)
        for earlier in (moved, again):
            with pytest.raises(ChangedMeanwhile):
                undoing.undo(earlier, by=anna)
        first = Task.objects.get().first_due_at
        for one in (kept, again, moved):
            undoing.undo(one, by=anna)
        assert Task.objects.get().due_at == first and not TaskMove.objects.exists()

    def test_a_colleague_who_took_it_has_it(self, promise, anna, clara):
        offered = promising.hand(promise, to=clara, by=anna)
        promising.take(promise, by=clara)
        with pytest.raises(ChangedMeanwhile):
            undoing.undo(offered, by=anna)
        assert Task.objects.get().owner == clara

    def test_a_customer_who_was_open_to_the_colleague_stays_open(self, promise, anna, clara):
        Opening.objects.create(customer=promise.customer, user=clara, because="call")
        undoing.undo(promising.hand(promise, to=clara, by=anna), by=anna)
        assert Opening.objects.get().because == "call"

    def test_an_offer_to_another_stands_again(self, promise, anna, boris, clara):
        promising.hand(promise, to=boris, by=anna)
        undoing.undo(promising.hand(promise, to=clara, by=anna), by=anna)
        assert Task.objects.get().offered_to == boris


class TestTakenBack:
    def test_in_time_the_offer_that_closing_ended_stands_again(self, promise, anna, clara):
        promising.hand(promise, to=clara, by=anna)
        promising.keep(promise, by=anna)
        promising.take_back(promise, by=anna)
        assert promise.is_open and promise.offered_to == clara and Undo.objects.get(kind="promise.kept").undone_at

    def test_later_it_is_open_all_the_same(self, promise, anna, time_machine):
        promising.keep(promise, by=anna)
        time_machine.move_to(now() + timedelta(hours=1))
        promising.take_back(promise, by=anna)
        assert promise.is_open
        assert Event.objects.last().kind == "promise.reopened"
        with pytest.raises(promising.PromiseClosed):
            promising.take_back(promise, by=anna)

    def test_what_was_opened_by_hand_meanwhile_is_not_opened_twice(self, promise, anna):
        kept = promising.keep(promise, by=anna)
        Task.objects.update(status="open", closed_at=None, closed_by=None)
        with pytest.raises(promising.PromiseClosed):
            undoing.undo(kept, by=anna)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def start_two(self, start, deed):
        return [start(deed) for _ in range(2)]

    @pytest.mark.parametrize("deed", [keep, move])
    def test_of_two_clicks_one_undoes_and_the_other_is_told(self, deed):
        anna = make.make_anna()
        task = make.make_task(make.make_mira(), anna)
        before = everything()
        kept = deed(task, anna, None)
        with held(lambda: Task.objects.select_for_update().get(pk=task.pk)) as start:
            clicks = self.start_two(start, lambda: undoing.undo(kept, by=anna))
        ends = {type(click.exception(10)).__name__ for click in clicks}
        assert ends == {"NoneType", "AlreadyUndone"} and everything() == before

    def test_who_keeps_it_while_its_move_is_undone_keeps_it_as_before(self):
        anna = make.make_anna()
        task = make.make_task(make.make_mira(), anna)
        day = task.due_at
        kept = move(task, anna, None)
        with held(lambda: undoing.undo(kept, by=anna)) as start:
            keeping = start(lambda: promising.keep(Task.objects.get(), by=anna))
        assert keeping.exception(10) is None
        task.refresh_from_db()
        assert (task.status, task.due_at) == ("kept", day)

    def test_who_undoes_a_move_while_it_is_kept_is_told(self):
        anna = make.make_anna()
        task = make.make_task(make.make_mira(), anna)
        moved = move(task, anna, None)
        with held(lambda: promising.keep(Task.objects.get(), by=anna)) as start:
            undo = start(lambda: undoing.undo(moved, by=anna))
        assert isinstance(undo.exception(10), ChangedMeanwhile)
        task.refresh_from_db()
        assert task.status == "kept" and task.due_at != task.first_due_at


class TestPage:
    @pytest.fixture
    def task(self, client, anna):
        client.force_login(anna)
        return make.make_task(make.make_mira(), anna)

    def undo_of(self, client):
        page = client.get(reverse("interactions:promises")).content.decode()
        return re.search(r'<form class="toast" method="post" action="([^"]+)"', page)[1].replace("&amp;", "&")

    @pytest.mark.parametrize("name", ["day", "handing"])
    def test_without_htmx_it_is_a_form_and_outlives_a_reload(self, client, task, boris, name):
        before = everything()
        said = {"day": (localdate() + LATER).isoformat(), "to": boris.pk}
        client.post(reverse(f"interactions:{name}", args=[task.pk]), said)
        assert everything() != before
        undo = self.undo_of(client)
        client.get(reverse("interactions:promises"))
        assert client.post(undo).status_code == 302 and everything() == before
        assert client.post(undo).status_code == 409

    def test_with_htmx_the_toast_has_it(self, client, task):
        before = everything()
        said = {"day": (localdate() + LATER).isoformat()}
        answer = client.post(reverse("interactions:day", args=[task.pk]), said, headers={"hx-request": "true"})
        address = undo_address(Undo.objects.get())
        assert f'"undo": "{address}"' in answer["HX-Trigger"]
        assert client.post(address, headers={"hx-request": "true"})["HX-Refresh"] == "true" and everything() == before

    def test_whoever_took_it_gives_it_back(self, client, task, boris):
        promising.hand(task, to=boris, by=task.owner)
        before = everything()
        client.force_login(boris)
        client.post(reverse("interactions:task_taking", args=[task.pk]))
        client.post(self.undo_of(client))
        assert everything() == before
