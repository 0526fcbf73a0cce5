"""Calls just before and after midnight where clocks are changed: segments count them by the organisation's days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm import days
from insights import assembling, jobs, passing, refreshing, segments, showing
from insights.models import Profile, Segment
from insights.slices import Some
from staff import settling_in
from tests import make

pytestmark = pytest.mark.django_db
ZONES = {  # the day on which clocks are changed there, or a day is left out
    "Europe/Rome": date(2026, 10, 25),
    "Europe/Lisbon": date(2026, 3, 29),
    "America/New_York": date(2026, 11, 1),
    "America/Vancouver": date(2026, 11, 1),  # for the last time, says whoever has a newer table of zones
    "America/Sao_Paulo": date(2018, 11, 4),  # at midnight: the day begins at one
    "Australia/Lord_Howe": date(2026, 4, 5),  # by half an hour
    "Pacific/Apia": date(2011, 12, 31),  # there was no 30 December
    "Africa/Cairo": date(2026, 4, 24),
    "Africa/Casablanca": date(2026, 3, 22),  # Ramadan is over
}
AT_ODD_HOURS = {"America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"}
EACH_ZONE = [pytest.param(zone, marks=() if zone in AT_ODD_HOURS else pytest.mark.long) for zone in ZONES]
RULES = [("in_last", 1), ("in_last", 7), ("not_in_last", 7), ("before", 0), ("after", 0), ("after", -1), ("after", 1)]


def calls_around(change, there):
    """Return {customer: when they called}: half an hour after midnight and before it, each on the clock of there."""
    said = {}
    for n in range(-8, 2):
        for clock in (time(0, 30), time(23, 30)):
            moment = datetime.combine(change + timedelta(days=n), clock, there).astimezone(UTC)
            mira = make.make_customer(f"{n} {clock}", created_at=moment)
            make.make_interaction(mira, occurred_at=moment, channel="phone", kind="call")
            said[mira.pk] = moment
    return said


def expected(operator, value, day, change, today):
    """Say by dates alone who is meant."""
    if operator in ("in_last", "not_in_last"):
        return (0 <= (today - day).days < value) == (operator == "in_last")
    return (day < change + timedelta(days=value)) == (operator == "before")


def asked(field, operator, value, change):
    value = value if "last" in operator else (change + timedelta(days=value)).isoformat()
    return {"all": [{"field": field, "is": operator, "value": value}]}


@pytest.mark.parametrize("zone", EACH_ZONE)
def test_a_day_and_a_call_are_cut_alike(zone):
    change, there = ZONES[zone], ZoneInfo(zone)
    make.make_organisation(time_zone=zone)
    with time_machine.travel(datetime.combine(change, time(12), there), tick=False):
        calls = calls_around(change, there)
        rules = {
            (field, *one): Segment(name=f"{field} {one}", rule=asked(field, *one, change))
            for field in ("last_phone_in_at", "registered_on")
            for one in RULES
        }
        Segment.objects.bulk_create(rules.values())
        refreshing.refresh()
        on = {pk: moment.astimezone(there).date() for pk, moment in calls.items()}
        assert dict(Profile.objects.values_list("customer_id", "registered_on")) == on
        for (_field, *one), segment in rules.items():
            inside = {pk for pk, day in on.items() if expected(*one, day, change, change)}
            assert set(segment.memberships.values_list("customer_id", flat=True)) == inside, segment.name
            assert 0 < len(inside) < len(on)


def test_no_table_of_zones_but_pythons_is_asked():
    said = assembling.statement(Some([1]))
    assert said.count("AT TIME ZONE") == said.count("AT TIME ZONE 'UTC'") > 0


def test_another_zone_redoes_everybody_and_asks_all_anew(django_capture_on_commit_callbacks):
    ours, boss = make.make_organisation(time_zone="Europe/Rome"), make.make_boris()
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=ZoneInfo("Europe/Rome"))):
        moment = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("Europe/Rome"))
        mira = make.make_customer(created_at=moment)
        make.make_interaction(mira, occurred_at=moment)
        today = segments.save(Segment(), name="Today", rule=asked("last_touch_at", "in_last", 1, date.min), by=boss)
        jobs.drive_pass()
        seen = []
        for zone in ("", "America/New_York", "Europe/Rome"):
            if zone:
                ours.time_zone = zone
                with django_capture_on_commit_callbacks(execute=True):
                    settling_in.change(ours, by=boss)
                jobs.drive_pass()
            assert not passing.is_owed()
            registered = {one.field.key: one.value for one in showing.of_customer(mira)}["registered_on"]
            seen.append((registered.day, today.memberships.exists(), days.today().day))
    assert seen == [(1, True, 1), (31, False, 1), (1, True, 1)]
