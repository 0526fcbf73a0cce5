"""All that happened with one customer, newest first, page by page, out of several sources."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm.cursors import BadCursor
from interactions import noting, timeline
from interactions.timeline import Entry
from staff.roles import Role
from tests import make
from tests.permuting import rarely


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def mira(db):
    return make.make_mira()


@pytest.fixture
def purchases(monkeypatch):
    """A source of a room above, for the length of one test: three entries at moments that others have too."""
    at = now().replace(microsecond=0)
    monkeypatch.setattr(timeline, "_sources", dict(timeline._sources))

    @timeline.source("purchases", _("Purchases"), "shopping-bag", order=15)
    def draw(customer, window):
        rows = [Entry("purchases", n, at - timedelta(days=n // 2), f"Order {n}", "purchase") for n in range(8)]
        rows = sorted(rows, key=lambda row: (row.at, row.id), reverse=True)
        return [row for row in rows if _before(row, window)][: window.limit]

    return at


def _before(row, window):
    if window.before_at is None or row.at < window.before_at:
        return True
    return window.before_id is not None and row.at == window.before_at and row.id < window.before_id


def walk(customer, viewer=None, **how):
    """Every entry, page after page."""
    cursor, entries = None, []
    while True:
        page = timeline.page(customer, viewer, cursor=cursor, **how)
        entries += page.rows
        cursor = page.older
        if cursor is None:
            return entries


@pytest.mark.parametrize("size", [3, *rarely(1, 2, 7, 100)])
def test_every_page_size_tells_everything_once_in_the_same_order(mira, anna, purchases, size):
    conversation = make.make_conversation(mira)
    for day in range(4):
        for _again in range(2):
            make.make_interaction(mira, conversation, occurred_at=purchases - timedelta(days=day))
        make.make_task(mira, anna, created_at=purchases - timedelta(days=day))
    whole = [(entry.source, entry.id) for entry in timeline.page(mira, size=100)]
    assert len(whole) == len(set(whole)) == 20
    assert [(entry.source, entry.id) for entry in walk(mira, size=size)] == whole
    moments = [entry.at for entry in walk(mira, size=size)]
    assert moments == sorted(moments, reverse=True)


def test_it_can_be_narrowed_to_some_sources(mira, anna, purchases):
    make.make_interaction(mira)
    make.make_task(mira, anna)
    assert {entry.source for entry in walk(mira, only=["promises", "purchases"], size=3)} == {"promises", "purchases"}


def test_two_hundred_touches_cost_one_query_a_source(mira, anna, django_assert_num_queries):
    conversation = make.make_conversation(mira)
    for number in range(200):
        at = now() - timedelta(hours=number)
        make.make_interaction(mira, conversation, occurred_at=at, author=anna, words="x" * 5000)
    with django_assert_num_queries(len(timeline.sources())):
        page = timeline.page(mira, anna)
        assert len(page.rows) == timeline.PAGE_SIZE and page.rows[0].who == "Anna"
    assert len(page.rows[0].words) == 600
    with django_assert_num_queries(len(timeline.sources())):
        assert timeline.page(mira, anna, cursor=page.older).rows[0].at < page.rows[-1].at


def test_who_may_not_read_words_sees_that_there_was_something(mira, anna):
    noting.log("call", customer=mira, words="A secret", by=anna, outcome="complaint")
    (entry,) = timeline.page(mira, make.make_user("Milo", Role.MARKETING))
    assert entry.title == "We called" and not entry.words and not entry.notes and not entry.url


def test_one_to_many_and_machines_are_quiet_rows(mira):
    make.make_interaction(mira, None, direction="out", subject="Spring menu", words="")
    make.make_interaction(mira, make.make_conversation(mira), kind="automatic")
    assert [(entry.is_quiet, entry.title) for entry in timeline.page(mira)] == [
        (True, "Automatic answer"),
        (True, "We wrote to many"),
    ]


@pytest.mark.parametrize("cursor", ["x", "!!!", "bm9uc2Vuc2U", "WyIyMDI2Il0"])
def test_a_damaged_link_is_told(mira, cursor):
    with pytest.raises(BadCursor):
        timeline.page(mira, cursor=cursor)
