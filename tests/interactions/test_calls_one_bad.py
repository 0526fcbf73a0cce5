"""One call that raises stops no other: not the missed ones behind it, nor the refusals that others said."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from crm import apart
from crm.events.models import Setback
from interactions import finishing, jobs, missing, ringing
from interactions.models import Call, Task
from tests import make

pytestmark = pytest.mark.django_db


def refuse(condition):
    """Let the database refuse some rows, as a bug would."""
    with connection.cursor() as cursor:
        cursor.execute(condition)


def rang(number):
    return Call.objects.create(
        ref=number, number=number, rang_at=now() - timedelta(minutes=5), status=Call.Status.RINGING
    )


def test_the_others_are_missed_all_the_same_and_the_bad_one_rests(anna):
    first, second = rang("+390810000001"), rang("+390810000002")
    refuse("ALTER TABLE interactions_interaction ADD CONSTRAINT bad CHECK (from_address <> '+390810000001')")
    missing.settle_missed()
    states = dict(Call.objects.values_list("pk", "status"))
    assert states == {first.pk: "ringing", second.pk: "missed"} and Task.objects.count() == 1
    assert apart.resting(missing.MISSING) == [str(first.pk)]
    assert missing.settle_missed() == 0, "it rests"
    refuse("ALTER TABLE interactions_interaction DROP CONSTRAINT bad")
    Setback.objects.update(due_at=now())
    assert missing.settle_missed() == 1 and not Setback.objects.exists()


def test_a_bad_missed_call_does_not_keep_what_was_said_on_others_from_taking_effect(anna, mira):
    rang("+390810000001")
    refuse("ALTER TABLE interactions_interaction ADD CONSTRAINT bad CHECK (from_address <> '+390810000001')")
    others = [make.make_customer(f"Ugo {n}", phone=f"+39081000010{n}") for n in range(2)]
    for one in others:
        call = ringing.dial(one.contact_points.get().value, by=anna)
        finishing.finish(call, "do_not_call", by=anna, customer=one)
    Call.objects.filter(effects_at__isnull=False).update(effects_at=now())
    refuse(f"ALTER TABLE customers_consent ADD CONSTRAINT bad CHECK (customer_id <> {others[0].pk})")
    jobs.settle_missed_calls()
    left = Call.objects.filter(effects_at__isnull=False)
    assert [call.customer for call in left] == [others[0]]
    assert apart.resting(finishing.SETTLING) == [str(left[0].pk)]
