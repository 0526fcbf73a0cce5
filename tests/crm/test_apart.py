"""One bad item never stops the rest, never loops unseen, and is shown to somebody."""

from datetime import timedelta

import pytest
from django.db import DataError, OperationalError, connection
from django.utils.timezone import now

from crm import apart
from crm.events.models import Event, Heartbeat, Setback, Wakeup
from crm.problems import Problem

pytestmark = pytest.mark.django_db


def mark(part):
    Heartbeat.objects.update_or_create(part=part, defaults={"seen_at": now()})
    if part.startswith("bad"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'no number'::int")


def marked():
    return set(Heartbeat.objects.values_list("part", flat=True))


def try_all(*parts):
    for part in parts:
        with apart.apart("mark", part):
            mark(part)


def test_what_fails_is_put_aside_and_the_rest_is_done():
    try_all("one", "bad", "two")
    assert marked() == {"one", "two"}
    setback = Setback.objects.get()
    assert (setback.deed, setback.key, setback.attempts) == ("mark", "bad", 1) and "DataError" in setback.trouble
    assert apart.resting("mark") == ["bad"] and apart.resting("other") == []


def test_its_pause_grows_to_two_hours_and_it_is_forgotten_when_it_is_done(time_machine):
    time_machine.move_to(now(), tick=False)
    pauses = []
    for _ in range(12):
        try_all("bad")
        pauses.append(Setback.objects.get().due_at - now())
    assert pauses[0] == timedelta(seconds=10) and pauses == sorted(pauses) and pauses[-1] == timedelta(hours=2)
    with apart.apart("mark", "bad"):
        pass
    assert not Setback.objects.exists()


def test_what_nobody_tries_again_is_not_shown_for_ever(time_machine):
    try_all("bad")
    apart.forget_setbacks()
    assert Setback.objects.exists()
    time_machine.move_to(now() + timedelta(days=1, minutes=1))
    apart.forget_setbacks()
    assert not Setback.objects.exists()


def test_a_set_is_taken_in_halves_until_the_bad_ones_fail_alone():
    def take(parts):
        for part in parts:
            mark(part)
        return len(parts)

    made, bad = apart.in_halves(["a", "b", "bad1", "c", "d", "e", "bad2", "f"], take)
    assert sum(made) == 6 and marked() == {"a", "b", "c", "d", "e", "f"}
    assert [(item, type(error)) for item, error in bad] == [("bad1", DataError), ("bad2", DataError)]


def test_a_key_that_leads_nowhere_fails_alone_too():
    event = Event.objects.create(kind="customer.registered", about="customers.customer", about_id=1)

    def owe(ids):
        Wakeup.objects.bulk_create(Wakeup(event_id=pk, reaction="x", due_at=now()) for pk in ids)

    _made, bad = apart.in_halves([event.pk, event.pk + 1], owe)
    assert [item for item, _error in bad] == [event.pk + 1] and Wakeup.objects.get().event == event


def test_what_ails_the_database_spoils_no_item():
    def take(parts):
        raise OperationalError("deadlock detected")

    with pytest.raises(OperationalError):
        apart.in_halves(["a", "b"], take)


def test_a_problem_speaks_for_itself():
    assert apart.why(Problem("It is closed.")) == "It is closed."
    assert apart.why(KeyError("first_name")) == "KeyError: 'first_name'"
