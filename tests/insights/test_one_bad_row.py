"""One segment that cannot be asked stops no other, and one customer whose row raises keeps nobody from being redone."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils.timezone import now

from crm import apart, health
from crm.events.models import Setback
from customers import customfields
from customers.models import Customer, Touched
from insights import figures, passing, refreshing, segments
from insights.kinds import Field, Kind
from insights.models import Membership, Profile, Segment
from insights.rules import InvalidRule
from sales.models import Purchase
from tests import make
from tests.insights.test_segments import ask, buy, rule

pytestmark = pytest.mark.django_db
BAD_SQL = Field("odd", "Odd", Kind.NUMBER, "(100 / length(p.town))", "Odd")  # fails for who has no town


@pytest.fixture
def odd(monkeypatch):
    """A field that cannot be asked of one who has no town."""
    monkeypatch.setattr(figures, "_every", [*figures._every, figures.Figure("", asked=BAD_SQL)])
    anna = make.make_anna()
    make.make_customer("Ada Rossi", city="Bari"), make.make_customer("Ugo Neri", city="")
    towns = segments.save(Segment(), name="Bari", rule=rule(ask("city", "is", "Bari")), by=anna)
    bad = segments.save(Segment(), name="Odd ones", rule=rule(ask("odd", "at_least", "1")), by=anna)
    return towns, bad


def test_a_segment_that_raises_stops_no_other_and_its_page_says_why(odd, client):
    towns, bad = odd
    refreshing.refresh()
    for segment in odd:
        segment.refresh_from_db()
    assert (towns.member_count, bad.member_count) == (1, 0)
    assert "division by zero" in bad.trouble and not towns.trouble
    assert "It could not be asked of everybody" in segments.trouble(bad)
    for user, is_told in ((make.make_boris(), False), (make.make_anna(), True)):  # it may be of whom he does not see
        client.force_login(user)
        for page in (reverse("insights:segment", args=[bad.pk]), reverse("insights:segments")):
            answer = client.get(page)
            assert answer.status_code == 200 and ("division by zero" in answer.content.decode()) is is_told
    findings = dict(health.examine())
    assert findings["segment rules"].state == "soon" and "Odd ones" in findings["segment rules"].words
    Customer.objects.update(city="Bari")
    refreshing.refresh()
    bad.refresh_from_db()
    assert (bad.member_count, bad.trouble) == (2, "")


def test_the_builder_says_that_somebodys_value_cannot_be_asked(odd):
    refreshing.refresh()
    with pytest.raises(InvalidRule, match="cannot be asked of everybody: DataError: division by zero"):
        segments.counts(rule(ask("odd", "at_least", "1")))


def test_the_value_of_somebody_hidden_is_not_asked_at_all(odd):
    """Whether a rule raises would tell whether a hidden customer has a town."""
    boris, asked = make.make_boris(), rule(ask("odd", "at_least", "1"))
    for n in range(9):
        make.make_customer(f"Bea {n}", city="Bari", team=boris.team)
    refreshing.refresh()
    assert segments.counts(asked, boris) == {(): 9, (0,): 9} and segments.count(asked, boris) == 9
    assert {one.name for one in segments.sample(asked, boris, 9)} == {f"Bea {n}" for n in range(9)}
    Customer.objects.filter(name="Ugo Neri").update(team=boris.team)  # who has none
    for deed in (segments.count, segments.counts, segments.sample):
        with pytest.raises(InvalidRule, match="cannot be asked of everybody: DataError: division by zero"):
            deed(asked, boris)


def test_a_day_that_does_not_exist_is_no_day_and_no_error():
    anna = make.make_anna()
    customfields.define(label="Visited", kind="day")
    days = ("2024-02-29", "2024-02-31", "2023-02-29", "0000-01-01", "2024-13-01", "2024-1-1", "soon", "2024-12-31")
    for day in days:
        make.make_customer(f"On {day}", custom={"visited": day})
    segments.save(Segment(), name="Visited", rule=rule(ask("custom.visited", "after", "2000-01-01")), by=anna)
    refreshing.refresh()
    inside = Membership.objects.order_by("customer_id").values_list("customer__name", flat=True)
    assert list(inside) == ["On 2024-02-29", "On 2024-12-31"] and not Segment.objects.get().trouble


def test_a_row_that_raises_is_put_aside_and_the_others_are_redone():
    ada, ugo = make.make_customer("Ada Rossi"), make.make_customer("Ugo Neri")
    refreshing.refresh()
    for _ in range(3):
        buy(ugo, 9 * 10**18, date.today())  # more than the column holds
    buy(ada, 1_000, date.today())
    Touched.objects.bulk_create([Touched(customer_id=pk) for pk in (ugo.pk, ada.pk, ugo.pk)])
    refreshing.refresh_all_touched()
    assert Profile.objects.get(customer=ada).spent_cents == 1_000 and Profile.objects.get(customer=ugo).spent_cents == 0
    assert apart.resting(refreshing.REDOING) == [str(ugo.pk)]
    assert list(Touched.objects.values_list("customer_id", flat=True)) == [ugo.pk], "it is owed"
    passing.owe()
    assert passing.drive() is False
    assert Profile.objects.get(customer=ada).spent_cents == 1_000
    Purchase.objects.filter(account=ugo).delete()
    Setback.objects.update(due_at=now())
    refreshing.refresh_all_touched()
    assert not Touched.objects.exists() and not Setback.objects.exists()
