"""A figure is one declaration and a column; then page, builder, sentence, API and segments know it by themselves."""

from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from insights import figures, passing, refreshing, segments
from insights.kinds import Kind
from insights.models import Segment
from insights.wording import in_words
from tests import make
from tests.api.conftest import Shop
from tests.insights.test_segments import buy

pytestmark = pytest.mark.django_db


@pytest.fixture
def dearest(monkeypatch):
    """What the dearest line was worth: declared, and its column added, as its migration would."""
    monkeypatch.setattr(figures, "_every", [*figures._every])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE insights_profile ADD COLUMN dearest_cents bigint")
    figures.figure(
        "dearest", "dearest line", Kind.MONEY, figures.BUY,
        source="purchases", column="dearest_cents", sql="max(cents)",
    )  # fmt: skip


def test_it_is_declared_and_known_everywhere(client, request):
    make.make_organisation()
    rita, mira, ugo = make.make_user("Rita", make.Role.ADMINISTRATOR), make.make_mira(), make.make_customer("Ugo")
    for cents in (4_000, 12_345):
        buy(mira, cents, date(2026, 3, 1))
    passing.owe()
    passing.drive()
    assert not passing.is_owed()
    request.getfixturevalue("dearest")
    assert passing.is_owed(), "everybody is redone by itself"
    passing.drive()
    client.force_login(rita)
    assert "Dearest line" in (page := client.get(reverse("insights:figures", args=[mira.pk])).content.decode())
    assert (
        "€123" in page
        and client.post("/segments/builder/", {"do": "rule:"}).content.decode().count("dearest line") == 1
    )
    for whose, value in ((mira, 12_345), (ugo, None)):
        told = {one["key"]: one for one in Shop().get(f"customers/{whose.pk}/figures/").json()["figures"]}
        assert (told["dearest"]["value"], told["dearest"]["source"]) == (value, "purchases")
    rule = {"all": [{"field": "dearest", "is": "at_least", "value": "123.45"}]}
    segment = segments.save(Segment(), name="Dear", rule=rule, by=rita)
    assert in_words(rule) == "Customers for whom this is true: dearest line is at least €123.45."
    assert segments.counts(rule, rita)[()] == 1
    refreshing.refresh()
    assert segment.memberships.get().customer_id == mira.pk
