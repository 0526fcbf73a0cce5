"""Why somebody is in a segment: the same conditions, so the answer is always that of the segment itself."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from customers import consenting, customfields, searching
from customers.touch import touch
from insights import evaluating, explaining, refreshing, segments
from insights.models import FailingSource, ListedCustomer, Membership, Segment, SegmentChange
from sales import recording
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
NUMBERS = count(1)


def ask(field, operator, value=None):
    return {"field": field, "is": operator, "value": value}


@pytest.fixture
def mara():
    return make.make_user("Mara", Role.MARKETING)


@pytest.fixture
def people():
    """Some who differ in what rules ask: towns, money, days, consents, products, own fields."""
    customfields.define(label="Rooms", kind="number")
    found, lines = [], []
    for number, name in enumerate(("Mira Kovač", "Rui Teles", "Ana Reis", "Ida Sørli", "Bo Li")):
        own = {"rooms": number} if number % 2 else {}
        one = make.make_customer(
            name, city=("Amalfi", "", "Lisboa")[number % 3], custom=own, email=f"p{number}@example.com"
        )
        if number:
            bought = localdate() - timedelta(days=20 * number)
            product = f"Coffee {number % 2}"
            lines.append(recording.Line(bought, 4_200 * number, "EUR", customer_id=one.pk, product=product))
        if number % 2:
            (consenting.give if number > 1 else consenting.withdraw)(one, "offers", "email", source="test")
        found.append(one)
    recording.record_many(lines, source="till")
    refreshing.refresh()
    return found


SINGLES = some.one_of(
    some.tuples(
        some.just("city"), some.sampled_from(["is", "is_not", "contains", "begins"]), some.sampled_from(["amalfi", "l"])
    ),
    some.tuples(some.just("city"), some.sampled_from(["known", "unknown"]), some.none()),
    some.tuples(
        some.just("spent"), some.sampled_from(["at_least", "at_most", "is"]), some.sampled_from(["42", "84.5", "0"])
    ),
    some.tuples(
        some.just("last_purchase_on"), some.sampled_from(["in_last", "not_in_last"]), some.sampled_from(["30", "70"])
    ),
    some.tuples(some.just("last_purchase_on"), some.sampled_from(["known", "unknown"]), some.none()),
    some.tuples(some.just("offers_email"), some.sampled_from(["yes", "no", "unasked"]), some.none()),
    some.tuples(some.just("custom.rooms"), some.sampled_from(["at_least", "unknown"]), some.just("2")),
    some.tuples(
        some.just("season_bought"), some.sampled_from(["one_of", "none_of"]), some.just(["1", "6", "11", "12"])
    ),
).map(lambda asked: ask(*asked))
GROUPS = some.recursive(
    some.builds(lambda match, rows: {match: rows}, some.sampled_from(["all", "any"]), some.lists(SINGLES, max_size=3)),
    lambda inner: some.builds(
        lambda match, rows: {match: rows},
        some.sampled_from(["all", "any"]),
        some.lists(some.one_of(SINGLES, inner), max_size=3),
    ),
    max_leaves=2,
)


def depth(rule):
    return 1 + max((depth(row) for row in next(iter(rule.values())) if "field" not in row), default=0)


def assert_each_group_follows_from_its_pieces(piece):
    if piece.match:
        said = [child.holds for child in piece.children]
        assert piece.holds == (all(said) if piece.match == "all" or not said else any(said)), piece
    for child in piece.children:
        assert_each_group_follows_from_its_pieces(child)


SHALLOW, DEEP = (GROUPS.filter(lambda rule, most=most: depth(rule) <= most) for most in (2, 3))
RULES = some.tuples(SHALLOW, DEEP, DEEP, DEEP)  # the first one stands in a group of another
ONE_BASE = {
    "phases": [Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=6, **ONE_BASE)
@given(rules=RULES, nested=some.booleans())
def test_the_answer_is_always_that_of_the_segment(people, rules, nested):
    the_answer_is_that_of_the_segment(people, rules, nested)


@pytest.mark.long
@settings(max_examples=100, **ONE_BASE)
@given(rules=RULES, nested=some.booleans())
def test_the_answer_is_that_of_the_segment_for_many_more_rules(people, rules, nested):
    the_answer_is_that_of_the_segment(people, rules, nested)


def the_answer_is_that_of_the_segment(people, rules, nested):
    Segment.objects.update(is_archived=True)
    made = [Segment.objects.create(name=f"Segment {next(NUMBERS)}", rule=rule) for rule in rules]
    asked = [str(one.pk) for one in made[:2]]
    inside = {"any": [ask("segment", "none_of" if nested else "one_of", asked), rules[0]]}
    made.append(Segment.objects.create(name=f"Segment {next(NUMBERS)}", rule=inside))
    evaluating.evaluate()
    members = set(Membership.objects.values_list("segment_id", "customer_id"))
    for segment in made:
        for one in people:
            whole = explaining.explain(segment, one)
            assert whole.holds == ((segment.pk, one.pk) in members), (segment.rule, one.name)
            assert_each_group_follows_from_its_pieces(whole)
            for child in whole.children:
                for each in child.children:
                    assert not each.segment or each.holds == ((each.segment, one.pk) in members)


def why(client, segment, customer):
    return client.get(reverse("insights:why", args=[segment.pk, customer.pk]))


def test_the_page_says_what_is_asked_what_is_known_and_since_when(client, mara, people):
    client.force_login(mara)
    mira, rui = people[0], people[1]
    spent = ask("spent", "at_least", "42")
    rule = {"all": [spent, {"any": [ask("city", "is", "Amalfi"), ask("offers_email", "no")]}]}
    segment = segments.save(Segment(), name="Good 100%", rule=rule, by=mara)
    evaluating.evaluate()
    with CaptureQueriesContext(connection) as asked:
        page = why(client, segment, rui).content.decode()
    assert len([one for one in asked if "FROM insights_profile" in one["sql"]]) == 1
    assert "Why is Rui Teles in “Good 100%”?" in page and "In it since" in page
    assert "money spent in all is at least €42.00" in page and "€42.00" in page
    assert "All of these have to be true: 2 of 2 are." in page and "One of these has to be true: 1 of 2 are." in page
    assert ">refused</span>" in page and ">not known</span>" in page  # offers by mail; no town
    page = why(client, segment, mira).content.decode()
    assert "Why is Mira Kovač not in" in page and "Never was in it." in page and "0 of 2 are" not in page

    SegmentChange.objects.create(segment=segment, customer_id=mira.pk, has_entered=False, at=now() - timedelta(days=3))
    touch([mira.pk])
    page = why(client, segment, mira).content.decode()
    assert "Not in it any more since" in page and "3 days ago" in page and "being worked out anew; as of" in page
    FailingSource.objects.create(name="purchases", since=now(), why="no table", due_at=now())
    page = why(client, segment, mira).content.decode()
    assert "It cannot be worked out: no table" in page and "as it was" in page


def test_who_belongs_in_it_by_now_reads_that_it_follows(client, mara, people):
    client.force_login(mara)
    segment = Segment.objects.create(name="Amalfi", rule={"all": [ask("city", "is", "amalfi")]})
    page = why(client, segment, people[0]).content.decode()
    assert "By these figures they belong in it." in page
    evaluating.evaluate()
    assert "By these figures" not in why(client, segment, people[0]).content.decode()
    new = make.make_customer("Zoe New")
    assert "Nothing is worked out yet" in why(client, segment, new).content.decode()


def test_a_segment_that_is_asked_for_leads_to_its_own_page(client, mara, people):
    client.force_login(mara)
    inner = Segment.objects.create(name="Inner", rule={"all": [ask("city", "is", "amalfi")]})
    outer = Segment.objects.create(name="Outer", rule={"all": [ask("segment", "one_of", [str(inner.pk)])]})
    evaluating.evaluate()
    page = why(client, outer, people[0]).content.decode()
    assert f'href="{reverse("insights:why", args=[inner.pk, people[0].pk])}">in “Inner”: why' in page
    assert "not in “Inner”: why" in why(client, outer, people[1]).content.decode()


def test_of_a_list_it_says_who_put_them_there(client, mara, people):
    client.force_login(mara)
    fair = Segment.objects.create(name="Fair", rule={}, is_static=True)
    ListedCustomer.objects.create(segment=fair, customer=people[0], origin="pasted", by=mara)
    refreshing.refresh([people[0].pk])
    page = why(client, fair, people[0]).content.decode()
    assert "In it since" in page and "Pasted, by Mara" in page
    assert "Nobody put them on this list" in why(client, fair, people[1]).content.decode()


def test_of_a_rule_that_broke_the_rest_is_told(client, mara, people):
    client.force_login(mara)
    rule = {"all": [ask("custom.boats", "at_least", "3"), ask("city", "is", "amalfi")]}
    segment = Segment.objects.create(name="Boats", rule=rule)
    page = why(client, segment, people[0]).content.decode()
    assert page.count("There is no field “custom.boats”.") == 2  # above, and where the rule stands
    assert "Not known" in page and "Amalfi" in page and "the same people stay" in page


def test_who_does_not_see_a_customer_learns_nothing_of_them(client, people):
    bar = make.make_team("Bar")
    leader = make.make_user("Lea", Role.MANAGER, team=bar)
    mine = make.make_customer("Mia Bar", team=bar)
    segment = Segment.objects.create(name="All", rule={"all": []})
    refreshing.refresh()
    evaluating.evaluate()
    searching.store([mine.pk, people[0].pk])
    client.force_login(leader)
    assert why(client, segment, mine).status_code == 200 and why(client, segment, people[0]).status_code == 404
    assert client.get(reverse("insights:of_customer", args=[people[0].pk])).status_code == 404
    assert "In it" in client.get(reverse("insights:of_customer", args=[mine.pk])).content.decode()
    for text, found in (("mia", True), ("mira", False)):
        answer = client.get(reverse("insights:somebody", args=[segment.pk]), {"who": text})
        link = reverse("insights:why", args=[segment.pk, (mine if found else people[0]).pk])
        assert (f'href="{link}"' in answer.content.decode()) == found


def test_the_customers_page_leads_there(client, mara, people):
    client.force_login(mara)
    segment = Segment.objects.create(name="Amalfi", rule={"all": [ask("city", "is", "amalfi")]})
    evaluating.evaluate()
    page = client.get(people[0].get_absolute_url()).content.decode()
    assert reverse("insights:why", args=[segment.pk, people[0].pk]) in page
    page = client.get(reverse("insights:members", args=[segment.pk])).content.decode()
    assert (
        f'href="{reverse("insights:why", args=[segment.pk, people[0].pk])}" aria-label="Why is Mira Kovač in it?"'
        in page
    )
    page = client.get(people[1].get_absolute_url()).content.decode()
    assert "In none." in page and reverse("insights:of_customer", args=[people[1].pk]) in page
