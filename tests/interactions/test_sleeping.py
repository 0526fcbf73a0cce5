"""Offers that wait for the end of quiet hours say so, and leave early when the hours are changed."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now

from customers import consenting
from interactions import checks, holding, jobs, outbox, sleeping
from interactions.models import Message, Wording
from staff.models import User
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
NIGHT = datetime(2026, 3, 1, 22, 17, 5, 250, tzinfo=ROME)
MORNING = datetime(2026, 3, 2, 8, tzinfo=ROME)
EVERYBODY = User(role=Role.ADMINISTRATOR)  # whom they see


@pytest.fixture
def asleep(time_machine):
    """Three offers queued at night, to readers in Rome and one in Lisbon."""
    time_machine.move_to(NIGHT)
    make.make_organisation(quiet_from=time(20), quiet_until=time(8))
    wording = Wording.objects.create(language="it", subject="Ciao", body="Ciao")
    rows = []
    for name, zone in (("Mira", ""), ("Ada", ""), ("Ugo", "Europe/Lisbon")):
        one = make.make_customer(name, email=f"{name.lower()}@example.com", time_zone=zone)
        consenting.give(one, "offers", "email", source="x")
        point = one.contact_points.get()
        rows.append(outbox.Recipient(one.pk, point.pk, point.value, wording.pk, f"c:{one.pk}", time_zone=zone))
    outbox.queue_many(rows, channel="email", purpose="offers", origin="campaign", origin_id=1)


def test_it_says_how_many_wait_and_until_when_in_each_zone(asleep):
    assert sleeping.sleeps("campaign", 1, EVERYBODY) == [
        sleeping.Sleep(MORNING, 2),
        sleeping.Sleep(MORNING + timedelta(hours=1), 1),
    ]
    assert sleeping.sleeps("campaign", 2, EVERYBODY) == []


def test_what_waits_after_trouble_does_not_sleep_and_is_not_woken(asleep):
    later = now() + timedelta(minutes=1)
    Message.objects.update(attempts=1, due_at=later)
    assert sleeping.sleeps("campaign", 1, EVERYBODY) == [] and sleeping.wake() == 0
    assert set(Message.objects.values_list("due_at", flat=True)) == {later}


def test_emptied_quiet_hours_let_go_what_is_queued_already(asleep):
    assert sleeping.wake() == 0
    make.make_organisation(quiet_from=None, quiet_until=None)
    jobs.wake_sleepers()
    assert not Message.objects.filter(due_at__gt=now()).exists() and sleeping.sleeps("campaign", 1, EVERYBODY) == []


def test_changed_quiet_hours_change_when_it_leaves(asleep):
    make.make_organisation(quiet_from=time(22), quiet_until=time(7))
    assert sleeping.wake() == 3  # in Lisbon it is not yet ten
    assert sleeping.sleeps("campaign", 1, EVERYBODY) == [sleeping.Sleep(MORNING - timedelta(hours=1), 2)]
    assert Message.objects.filter(due_at__lte=now()).count() == 1


def test_what_a_person_holds_is_not_woken(asleep):
    holding.hold_all(origin="campaign", origin_id=1)
    make.make_organisation(quiet_from=None, quiet_until=None)
    assert sleeping.sleeps("campaign", 1, EVERYBODY) == [] and sleeping.wake() == 0
    holding.release_all(origin="campaign", origin_id=1)
    assert sleeping.wake() == 3


def test_health_says_that_offers_wait_and_for_what(asleep):
    finding = checks.quiet_hours()
    assert (finding.state, "3 offers wait" in finding.words, "08:00" in finding.words) == ("well", True, True)
    make.make_organisation(quiet_from=None, quiet_until=None)
    assert checks.quiet_hours().state == "off"
