"""A pass through everybody goes on where it was killed, and lets those in between who were touched meanwhile."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date

import pytest
from django.db import connection

from customers.models import Customer, Touched
from insights import assembling, fingerprints, passing, refreshing, segments
from insights.models import Membership, Pass, Profile, Segment
from insights.slices import Span
from tests import make
from tests.databases import environment
from tests.insights.test_segments import ask, buy, rule

WALK = """
import django; django.setup()
from insights import assembling, fingerprints, passing
passing.BATCH_SIZE = passing.SMALL = 1
while passing.drive():
    pass
print("done")
"""


@pytest.mark.django_db
def test_slices_go_on_at_the_cursor_and_who_was_touched_comes_in_between(monkeypatch):
    monkeypatch.setattr(passing, "SMALL", 2)
    people = [make.make_customer(f"C{n} X") for n in range(6)]
    segments.save(Segment(), name="Everybody", rule=rule(), by=None)
    passing.owe()
    passing.owe()
    assert passing.take_slice(2) == 2
    assert Pass.objects.get().reached == people[1].pk
    assert Membership.objects.count() == Profile.objects.count() == 2, "segments are asked with their slice"
    buy(people[5], 700, date.today())
    Touched.objects.create(customer_id=people[5].pk)
    assert passing.drive(seconds=0) is True, "one slice more, and who was touched"
    assert Profile.objects.get(customer=people[5]).spent_cents == 700 and not Touched.objects.exists()
    assert not Profile.objects.filter(customer=people[4]).exists() and Pass.objects.get().reached == people[3].pk
    assert passing.drive() is False
    done = Pass.objects.get()
    assert done.finished_at and Membership.objects.count() == 6 and Segment.objects.get().evaluated_at
    assert passing.drive() is False and Pass.objects.get() == done, "nothing more is owed"


@pytest.mark.django_db
def test_figures_that_are_declared_otherwise_are_owed_another_pass(monkeypatch):
    mira = make.make_mira()
    passing.drive()
    Profile.objects.update(orders=7)
    passing.drive()
    assert Profile.objects.get(customer=mira).orders == 7
    monkeypatch.setattr(assembling, "STATEMENT", assembling.STATEMENT + "-- otherwise")
    passing.drive()
    assert Profile.objects.get(customer=mira).orders == 0


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_killed_anywhere_it_goes_on():
    for number in range(60):
        make.make_customer(f"C{number} X")
    segments.save(Segment(), name="Everybody", rule=rule(), by=None)
    passing.owe()
    env = environment(connection.settings_dict) | {"DJANGO_SETTINGS_MODULE": "crm.settings"}
    reached, kills = [0], 0
    while Pass.objects.filter(finished_at=None).exists():
        child = subprocess.Popen([sys.executable, "-c", WALK], env=env, stdout=subprocess.PIPE)
        until = time.monotonic() + 20
        while child.poll() is None and time.monotonic() < until and Pass.objects.get().reached < reached[-1] + 15:
            time.sleep(0.01)
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            kills += 1
        child.wait()
        child.stdout.close()
        assert Pass.objects.get().reached >= reached[-1], "it never goes back"
        reached.append(Pass.objects.get().reached)
    assert kills >= 2 and Profile.objects.count() == Membership.objects.count() == Customer.objects.count() == 60
    assert Segment.objects.get().member_count == 60
    refreshing.refresh()
    assert Membership.objects.count() == 60


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_who_was_touched_is_in_right_after_the_walk_was_killed():
    """Whatever the walk was at: its work is done or not, its locks are gone, and everybody is right in the end."""
    dice, env = random.Random(3), environment(connection.settings_dict) | {"DJANGO_SETTINGS_MODULE": "crm.settings"}
    people = [make.make_customer(f"C{number} X") for number in range(60)]
    spenders = segments.save(Segment(), name="Spenders", rule=rule(ask("spent", "at_least", "5")), by=None)
    buyers = dice.sample(people, 8)
    for buyer in buyers:
        Profile.objects.update(fingerprint=None)
        passing.owe()
        Pass.objects.filter(finished_at=None).update(reached=0)
        child = subprocess.Popen([sys.executable, "-c", WALK], env=env, stdout=subprocess.PIPE)
        until = time.monotonic() + 20
        while Pass.objects.filter(reached=0, finished_at=None).exists() and time.monotonic() < until:
            time.sleep(0.005)
        buy(buyer, 700, date.today())
        Touched.objects.create(customer_id=buyer.pk)
        time.sleep(dice.random() / 10)
        child.kill()
        child.wait()
        child.stdout.close()
        begun = time.monotonic()
        refreshing.refresh_all_touched()
        assert spenders.memberships.filter(customer=buyer).exists() and time.monotonic() - begun < 5
    assert not Touched.objects.exists()
    while passing.drive():
        pass
    spenders.refresh_from_db()
    assert fingerprints.owed(Span(0, 2**40)) == [] and Profile.objects.count() == 60
    assert {*spenders.memberships.values_list("customer_id", flat=True)} == {one.pk for one in buyers}
    assert spenders.member_count == 8 and spenders.changes.count() == 8
