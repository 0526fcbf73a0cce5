"""Facts and their reactions: killed between commit and reaction, nothing is lost, and each takes effect once."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils.timezone import now

from crm.events import jobs, reactions
from crm.events.models import Event, Wakeup
from crm.events.recording import record
from tests import make


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def greeted(monkeypatch):
    """A reaction to user.joined for the length of one test; returns whom it greeted."""
    seen = []

    def greet(event):
        seen.append(event.about_id)

    name = f"{greet.__module__}.{greet.__qualname__}"
    monkeypatch.setitem(reactions._by_name, name, greet)
    monkeypatch.setitem(reactions._by_kind, "user.joined", [name])
    return seen


def test_an_unknown_kind_is_refused(anna):
    with pytest.raises(ValueError, match="catalogue"):
        record("user.vanished", about=anna)


def test_a_fact_outside_a_transaction_is_refused(anna, transactional_db):
    with pytest.raises(transaction.TransactionManagementError):
        record("user.joined", about=anna)


def test_a_fact_that_is_rolled_back_was_never_told(anna):
    with pytest.raises(RuntimeError), transaction.atomic():
        record("user.joined", about=anna)
        raise RuntimeError
    assert not Event.objects.exists()


def test_a_reaction_takes_effect_once_however_often_its_job_runs(anna, greeted):
    record("user.joined", about=anna)
    wakeup = Wakeup.objects.get()
    for _ in range(3):
        jobs.react(wakeup.pk)
    assert greeted == [anna.pk]


def test_a_lost_wakeup_is_found_by_the_sweep(anna, greeted, monkeypatch):
    record("user.joined", about=anna)  # its transaction never commits here: the job is never sent
    Wakeup.objects.update(due_at=now() - timedelta(minutes=1))
    here = lambda args, **options: jobs.react(*args)  # noqa: E731 - run where we stand instead of in a worker
    monkeypatch.setattr(jobs.react, "apply_async", here)
    jobs.sweep()
    assert greeted == [anna.pk]
    assert Wakeup.objects.get().done_at


def test_a_reaction_that_fails_leaves_nothing_and_is_tried_again_later(anna, greeted, monkeypatch):
    record("user.joined", about=anna)
    wakeup = Wakeup.objects.get()

    def fail(event):
        make.make_user("Half done")
        raise ValueError("no greeting today")

    monkeypatch.setitem(reactions._by_name, wakeup.reaction, fail)
    jobs.react(wakeup.pk)
    wakeup.refresh_from_db()
    assert wakeup.done_at is None and wakeup.attempts == 1 and "no greeting" in wakeup.trouble
    assert wakeup.due_at > now()
    assert not type(anna).objects.filter(name="Half done").exists()


def test_one_that_takes_its_process_along_is_counted_and_rests_too(anna, greeted, monkeypatch):
    """The broker hands a lost job out again at once: without a count it would kill one worker after the other."""
    record("user.joined", about=anna)
    wakeup, begun = Wakeup.objects.get(), []

    def die(event):
        begun.append(event)
        raise SystemExit

    monkeypatch.setitem(reactions._by_name, wakeup.reaction, die)
    with pytest.raises(SystemExit):
        jobs.react(wakeup.pk)
    jobs.react(wakeup.pk)
    wakeup.refresh_from_db()
    assert len(begun) == 1 and wakeup.attempts == 1 and wakeup.due_at > now() and "not come back" in wakeup.trouble


def test_a_key_that_leads_nowhere_is_that_reactions_trouble(anna, greeted, monkeypatch):
    record("user.joined", about=anna)
    wakeup = Wakeup.objects.get()
    lost = {"reaction": "x", "event_id": wakeup.event_id + 1, "due_at": now()}
    monkeypatch.setitem(reactions._by_name, wakeup.reaction, lambda event: Wakeup.objects.create(**lost))
    jobs.react(wakeup.pk)
    wakeup.refresh_from_db()
    assert "IntegrityError" in wakeup.trouble and Wakeup.objects.count() == 1
