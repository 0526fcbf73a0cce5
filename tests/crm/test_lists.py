"""Keyset pages: every row once, forth and back."""

import base64
import json

import pytest

from crm.cursors import BadCursor
from crm.lists import page_of
from interactions.models import Task
from staff.models import Team


@pytest.fixture
def teams(db):
    Team.objects.bulk_create(Team(name=f"Team {number:02}") for number in range(12))
    return Team.objects.all()


def walk(rows, order):
    pages, cursor = [], None
    while True:
        page = page_of(rows, order=order, cursor=cursor, size=5)
        pages.append(page)
        cursor = page.older
        if not cursor:
            return pages


@pytest.mark.parametrize("order", [("name", "id"), ("-name", "-id")])
def test_all_rows_come_once_and_in_order(teams, order):
    pages = walk(teams, order)
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [row.pk for page in pages for row in page] == [row.pk for row in teams.order_by(*order)]


def test_the_way_back_shows_the_same_pages(teams):
    first, second, third = walk(teams, ("name", "id"))
    assert first.newer is None and third.older is None
    back = page_of(teams, order=("name", "id"), cursor=third.newer, size=5)
    assert back.rows == second.rows
    home = page_of(teams, order=("name", "id"), cursor=back.newer, size=5)
    assert home.rows == first.rows and home.newer is None


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WyI_Il0", "WyI+IiwxXQ"])
def test_a_damaged_cursor_is_refused_in_words(teams, cursor):
    with pytest.raises(BadCursor):
        page_of(teams, order=("name", "id"), cursor=cursor)


@pytest.mark.parametrize("values", [["x", "y"], ["x", None], ["x\x00", 1]])
def test_a_cursor_with_values_of_another_list_is_refused_too(teams, values):
    cursor = base64.urlsafe_b64encode(json.dumps([">", *values]).encode()).decode()
    with pytest.raises(BadCursor):
        page_of(teams, order=("name", "id"), cursor=cursor)


def test_a_cursor_needs_a_moment_where_the_order_has_one(db):
    cursor = base64.urlsafe_b64encode(b'[">", "yesterday", 1]').decode()
    with pytest.raises(BadCursor):
        page_of(Task.objects.all(), order=("due_at", "id"), cursor=cursor)
