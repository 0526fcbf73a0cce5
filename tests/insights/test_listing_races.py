"""Two who put the same customers on a list at once; many on their way, killed again and again beside others."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection

from crm.events.models import Event
from insights import listing, segments
from insights.models import Enlistment, ListedCustomer, Segment
from staff.roles import Role
from tests import make
from tests.databases import environment
from tests.racing import held

pytestmark = pytest.mark.django_db(transaction=True)
WORK = """
import django; django.setup()
from insights import listing
listing.SLICE_SIZE = 2
while listing.take_slice():
    pass
"""


def test_two_at_once_put_each_customer_on_it_once_and_tell_it_once():
    mara = make.make_user("Mara", Role.MARKETING)
    guests = segments.save_list(Segment(), name="Guests", by=mara)
    people = [make.make_customer(f"C{n} X").pk for n in range(4)]
    said = {"origin": "pasted", "by": mara, "seer": mara}
    with held(lambda: listing.add(guests, people[:3], **said)) as start:
        second = start(lambda: listing.add(guests, people[::-1], **said))
    assert second.result() == 1 and ListedCustomer.objects.count() == 4
    counts = Event.objects.filter(kind="segment.listed").order_by("id")
    assert [fact.data["count"] for fact in counts] == [3, 1]
    with held(lambda: listing.remove(guests, people[:2], by=mara, seer=mara)) as start:
        second = start(lambda: listing.remove(guests, people[::-1], by=mara, seer=mara))
    assert second.result() == 2 and not ListedCustomer.objects.exists()


def test_who_is_put_on_a_list_is_in_the_segment_at_once_and_the_rest_of_many_follows(run_jobs, monkeypatch):
    monkeypatch.setattr(listing, "SLICE_SIZE", 2)
    mara = make.make_user("Mara", Role.MARKETING)
    guests = segments.save_list(Segment(), name="Guests", by=mara)
    people = {make.make_customer(f"C{n} X").pk for n in range(5)}
    listing.begin(guests, origin="selection", by=mara)
    assert ListedCustomer.objects.count() == 2
    run_jobs()
    assert set(guests.memberships.values_list("customer_id", flat=True)) == people
    listing.remove(guests, list(people), by=mara, seer=mara)
    run_jobs()
    assert not guests.memberships.exists()


@pytest.mark.long
def test_killed_anywhere_beside_another_it_goes_on():
    mara = make.make_user("Mara", Role.MARKETING)
    guests = segments.save_list(Segment(), name="Guests", by=mara)
    people = {make.make_customer(f"C{n} X").pk for n in range(120)}
    last = max(people)
    Enlistment.objects.create(
        segment=guests, origin="selection", by=mara, until=last, begun_at=guests.created_at, beat_at=guests.created_at
    )
    env = environment(connection.settings_dict) | {"DJANGO_SETTINGS_MODULE": "crm.settings"}
    kills, end = 0, time.monotonic() + 200
    while Enlistment.objects.filter(finished_at=None).exists():
        assert time.monotonic() < end
        before = ListedCustomer.objects.count()
        children = [subprocess.Popen([sys.executable, "-c", WORK], env=env) for _ in range(2)]
        while any(child.poll() is None for child in children) and ListedCustomer.objects.count() < before + 30:
            time.sleep(0.01)
        for child in children:
            if child.poll() is None:
                os.kill(child.pid, signal.SIGKILL)
                kills += 1
            child.wait()
    assert kills >= 2 and set(guests.listed.values_list("customer_id", flat=True)) == people
    done = Enlistment.objects.get()
    assert (done.added_count, done.reached) == (120, last)
    assert sum(fact.data["count"] for fact in Event.objects.filter(kind="segment.listed")) == 120
