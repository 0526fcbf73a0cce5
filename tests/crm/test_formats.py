"""Dates, money, numbers and names as each reader writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import engines
from django.utils import timezone, translation

from crm import formats
from crm.jinja2 import attrs, icon

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)  # a Thursday; 10:00 in Rome


@pytest.fixture(autouse=True)
def reader():
    """It is 12 March 2026, and the reader is in Rome and reads English."""
    with time_machine.travel(NOW, tick=False), translation.override("en"), timezone.override(ZoneInfo("Europe/Rome")):
        yield


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 3, 3), "Tue 3 Mar"),
        (date(2025, 3, 3), "3 Mar 2025"),
        (datetime(2026, 3, 3, 23, 30, tzinfo=UTC), "Wed 4 Mar"),  # already the next day in Rome
        (None, "—"),
    ],
)
def test_a_day_names_its_year_only_if_it_is_another(value, written):
    assert formats.day(value) == written


def test_a_moment_is_told_in_the_readers_zone():
    moment = datetime(2026, 3, 3, 13, 20, tzinfo=UTC)
    assert formats.moment(moment) == "Tue 3 Mar, 14:20"
    assert formats.iso(moment) == "2026-03-03T13:20:00Z"
    assert formats.when(moment, near=True) == (
        '<span><time datetime="2026-03-03T13:20:00Z">Tue 3 Mar, 14:20</time>, 9 days ago</span>'
    )


def test_a_day_that_differs_between_zones_is_the_readers():
    with timezone.override(ZoneInfo("America/Los_Angeles")):
        assert formats.day(datetime(2026, 3, 3, 2, 0, tzinfo=UTC)) == "Mon 2 Mar"


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(minutes=-65), "1 hour ago"),
        (timedelta(hours=-11), "yesterday"),  # 23:00 of the day before in Rome
        (timedelta(days=1), "tomorrow"),
        (timedelta(days=-9), "9 days ago"),
        (timedelta(days=14), "in 14 days"),
        (timedelta(days=-15), ""),
    ],
)
def test_how_long_ago_is_said_up_to_fourteen_days(gap, said):
    assert formats.relative(NOW + gap) == said


@pytest.mark.parametrize(
    ("at", "state", "words"),
    [
        (NOW - timedelta(days=2), "late", "2 days late"),
        (NOW - timedelta(days=1), "late", "1 day late"),
        (NOW - timedelta(hours=2), "late", "2 h late"),
        (NOW + timedelta(hours=8), "today", "today by 18:00"),
        (date(2026, 3, 12), "today", "today"),
        (date(2026, 3, 10), "late", "2 days late"),
        (NOW + timedelta(days=8), "later", "Fri 20 Mar"),
    ],
)
def test_a_promise_says_how_late_or_how_soon(at, state, words):
    said = formats.due(at)
    assert (said.state, said.words) == (state, words)


@pytest.mark.parametrize(
    ("language", "summary", "exact", "small", "short"),
    [
        ("en", "€18,400", "€18,400.50", "€41.50", "€15.8m"),
        ("it", "18.400 €", "18.400,50 €", "41,50 €", "15,8 Mln €"),
        ("pt", "18 400 €", "18 400,50 €", "41,50 €", "15,8 M €"),
    ],
)
def test_money_is_written_as_the_reader_does(language, summary, exact, small, short):
    with translation.override(language):
        written = [
            formats.money(18_400_00),
            formats.money(18_400_50, exact=True),
            formats.money(41_50),
            formats.money(15_800_000_00, short=True),
        ]
    assert [each.replace("\xa0", " ").replace("\u202f", " ") for each in written] == [summary, exact, small, short]


def test_money_without_a_minor_unit_and_less_than_nothing():
    assert formats.money(1_500, "JPY") == "JP¥1,500"
    assert formats.money(-18_400_00) == "−€18,400"
    assert formats.money(None) == "—"


def test_unknown_is_not_zero():
    assert formats.number(None) == formats.percent(None) == formats.about(None) == formats.duration(None) == "—"
    assert formats.number(0) == "0"


def test_an_estimate_is_called_one():
    assert formats.about(38_214) == "about 38,000"
    assert formats.about(7) == "about 7"


def test_percents_have_a_decimal_only_when_small():
    assert [formats.percent(share) for share in (0.62, 0.046, 0.05, 1)] == ["62%", "4.6%", "5%", "100%"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(40, "40 s"), (384, "6 min"), (3_900, "1 h 5 min"), (45_000, "12 h"), (200_000, "2 days")]
)
def test_spans_are_short(seconds, said):
    assert formats.duration(seconds) == said


def test_phones_are_international_and_grouped():
    assert formats.phone("+390895550147") == "+39 089 555 0147"
    assert formats.phone("unknown") == "unknown"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maria Giovanna Castelnuovo-Tedesco", "MC"),
        ("Ottavia dell’Orto", "OO"),
        ("Rui Teles de Meneses", "RM"),
        ("bar", "B"),
        ("Íñigo", "Í"),
        ("", "?"),
        ("王小明", "王"),
    ],
)
def test_initials_stand_for_a_name(name, letters):
    assert formats.initials(name) == letters


def test_lists_and_signs():
    assert formats.joined(["Anna", "Boris", "Clara"]) == "Anna, Boris and Clara"
    assert [formats.signed(5), formats.signed(-2), formats.signed(0)] == ["+5", "−2", "0"]
    prices = [formats.price(Decimal(one), "EUR") for one in ("0.04200", "0.1", "12")]
    assert [*prices, formats.price(Decimal("8.50"), "JPY")] == ["€0.042", "€0.10", "€12.00", "JP¥8.5"]
    assert [formats.filesize(size) for size in (512, 840_000, 2_400_000)] == ["512 B", "840 kB", "2.4 MB"]


def test_what_somebody_typed_never_becomes_markup():
    assert icon("phone", label='"><script>').count("<script>") == 0
    assert attrs({"hx_post": "/x?a=1&b=2", "title": '"', "data_now": True, "hidden": None}) == (
        ' hx-post="/x?a=1&amp;b=2" title="&#34;" data-now'
    )


def test_a_name_without_letters_has_an_icon():
    drawn = engines["jinja2"].env.from_string('{% from "ui/marks.html" import avatar %}{{ avatar(name) }}')
    assert "<svg" in drawn.render(name="🦊") and "?" not in drawn.render(name="🦊")
    assert "MR" in drawn.render(name="Mira Rossi") and "<svg" not in drawn.render(name="Mira Rossi")


def test_a_day_is_told_by_our_calendar_and_a_moment_by_its_readers_clock(time_machine):
    time_machine.move_to(datetime(2026, 3, 12, 23, 30, tzinfo=UTC), tick=False)  # half past midnight on Friday in Rome
    with timezone.override(ZoneInfo("Europe/Lisbon")):
        assert formats.due(date(2026, 3, 12)).state == "late" and formats.relative(date(2026, 3, 13)) == "today"
        assert formats.due(datetime(2026, 3, 12, 23, 45, tzinfo=UTC)).words == "today by 23:45"
    with timezone.override(ZoneInfo("UTC")):
        assert formats.moment(datetime(2026, 3, 12, 23, 45, tzinfo=UTC)) == "Thu 12 Mar, 23:45"
    with timezone.override(None):  # nobody said their zone: ours
        assert formats.moment(datetime(2026, 3, 12, 23, 45, tzinfo=UTC)) == "Fri 13 Mar, 00:45"
