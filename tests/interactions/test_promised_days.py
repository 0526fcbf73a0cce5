"""A promise for a day is for that day wherever it is read; it is late for everybody at once."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from crm import days, formats
from crm.events.models import Event
from interactions import by_when, picking, promising, reactions
from interactions.models import Task
from staff import settling_in
from tests import make
from tests.api.conftest import Shop

THURSDAY = date(2026, 3, 12)
ROME, LISBON, NEW_YORK = (ZoneInfo(name) for name in ("Europe/Rome", "Europe/Lisbon", "America/New_York"))
OVER = datetime(2026, 3, 13, 0, 30, tzinfo=ROME)  # in Lisbon it is Thursday for half an hour more

pytestmark = pytest.mark.django_db


def at(clock, zone=ROME):
    return datetime.combine(THURSDAY, datetime.strptime(clock, "%H:%M").time(), zone)


@pytest.fixture
def lia():
    return make.make_user("Lia", make.Role.AGENT, make.make_team(), time_zone="Europe/Lisbon")


@pytest.fixture
def promise(lia, client, time_machine):
    """Lia, in Lisbon, writes down a promise for Thursday, on the Monday before."""
    time_machine.move_to(datetime(2026, 3, 9, 9, tzinfo=UTC), tick=False)
    client.force_login(lia)
    given = {"what": "Call Mira", "day": "2026-03-12", "owner": lia.pk}
    client.post(reverse("interactions:promise_new"), given)
    return Task.objects.get()


def test_a_promise_for_thursday_made_in_lisbon_is_thursday_in_rome(promise, client):
    client.force_login(make.make_user("Rita", make.Role.ADMINISTRATOR, time_zone="Europe/Rome"))
    assert (promise.due, promise.first_due) == (THURSDAY, THURSDAY)
    for zone in (ROME, LISBON, ZoneInfo("Pacific/Auckland"), ZoneInfo("Pacific/Honolulu")):
        with timezone.override(zone):
            assert formats.due(promise.due).words == "Thu 12 Mar"
    assert Event.objects.get(kind="promise.made").data["due"] == "2026-03-12"


@pytest.mark.parametrize("zone", ["Europe/Rome", "Europe/Lisbon", "America/New_York", "Pacific/Auckland"])
def test_every_screen_and_the_api_say_the_day_that_was_promised(zone, client, time_machine):
    """Lia wrote it down at half past eleven, when it was Tuesday in Rome and still Monday where she is."""
    time_machine.move_to(datetime(2026, 3, 9, 23, 30, tzinfo=LISBON), tick=False)
    make.make_organisation(time_zone="Europe/Rome")
    boris = make.make_boris(time_zone=zone)
    mira = make.make_mira(team=boris.team, born_on=date(1984, 2, 29), keeper=boris)
    said = {"customer": mira.pk, "what": "Call Mira", "day": "2026-03-12", "owner": boris.pk}
    lia = make.make_user("Lia", make.Role.MANAGER, boris.team, time_zone="Europe/Lisbon")
    client.force_login(lia)
    answer = client.post(reverse("interactions:promise_new"), said)
    assert answer.status_code == 302
    pages = {"promises": "/promises/", "customer": mira.get_absolute_url(), "list": "/customers/"}
    client.force_login(boris)
    for name, address in pages.items():
        page = client.get(address).content.decode()
        assert "Thu 12 Mar" in page, name
        assert not [other for other in ("11 Mar", "13 Mar") if other in page], name
    time_machine.move_to(at("12:00"), tick=False)
    assert "Call Mira" in (page := client.get("/").content.decode()) and "One promise is due." in page
    told = Shop().get(f"promises/{Task.objects.get().pk}/").json()
    assert (told["due_on"], told["due_at"]) == ("2026-03-12", "2026-03-12T22:59:59.999999Z")
    assert "1984-02-29" in client.get(f"{mira.get_absolute_url()}change/").content.decode()
    assert Shop().get(f"customers/{mira.pk}/").json()["born_on"] == "1984-02-29"


def test_it_is_late_for_everybody_when_thursday_is_over_where_the_organisation_is(promise, lia, client, time_machine):
    for clock, is_late in ((at("23:59"), False), (OVER, True)):
        time_machine.move_to(clock, tick=False)
        for zone in (ROME, LISBON):
            with timezone.override(zone):
                state = formats.due(promise.due).state
                said = (promise.is_late(), Task.objects.late().exists(), state == "late", promise.days_left() < 0)
                assert said == (is_late,) * 4
                assert promise in Task.objects.due_today()
        assert (">Late<" in client.get(reverse("interactions:promises")).content.decode()) == is_late
    for clock, count in ((at("00:10"), 1), (at("00:10") - timedelta(hours=1), 0)):
        assert Task.objects.due_today(clock).count() == count


def test_a_time_is_on_the_clock_of_whoever_reads_it(time_machine):
    """An agent in New York calls back at eight in the evening: today, though it is Friday then in Rome."""
    time_machine.move_to(at("09:00", NEW_YORK), tick=False)
    nat = make.make_anna(time_zone="America/New_York")
    task = make.make_task(make.make_mira(), nat, due_at=at("20:00", NEW_YORK))
    with timezone.override(NEW_YORK):
        assert task in Task.objects.due_today() and task.days_left() == 0
        assert picking.first(nat).step.kind == "today"
        assert formats.due(task.due).words == "today by 20:00"
    assert task not in Task.objects.due_today() and task.days_left() == 1  # where nobody in particular reads it


def test_moved_to_a_time_and_back_it_keeps_the_day_that_was_said_first(promise, lia):
    promising.move(promise, due=at("17:00", LISBON), by=lia)
    assert (promise.due, promise.first_due, promise.has_time) == (at("17:00", LISBON), THURSDAY, True)
    kept = promising.move(promise, due=date(2026, 3, 13), by=lia)
    assert Event.objects.filter(kind="promise.moved").last().data["to"] == "2026-03-13"
    assert (promise.due, promise.due_at) == (date(2026, 3, 13), days.end(date(2026, 3, 13)))
    promising.undoing.undo(kept, by=lia)
    promise.refresh_from_db()
    assert promise.due == at("17:00", LISBON)


def test_a_day_is_over_when_it_is_where_the_organisation_is(lia, time_machine):
    time_machine.move_to(OVER, tick=False)
    with timezone.override(LISBON), pytest.raises(by_when.DayOver):
        promising.make("Call", customer=None, due=THURSDAY, by=lia)
    promising.make("Call", customer=None, due=THURSDAY + timedelta(days=1), by=lia)
    for far in (date.min, date.max):
        with pytest.raises(by_when.DayTooFar):
            promising.make("Call", customer=None, due=far, by=lia)


def test_where_the_organisation_moves_its_promises_end_with_its_days(promise, lia, django_capture_on_commit_callbacks):
    ours = make.make_organisation()
    timed = make.make_task(make.make_mira(), lia, due_at=at("17:00"))
    ours.time_zone = "Europe/Lisbon"
    with django_capture_on_commit_callbacks(execute=True):
        settling_in.change(ours, by=lia)
    reactions.end_days_elsewhere(Event.objects.get(kind="organisation.changed"))
    promise.refresh_from_db()
    timed.refresh_from_db()
    assert promise.due_at == promise.first_due_at == at("23:59", LISBON) + timedelta(minutes=1, microseconds=-1)
    assert (promise.due, timed.due) == (THURSDAY, at("17:00"))


@pytest.mark.parametrize(
    ("due_at", "has_time", "due"),
    [
        (datetime(2026, 3, 12, 23, 59, 59, tzinfo=ROME), False, THURSDAY),
        (datetime(2026, 3, 12, 23, 59, 59, tzinfo=LISBON), False, THURSDAY),  # in Rome it is Friday already
        (datetime(2026, 3, 12, 12, tzinfo=ROME), False, THURSDAY),
        (at("17:00"), True, None),
    ],
)
def test_what_was_promised_before_keeps_its_day(lia, due_at, has_time, due):
    make.make_organisation()
    task = make.make_task(make.make_mira(), lia, due_at=due_at)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE interactions_task SET has_time = %s", [has_time])
    with connection.schema_editor() as editor:
        import_module("interactions.migrations.0015_which_day_was_promised").days(apps, editor)
    task.refresh_from_db()
    assert (task.due_on, task.first_due_on) == (due, due)
    assert task.due_at == task.first_due_at == (days.end(due) if due else due_at)
