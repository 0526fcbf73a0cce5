"""A promise keeps its first date; moving it says who and why; handed to a colleague it stays mine until taken."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from customers.models import Touched
from interactions import by_when, promising
from interactions.models import Task
from staff.access import first_who_may
from tests import make


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def promise(anna):
    due = now() + timedelta(days=2)
    return promising.make("Send two samples", customer=make.make_mira(), due=due, by=anna)


def test_moving_keeps_the_first_date_and_says_who_and_why(promise, anna):
    first, later = promise.due_at, now() + timedelta(days=5)
    promising.move(promise, due=later, by=anna, why="The roast was late")
    assert (promise.first_due_at, promise.due_at) == (first, later)
    move = promise.moves.get()
    assert (move.by, move.why, move.from_due_at) == (anna, "The roast was late", first)


def test_a_kept_promise_can_be_opened_again_but_not_kept_twice(promise, anna):
    promising.keep(promise, by=anna)
    with pytest.raises(promising.PromiseClosed):
        promising.keep(promise, by=anna)
    with pytest.raises(promising.PromiseClosed):
        promising.move(promise, due=now(), by=anna)
    promising.take_back(promise, by=anna)
    assert promise.is_open and promise.closed_by is None


def test_a_promise_handed_to_a_colleague_stays_mine_until_taken(promise, anna):
    boris, clara = make.make_boris(), make.make_clara()
    promising.hand(promise, to=clara, by=anna)
    assert promise.owner == anna and promise in Task.objects.visible_to(clara)
    with pytest.raises(promising.NotOffered):
        promising.take(promise, by=boris)
    promising.take(promise, by=clara)
    assert promise.owner == clara and promise.offered_to is None
    with pytest.raises(promising.NotOffered):
        promising.take(promise, by=clara)


def test_a_colleague_may_decline(promise, anna):
    clara = make.make_clara()
    promising.hand(promise, to=clara, by=anna)
    promising.decline(promise, by=clara)
    assert promise.owner == anna and promise.offered_to is None


class TestFacts:
    """Each deed tells one fact of its own kind, and what changes nothing tells none."""

    def test_opening_it_again_is_not_a_second_promise(self, promise, anna):
        promising.drop(promise, by=anna, why="No need")
        promising.take_back(promise, by=anna)
        assert told(promise) == ["promise.made", "promise.dropped", "promise.reopened"]
        assert Event.objects.last().data == {"was": "dropped"}

    def test_moving_tells_both_days(self, promise, anna):
        first, later = promise.due_at, now() + timedelta(days=5)
        promising.move(promise, due=later, by=anna, why=" Late roast ")
        fact = Event.objects.last()
        assert fact.data == {"was": first.isoformat(), "to": later.isoformat(), "why": "Late roast"}

    def test_an_offer_is_told_taken_declined_or_withdrawn(self, promise, anna):
        boris, clara = make.make_boris(), make.make_clara()
        promising.hand(promise, to=clara, by=anna)
        promising.hand(promise, to=clara, by=anna)
        promising.decline(promise, by=clara)
        promising.decline(promise, by=clara)
        promising.hand(promise, to=boris, by=anna)
        promising.hand(promise, to=clara, by=anna)  # instead of Boris
        promising.decline(promise, by=anna)
        promising.hand(promise, to=clara, by=anna)
        promising.take(promise, by=clara)
        assert told(promise)[1:] == [
            *("promise.handed", "promise.declined"),
            *("promise.handed", "promise.withdrawn", "promise.handed", "promise.withdrawn"),
            *("promise.handed", "promise.taken"),
        ]
        assert Event.objects.last().data == {"owner_before": anna.pk}


def told(promise) -> list[str]:
    facts = Event.objects.filter(about="interactions.task", about_id=promise.pk).order_by("id")
    return list(facts.values_list("kind", flat=True))


def test_each_deed_is_a_fact_and_marks_the_customer(promise, anna):
    Touched.objects.all().delete()
    promising.drop(promise, by=anna, why="She does not want them")
    fact = Event.objects.get(kind="promise.dropped")
    assert fact.actor == anna and fact.data == {"why": "She does not want them"}
    assert Touched.objects.get().customer_id == promise.customer_id


def test_an_empty_promise_is_refused(anna):
    with pytest.raises(promising.NoWords):
        promising.make("  ", customer=None, due=now(), by=anna)


class TestRules:
    """They stand in the verbs, so they hold for the form, the composer, the call and the API alike."""

    def test_a_day_that_is_over_cannot_be_promised_but_an_hour_of_today_can(self, promise, anna, time_machine):
        time_machine.move_to(datetime(2026, 3, 2, 12, tzinfo=UTC))
        yesterday, this_morning = datetime(2026, 3, 1, 22, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC)
        with pytest.raises(by_when.DayOver):
            promising.make("Call", customer=None, due=yesterday, by=anna)
        with pytest.raises(by_when.DayOver):
            promising.move(promise, due=yesterday, by=anna)
        assert promising.make("Call", customer=None, due=this_morning, by=anna).is_late()
        past = promising.make("Call", customer=None, due=yesterday, by=anna, at=yesterday - timedelta(days=1))
        assert past.is_late() and past.created_at < yesterday

    @pytest.mark.parametrize("who", [{"role": "marketing"}, {"is_active": False}])
    def test_nobody_owns_a_promise_who_may_not_open_promises(self, promise, anna, who):
        ugo, due = make.make_user("Ugo", **who), now() + timedelta(days=1)
        with pytest.raises(promising.MayNotPromise, match="Ugo may not open promises"):
            promising.make("Call", customer=None, due=due, by=anna, owner=ugo)
        with pytest.raises(promising.MayNotPromise):
            promising.hand(promise, to=ugo, by=anna)
        assert first_who_may(Task.RIGHT, None, ugo, anna) == anna and first_who_may(Task.RIGHT, ugo) is None

    def test_who_lost_the_right_meanwhile_cannot_take_what_was_offered(self, promise, anna):
        clara = make.make_clara()
        promising.hand(promise, to=clara, by=anna)
        clara.role = "marketing"
        with pytest.raises(promising.MayNotPromise):
            promising.take(promise, by=clara)
