"""Each verb of a call tells what the catalogue says, once, also when it is told twice, late or out of order."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from interactions import finishing, missing, ringing
from interactions.models import Call
from tests import make
from tests.interactions.switchboard import ring


def facts(kinds="call."):
    return list(Event.objects.filter(kind__startswith=kinds).order_by("id").values_list("kind", flat=True))


def last(kind):
    return Event.objects.filter(kind=kind).latest("id")


def test_told_twice_counts_once(mira, anna):
    for state in ("ringing", "ringing", "answered", "answered", "ended", "ended"):
        ring(state, agent=anna)
    assert facts() == ["call.rang", "call.taken", "call.ended"]
    assert {event.customer_id for event in Event.objects.all()} == {mira.pk}


def test_taken_in_the_console_and_told_by_the_telephone_is_one_taking(mira, anna):
    call = ring(agent=anna)
    for _again in range(2):
        ringing.take(call, by=anna)
    ring("answered", agent=anna)
    ringing.end(call, by=anna)
    ringing.end(call, by=anna)
    ring("ended")
    assert facts() == ["call.rang", "call.taken", "call.ended"]


def test_dialled_finished_undone_and_finished_again(mira, anna):
    call = ringing.dial("+390895550147", by=anna, direction="out")
    promise = finishing.Promise("Send two", now() + timedelta(days=1))
    logged = finishing.finish(call, "interested", by=anna, promises=(promise,))
    wrote = {"interaction": logged.pk, "promises": [mira.tasks.get().pk]}
    finishing.undo(call, by=anna)
    finishing.finish(call, "answered", by=anna)
    ring("ended", ref=call.ref)
    once = ["call.rang", "call.taken", "call.ended"]
    assert facts() == [*once, "call.finished", "call.reopened", "call.finished"]
    assert last("call.reopened").data == wrote
    assert facts("interaction.") == ["interaction.logged", "interaction.taken_back", "interaction.logged"]
    finished = Event.objects.filter(kind="call.finished").first()
    assert (finished.data, finished.actor, finished.customer_id) == ({"outcome": "interested", **wrote}, anna, mira.pk)


def test_nobody_takes_it(mira):
    ring()
    for _again in range(2):
        ring("ended")
        missing.settle_missed()
    assert facts() == ["call.rang", "call.missed"] and facts("promise.") == ["promise.made"]
    assert last("call.missed").data["conversation"] == Call.objects.get().conversation_id


@pytest.mark.parametrize("is_over", [True, False])
def test_a_missed_call_that_was_taken_after_all_is_told(mira, anna, time_machine, is_over):
    at = now()
    ring(agent=anna, at=at)
    if is_over:
        ring("ended", at=at + timedelta(seconds=9))
    else:
        time_machine.move_to(at + timedelta(seconds=100))
        missing.settle_missed()
    gone = {"interaction": Call.objects.get().interaction_id, "promise": mira.tasks.get().pk}
    for _again in range(2):
        ring("answered", agent=anna, at=at + timedelta(seconds=3))
    assert facts() == ["call.rang", "call.missed", "call.not_missed", "call.taken"] + ["call.ended"] * is_over
    assert last("call.not_missed").data == gone


def test_passed_on_it_says_from_whom(mira, anna):
    boris = make.make_boris()
    ring(agent=anna)
    ring(agent=boris)
    ring(agent=boris)
    ring("answered", agent=anna)
    ring("answered", agent=boris)
    assert facts() == ["call.rang", "call.rang", "call.taken", "call.taken"]
    assert last("call.rang").data["agent"] == boris.pk and last("call.taken").data == {"taken_from": anna.pk}


def test_who_it_is_is_told_when_somebody_says_so(mira, anna):
    other = make.make_customer("Carla Conti")
    call = ringing.dial("+390895550147", by=anna)
    ringing.choose(call, mira)  # known already
    ringing.choose(call, other, by=anna)
    ringing.somebody_else(call, by=anna)
    ringing.somebody_else(call, by=anna)
    told = Event.objects.filter(kind="call.named").order_by("id")
    assert [(fact.customer_id, fact.data["was"]) for fact in told] == [(other.pk, mira.pk), (None, other.pk)]
