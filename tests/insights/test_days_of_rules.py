"""What a rule says of a day it says of a moment: the organisation's zone cuts days, and today is one of the last."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from crm import days
from insights.kinds import Field, Kind
from insights.rules import compile_rule

pytestmark = pytest.mark.django_db

CHANGES = {  # where clocks go forward or back, by an hour, by half of one, at midnight; and one where they never do
    "Europe/Rome": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Africa/Cairo": ["2026-04-23T22:00", "2026-10-29T21:00"],
    "America/Havana": ["2026-03-08T05:00", "2026-11-01T05:00"],
    "America/Sao_Paulo": ["2018-11-04T03:00", "2019-02-17T02:00"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
    "Pacific/Apia": ["2011-12-30T10:00"],
    "Pacific/Kiritimati": ["1994-12-31T10:40"],
    "Asia/Kathmandu": ["2026-03-29T01:00"],
}
FIELDS = {
    "at": Field("at", "at", Kind.MOMENT, "p.at", ""),
    "on": Field("on", "on", Kind.DAY, 'p."on"', ""),
}
YES, NO = (True, True), (False, False)
SPANS = {"in_last", "not_in_last"}


@st.composite
def asked(draw):
    """Return a zone, what the clock says, a moment, an operator and its value, all near a change of the clocks."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    clock, moment = (change + timedelta(minutes=draw(st.integers(-4_000, 4_000))) for _ in range(2))
    operator = draw(st.sampled_from(["in_last", "not_in_last", "before", "after"]))
    if operator in SPANS:
        return zone, clock, moment, operator, draw(st.integers(1, 5))
    return zone, clock, moment, operator, (change + timedelta(days=draw(st.integers(-3, 3)))).date().isoformat()


def expected(zone, clock, moment, operator, value):
    """Say it in plain Python, by local days alone."""
    day, today = (at.astimezone(ZoneInfo(zone)).date() for at in (moment, clock))
    if operator in SPANS:
        return (0 <= (today - day).days < value) == (operator == "in_last")
    return (day < date.fromisoformat(value)) == (operator == "before")


def answers(operator, value, moment):
    """Return what a rule says of a moment, and of its day: the same."""
    rules = [{"all": [{"field": field, "is": operator, "value": value}]} for field in FIELDS]
    at, on = (compile_rule(rule, FIELDS) for rule in rules)
    with connection.cursor() as cursor:
        sql = f'SELECT {at.sql}, {on.sql} FROM (SELECT %s::timestamptz AS at, %s::date AS "on") p'
        cursor.execute(sql, [*at.values, *on.values, moment, days.of(moment)])
        return cursor.fetchone()


@given(asked())
def test_a_day_and_a_moment_mean_the_same_in_every_zone(asked):
    zone, clock, moment, operator, value = asked
    days.changed(zone)
    with time_machine.travel(clock, tick=False):
        assert answers(operator, value, moment) == (expected(*asked),) * 2


def test_a_call_after_midnight_in_rome_is_on_or_after_that_day():
    call = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("Europe/Rome"))
    assert answers("after", "2026-11-01", call) == YES and answers("before", "2026-11-01", call) == NO


def test_today_is_one_of_the_last_days_to_its_end_and_tomorrow_is_not():
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC), tick=False):
        tonight, tomorrow = days.end(date(2026, 11, 1)), days.begin(date(2026, 11, 2))
        assert answers("in_last", 1, tonight) == YES and answers("in_last", 1, tomorrow) == NO
        assert answers("in_last", 7, days.begin(date(2026, 10, 26))) == YES
        assert answers("not_in_last", 7, days.end(date(2026, 10, 25))) == YES


def test_who_never_was_is_not_in_the_last_days():
    for field in FIELDS:
        condition = compile_rule({"all": [{"field": field, "is": "not_in_last", "value": 30}]}, FIELDS)
        with connection.cursor() as cursor:
            sql = condition.sql.replace('p."on"', "NULL::date").replace("p.at", "NULL::timestamptz")
            cursor.execute(f"SELECT {sql}", condition.values)
            assert cursor.fetchone()[0]
