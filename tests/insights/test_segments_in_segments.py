"""A rule may ask who is in another segment: one scan stays right, in no circle, and nobody is lost silently."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from customers import customfields
from customers.models import Customer
from insights import evaluating, fields, refreshing, segments
from insights.models import ListedCustomer, Membership, Segment
from insights.rules import MOST_WRITTEN_OUT, InvalidRule, TooMuch, compile_segment
from tests import make
from tests.insights.test_segments import ask, rule

pytestmark = pytest.mark.django_db


def inside(*asked, operator="one_of"):
    return ask("segment", operator, [str(one.pk) for one in asked])


def saved(name, *rows, match="all"):
    return segments.save(Segment(), name=name, rule=rule(*rows, match=match), by=None)


def by_hand(segment, *rows):
    Segment.objects.filter(pk=segment.pk).update(rule=rule(*rows))


def who(segment):
    """Return the first names of those in it, by whichever door."""
    names = Membership.objects.filter(segment=segment).values_list("customer__first_name", flat=True)
    counted = segments.count(rule(inside(segment)))
    assert counted == len(names) == Segment.objects.get(pk=segment.pk).member_count
    return sorted(names)


@pytest.fixture
def people():
    for name, city in (("Ana", "Faro"), ("Bea", "Faro"), ("Cleo", "Roma"), ("Dina", "")):
        make.make_customer(f"{name} X", city=city)
    refreshing.refresh()
    return {one.first_name: one for one in Customer.objects.all()}


def test_one_scan_is_right_whatever_comes_first(people, django_assert_num_queries):
    above = saved("Not there")  # its number is lower than of those that it asks for
    faro = saved("Faro", ask("city", "is", "Faro"))
    vip = Segment.objects.create(name="Friends", rule={"all": []}, is_static=True)
    ListedCustomer.objects.bulk_create(
        ListedCustomer(segment=vip, customer=people[name], origin="pasted") for name in ("Bea", "Cleo")
    )
    segments.save(above, name="Not there", rule=rule(inside(faro, vip, operator="none_of")), by=None)
    both = saved("Both", inside(faro), inside(vip))
    of_both = saved("Of both", inside(both), ask("city", "known"))
    refreshing.refresh()
    assert [who(one) for one in (above, faro, vip, both, of_both)] == [
        ["Dina"], ["Ana", "Bea"], ["Bea", "Cleo"], ["Bea"], ["Bea"]
    ]  # fmt: skip
    segments.save(faro, name="Roma", rule=rule(ask("city", "is", "Roma")), by=None)
    evaluating.evaluate()  # by a reaction
    assert (who(above), who(both), who(of_both)) == (["Ana", "Dina"], ["Cleo"], ["Cleo"])
    Customer.objects.filter(first_name="Dina").update(city="Roma")
    refreshing.refresh([people["Dina"].pk])
    assert (who(faro), who(above)) == (["Cleo", "Dina"], ["Ana"])
    with django_assert_num_queries(1):  # own fields: whatever is chosen is read when somebody asks
        known = fields.every()
        compile_segment(faro, known)
    with django_assert_num_queries(1):  # all segments, once
        compile_segment(of_both, known)
        compile_segment(both, known)


def test_a_circle_is_refused_with_its_names_and_one_written_by_hand_keeps_its_members(people):
    faro = saved("Faro", ask("city", "is", "Faro"))
    mid = saved("Mid", inside(faro))
    top = saved("Top", rule(inside(mid), match="any"))
    with pytest.raises(InvalidRule, match="in a circle: “Faro” → “Faro”"):
        segments.save(faro, name="Faro", rule=rule(inside(faro)), by=None)
    with pytest.raises(InvalidRule, match="in a circle: “Faro” → “Top” → “Mid” → “Faro”"):
        segments.save(faro, name="Faro", rule=rule(rule(inside(top, operator="none_of"))), by=None)
    assert [name for _pk, name in fields.every(mid.pk)["segment"].find("", 9)] == ["Faro"]

    outside = saved("Outside", inside(top), ask("city", "is", "faro"))
    evaluating.evaluate()
    by_hand(faro, inside(top), ask("city", "is", "Roma"))
    make.make_customer("Edda X", city="Faro")
    refreshing.refresh()
    assert [who(one) for one in (faro, mid, top, outside)] == [["Ana", "Bea"]] * 4
    assert "in a circle: “Mid” → “Faro” → “Top” → “Mid”" in segments.trouble(Segment.objects.get(name="Mid"))
    assert segments.trouble(outside) == ""  # it stands beside: it counts who is in Top at present
    Segment.objects.filter(pk=outside.pk).update(rule=rule(inside(top), ask("city", "is_not", "faro")))
    evaluating.evaluate()
    assert who(outside) == []


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_do_not_make_a_circle():
    one, other = saved("One"), saved("Other")

    def write(pair):
        try:
            segments.save(pair[0], name=pair[0].name, rule=rule(inside(pair[1])), by=None)
            return "saved"
        except InvalidRule:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, [(one, other), (other, one)])) == ["refused", "saved"]


def test_what_doubles_at_each_level_ends_in_words(people):
    last = saved("0", ask("city", "is", "Faro"))
    with pytest.raises(TooMuch, match="holds more than 400 rules. Ask for fewer"):
        for number in range(1, 20):
            last = saved(str(number), inside(last), inside(last))
    assert last.name == "7"
    assert compile_segment(last).size <= MOST_WRITTEN_OUT
    evaluating.evaluate()
    assert who(last) == ["Ana", "Bea"]
    first = Segment.objects.get(name="0")
    with pytest.raises(TooMuch, match="“6” asks for this segment, and would become too much"):
        segments.save(first, name="0", rule=rule(*[ask("city", "is", "Faro")] * 9), by=None)
    for row in Segment.objects.exclude(pk=first.pk).order_by("pk"):  # by hand, far beyond
        by_hand(row, *[inside(*Segment.objects.filter(pk__lt=row.pk))] * 9)
    evaluating.evaluate()
    assert who(last) == ["Ana", "Bea"] and "more than 400 rules" in segments.trouble(Segment.objects.get(pk=last.pk))


def test_a_row_of_segments_of_any_length_is_asked_or_said_to_be_too_much(people):
    first = saved("0", ask("city", "is", "Faro"))
    rows = [
        Segment(pk=first.pk + n, name=str(n), rule=rule(inside(Segment(pk=first.pk + n - 1)))) for n in range(1, 450)
    ]
    Segment.objects.bulk_create(rows)
    known = fields.every()
    assert compile_segment(rows[MOST_WRITTEN_OUT - 2], known).size == MOST_WRITTEN_OUT
    with pytest.raises(TooMuch):
        compile_segment(rows[MOST_WRITTEN_OUT - 1], known)
    assert segments.count(rule(inside(rows[MOST_WRITTEN_OUT - 3]))) == 2


def test_who_asks_for_a_segment_that_is_broken_or_put_away_loses_nobody(people):
    customfields.define(label="Rooms", kind="number")
    Customer.objects.filter(first_name__in=("Ana", "Cleo")).update(custom={"rooms": 5})
    inns = saved("Inns", ask("custom.rooms", "at_least", "3"))
    faro = saved("Inns of Faro", inside(inns), ask("city", "is", "Faro"))
    refreshing.refresh()
    assert who(faro) == ["Ana"]
    with pytest.raises(segments.InUse, match="ask for this one: “Inns of Faro”. Change these first"):
        segments.archive(inns, by=None)
    customfields.CustomField.objects.all().delete()
    evaluating.evaluate()
    assert (who(inns), who(faro)) == (["Ana", "Cleo"], ["Ana"])
    Customer.objects.filter(first_name="Ana").update(city="Roma")
    refreshing.refresh([people["Ana"].pk])
    assert who(faro) == []  # the rest of its rule is asked on
    Customer.objects.filter(first_name="Ana").update(city="Faro")
    refreshing.refresh([people["Ana"].pk])

    Segment.objects.filter(pk=inns.pk).update(is_archived=True)
    evaluating.evaluate()
    assert Membership.objects.filter(segment=inns).count() == 0
    assert list(Membership.objects.filter(segment=faro).values_list("customer__first_name", flat=True)) == ["Ana"]
    assert "not in use any more: “Inns”" in segments.trouble(faro)
    segments.archive(faro, by=None)
    with pytest.raises(InvalidRule, match="not in use any more: “Inns”"):
        segments.save(faro, name="Inns of Faro", rule=faro.rule, by=None)
    with pytest.raises(InvalidRule, match="not in use any more: 4000000000"):
        saved("Gone", ask("segment", "one_of", ["4000000000"]))
