"""Lists: some customers, put there by somebody who sees them; a segment like any other."""

import pytest
from django.db import connection

from campaigns import audience, drafting
from crm.events.models import Event
from customers.models import Touched
from insights import evaluating, listing, refreshing, segments
from insights.models import Enlistment, ListedCustomer, Membership, Profile, Segment
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
PASTED = listing.Origin.PASTED


@pytest.fixture
def mara():
    return make.make_user("Mara", Role.MARKETING)


@pytest.fixture
def guests(mara):
    return segments.save_list(Segment(), name="Guests", by=mara)


def put(segment, *customers, by):
    return listing.add(segment, [one.pk for one in customers], origin=PASTED, by=by, seer=by)


def test_who_is_put_on_a_list_is_in_the_segment_and_who_is_taken_off_is_not(mara, guests):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles")
    assert put(guests, mira, rui, by=mara) == 2
    assert put(guests, mira, by=mara) == 0  # once more is nothing
    stands = listing.standing(guests, mara)
    assert (stands.count, stands.entering, stands.leaving) == (2, 2, 0)
    refreshing.refresh_all_touched()
    assert set(Membership.objects.values_list("customer_id", flat=True)) == {mira.pk, rui.pk}
    assert Profile.objects.get(customer=mira).lists == Profile.objects.get(customer=mira).segments == [guests.pk]
    stands = listing.standing(guests, mara)
    assert (stands.count, stands.entering) == (2, 0)
    assert [(who, str(how), n) for who, how, n, _at in stands.sources] == [("Mara", "Pasted", 2)]
    assert listing.remove(guests, [mira.pk], by=mara, seer=mara) == 1
    assert listing.remove(guests, [mira.pk], by=mara, seer=mara) == 0
    assert listing.standing(guests, mara).leaving == 1
    refreshing.refresh_all_touched()
    guests.refresh_from_db()
    assert guests.member_count == 1 and list(segments.of_customer(rui)) == [guests]
    told = Event.objects.filter(kind__startswith="segment.").exclude(kind="segment.saved").order_by("id")
    assert [(one.kind, one.data) for one in told] == [
        ("segment.listed", {"count": 2, "origin": "pasted"}),
        ("segment.unlisted", {"count": 1}),
    ]


def test_a_campaign_goes_to_those_on_the_list(mara, guests):
    mira, _rui = make.make_mira(), make.make_customer("Rui Teles")
    put(guests, mira, by=mara)
    refreshing.refresh()
    campaign = drafting.create(name="Spring", by=mara, segment=guests)
    assert segments.trouble(guests) == ""
    assert audience.look(campaign, mara).everybody == 1


def test_nobody_puts_or_takes_whom_they_do_not_see(guests):
    lea = make.make_user("Lea", Role.MANAGER, team=make.make_team("Bar"))
    mine, hidden = make.make_customer("Mira Kovač", team=lea.team), make.make_customer("Rui Teles")
    assert put(guests, mine, hidden, by=lea) == 1
    ListedCustomer.objects.create(segment=guests, customer=hidden, origin=PASTED)
    assert listing.standing(guests, lea).count == 1
    assert listing.remove(guests, [mine.pk, hidden.pk], by=lea, seer=lea) == 1
    assert list(ListedCustomer.objects.values_list("customer_id", flat=True)) == [hidden.pk]
    assert listing.standing(guests, lea).count == 0


def test_only_a_list_in_use_takes_anybody(mara, guests):
    mira = make.make_mira()
    asked = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    segments.archive(guests, by=mara)
    for closed in (asked, guests):
        with pytest.raises(listing.NoList):
            put(closed, mira, by=mara)
        with pytest.raises(listing.NoList):
            listing.remove(closed, [mira.pk], by=mara, seer=mara)
        with pytest.raises(listing.NoList):
            listing.begin(closed, origin=PASTED, by=mara)
    evaluating.evaluate()
    assert not ListedCustomer.objects.exists() and not Enlistment.objects.exists()


def test_who_is_gone_meanwhile_is_left_out(mara, guests):
    mira = make.make_mira()
    assert listing.add(guests, [mira.pk, 0, 2**62], origin=PASTED, by=mara, seer=mara) == 1


# ---- many


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr(listing, "SLICE_SIZE", 3)
    return [make.make_customer(f"C{n} X", country="IT" if n < 8 else "PT") for n in range(10)]


def test_all_whom_filters_leave_come_slice_by_slice_and_once(mara, guests, many):
    put(guests, many[1], by=mara)
    Touched.objects.all().delete()
    one = listing.begin(guests, origin=listing.Origin.SELECTION, by=mara, filters={"country": "IT"})
    assert ListedCustomer.objects.count() == 3 and one.finished_at is None
    make.make_customer("Late X", country="IT")  # registered since: not meant
    assert listing.standing(guests, mara).on_their_way == [one]
    while listing.take_slice():
        pass
    one.refresh_from_db()
    assert one.added_count == 7 and one.finished_at and one.reached == one.until
    assert ListedCustomer.objects.count() == 8 and Touched.objects.values("customer_id").distinct().count() == 7
    counts = Event.objects.filter(kind="segment.listed", data__origin="selection").order_by("id")
    assert [fact.data["count"] for fact in counts] == [2, 3, 2]


def test_a_slice_that_dies_is_taken_again(mara, guests, many):
    listing.begin(guests, origin=listing.Origin.SELECTION, by=mara)

    def fail(execute, sql, params, many, context):
        if sql.startswith('UPDATE "insights_enlistment"'):
            raise RuntimeError("killed")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        listing.take_slice()
    assert ListedCustomer.objects.count() == 3  # nothing of the second slice
    listing.apart.settle(listing.LISTING, Enlistment.objects.values_list("pk", flat=True))
    while listing.take_slice():
        pass
    assert ListedCustomer.objects.count() == 10


def test_it_ends_when_its_colleague_may_not_any_more_or_its_filter_is_gone(mara, guests, many):
    bar = make.make_team("Bar")
    filters = ({"country": "IT"}, {"team": str(bar.pk)})
    with_right, with_team = [
        listing.begin(guests, origin=listing.Origin.SELECTION, by=mara, filters=each) for each in filters
    ]
    assert with_right.finished_at is None and with_team.finished_at  # nobody is the team's
    Enlistment.objects.update(finished_at=None, reached=0)
    ListedCustomer.objects.all().delete()
    mara.role = Role.AGENT
    mara.save()
    bar.delete()
    while listing.take_slice():
        pass
    assert not ListedCustomer.objects.exists() and not Enlistment.objects.filter(finished_at=None).exists()
    mara.role = Role.MARKETING
    mara.save()
    Enlistment.objects.filter(pk=with_team.pk).update(finished_at=None, reached=0)
    listing.take_slice()
    assert not ListedCustomer.objects.exists()  # not everybody, for want of the team
