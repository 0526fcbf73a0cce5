"""Cursors: what is written is read again, and whatever else comes is refused in words."""

import base64
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from crm import cursors
from crm.cursors import BadCursor
from crm.lists import page_of
from interactions.models import Conversation, Task
from staff.models import Team
from tests import make

ROOT = Path(settings.BASE_DIR)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PACKING = re.compile(r"b64_?decode")  # who only packs makes a new secret
OTHERS = {"interactions/gateways"}  # mails and hooks speak base64 of their own


def packed(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_what_is_written_is_read_again():
    written = cursors.write(">", "Kovač", NOON, 7)
    assert cursors.read(written, str, str, cursors.moment, int) == [">", "Kovač", NOON, 7]


def test_cursors_of_bookmarks_stay_valid():
    assert cursors.read("WyI-IiwgIktvdmHEjSIsIDdd", str, str, int) == [">", "Kovač", 7]
    assert cursors.write(">", "Kovač", 7) == "WyI-IiwgIktvdmHEjSIsIDdd"
    timeline = packed('["2026-03-01T12:00:00+00:00", "purchases", 7]')
    assert cursors.read(timeline, cursors.moment, str, int) == [NOON, "purchases", 7]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}', "7", "null", "[]", '[">", 1]', '[">", 1, 2, 3]', '[">", [], 1]', '[">", "a\\u0000", 1]',
        '["?", "a", 1]', '[">", "a", "b"]', '[">", null, 1]', '[">", "a", null]', '[">", "a", NaN]',
        '[">", "a", Infinity]', '[">", "\\ud800", 1]', "[" * 1500, '[">", "a", ' + "9" * 5000 + "]", "not json",
    ],
)  # fmt: skip
def test_a_cursor_that_nobody_wrote_is_refused(db, text):
    with pytest.raises(BadCursor):
        page_of(Team.objects.all(), order=("name", "id"), cursor=packed(text))


@pytest.mark.parametrize(
    "at", ['"yesterday"', "5", '"2026-03-01T12:00:00"', '"0001-01-01T00:00:00+14:00"', "null", '"2026-13-45T00:00Z"']
)
def test_a_moment_is_one_with_a_zone_and_within_time(db, at):
    with pytest.raises(BadCursor):
        page_of(Task.objects.all(), order=("due_at", "id"), cursor=packed(f'[">", {at}, 1]'))
    with pytest.raises(BadCursor):
        cursors.read(packed(f"[{at}]"), cursors.moment)


def test_a_number_beyond_the_column_finds_an_end(db):
    Team.objects.create(name="Roma")
    assert page_of(Team.objects.all(), order=("id",), cursor=cursors.write(">", 10**30)).rows == []
    assert len(page_of(Team.objects.all(), order=("id",), cursor=cursors.write("<", 10**30))) == 1


@pytest.mark.parametrize("order", [("waiting_since", "id"), ("-waiting_since", "-id")])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_rows_without_a_value_have_their_place_too(db, order, size):
    mira = make.make_mira()
    moments = [NOON, None, NOON.replace(hour=9), None, NOON, None, NOON.replace(hour=15)]
    for at in moments:
        make.make_conversation(mira, waiting_since=at)
    whole = [row.pk for row in Conversation.objects.order_by(*order)]
    there, back, cursor = [], [], None
    while True:
        page = page_of(Conversation.objects.all(), order=order, cursor=cursor, size=size)
        there += [row.pk for row in page]
        if page.older is None:
            break
        cursor = page.older
    while True:
        back = [row.pk for row in page] + back
        if page.newer is None:
            break
        page = page_of(Conversation.objects.all(), order=order, cursor=page.newer, size=size)
    assert there == back == whole


def test_the_condition_lets_an_index_start_at_the_place(db):
    rows = Team.objects.filter(cursors.after(("name", "id"), ("Milano", 7), falling=False))
    assert str(rows.query).split("WHERE ")[1].replace('"staff_team".', "") == (
        '("name" >= Milano AND ("name" > Milano OR "id" > 7))'
    )


def test_nobody_else_packs_places_into_addresses():
    sources = [path for folder in (*settings.ROOMS, "crm") for path in (ROOT / folder).rglob("*.py")]
    packing = {str(path.relative_to(ROOT)) for path in sources if PACKING.search(path.read_text())}
    packing = {path for path in packing if not any(path.startswith(folder) for folder in OTHERS)}
    assert packing == {"crm/cursors.py"}, "Take crm.cursors: what comes back from an address is checked there."
