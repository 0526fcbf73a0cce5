"""The organisation's zone decides which day a moment is on, when a day begins and ends, which the last days are."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from crm import days
from staff.forms import time_zones

ROME = ZoneInfo("Europe/Rome")
# Clocks go by half an hour, at midnight, at one, not at all; summer is in January; a whole day was left out.
ZONES = (
    "Europe/Rome", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "America/Sao_Paulo",
    "Pacific/Apia", "Africa/Casablanca", "America/Vancouver",
)  # fmt: skip
CHANGES = [datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1), datetime(2026, 4, 5), datetime(2026, 10, 4)]
CHANGES += [datetime(2026, 4, 24), datetime(2026, 3, 8, 5), datetime(2026, 11, 1, 5), datetime(2018, 11, 4, 3)]
CHANGES += [datetime(2026, 2, 15, 2), datetime(2026, 3, 22, 2), datetime(1969, 12, 31), datetime(2050, 1, 1)]
CHANGES += [datetime(2019, 2, 17, 2), datetime(2011, 12, 30, 10), datetime(2026, 10, 29, 21)]
near_a_change = st.builds(
    lambda at, by: at.replace(tzinfo=UTC) + timedelta(seconds=by),
    st.sampled_from(CHANGES),
    st.integers(-3 * 86_400, 3 * 86_400),
)


def test_a_call_after_midnight_in_rome_is_on_that_day():
    call = datetime(2026, 11, 1, 0, 30, tzinfo=ROME)
    assert days.of(call.astimezone(UTC)) == date(2026, 11, 1)
    assert days.begin(date(2026, 11, 1)) <= call <= days.end(date(2026, 11, 1))
    with time_machine.travel(call, tick=False):
        assert days.today() == date(2026, 11, 1)
        assert days.last_days(7) == (date(2026, 10, 26), date(2026, 11, 1))


@given(st.sampled_from(ZONES), near_a_change)
def test_a_moment_is_on_the_day_between_whose_begin_and_end_it_is(zone, moment):
    days.changed(zone)
    day = moment.astimezone(ZoneInfo(zone)).date()
    assert days.of(moment) == day
    assert days.begin(day) <= moment <= days.end(day)
    assert days.end(day) + timedelta(microseconds=1) == days.begin(day + timedelta(days=1))
    first, before = days.moments(day, day)
    assert first <= moment < before and days.of(days.end(day)) == day == days.of(days.begin(day))


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 3, 12), date(2025, 3, 13)),
        (date(2024, 2, 29), date(2023, 3, 1)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2026, 1, 1), date(2025, 1, 2)),
    ],
)
def test_twelve_months_end_with_today(day, first):
    assert days.last_months(12, today=day) == (first, day)


@pytest.mark.django_db
@given(st.sampled_from(ZONES), near_a_change)
def test_postgresql_says_the_same(zone, moment):
    days.changed(zone)
    with connection.cursor() as cursor:
        day = days.of(moment)
        asked = f"SELECT {days.sql_of('%(at)s::timestamptz')}, (%(day)s - interval '12 months')::date + 1"
        cursor.execute(asked, days.sql_terms() | {"at": moment, "day": day})
        assert cursor.fetchone() == (day, days.last_months(12, today=day)[0])


@pytest.mark.long
@pytest.mark.django_db
def test_in_each_zone_that_can_be_chosen_postgresql_says_the_same_on_each_day():
    moments = [datetime(1970, 1, 2, tzinfo=UTC) + timedelta(hours=181 * n) for n in range(3_500)]  # until 2042
    for zone, _name in time_zones():
        days.changed(zone)
        with connection.cursor() as cursor:
            asked = f"SELECT {days.sql_of('at')} FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS t (at, n)"
            cursor.execute(f"{asked} ORDER BY n", days.sql_terms() | {"moments": moments})
            assert [day for (day,) in cursor.fetchall()] == [days.of(moment) for moment in moments], zone


def test_the_edges_of_the_calendar_are_no_trouble():
    for zone in ("Asia/Kathmandu", "America/Havana"):
        days.changed(zone)
        assert days.begin(date.min).year == 1 and days.begin(date.max).year >= 9999


def test_without_its_database_it_says_what_it_knew_last(monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(days, "_ask", [away])
    monkeypatch.setattr(days, "ASKED_EVERY", -1)
    days.changed("Europe/Lisbon")
    assert days.zone().key == "Europe/Lisbon"
    days.changed()
    assert days.zone().key == "UTC"


def test_a_zone_that_is_not_there_any_more_is_utc():
    days.changed("Mars/Olympus")
    assert days.zone().key == "UTC"
