"""A worker that counts anew is killed over and over, as rates change: at the end each purchase is worth what it is."""

import os
import signal
from contextlib import suppress
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from time import sleep

import pytest
from django.db import connection

from crm import money
from customers.models import Touched
from sales import exchanging, recording, recounting
from sales.models import Purchase, Recount
from sales.recording import Line
from tests import make

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
DAY = date(2024, 1, 1)


def fork() -> int:
    """Begin a process that counts what is owed; it leaves our connection alone."""
    pid = os.fork()
    if not pid:
        ours, connection.connection = connection.connection, None
        try:
            while recounting.take_slice():
                pass
        finally:
            os._exit(0 if ours else 1)
    return pid


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_killed_at_any_instant_it_ends_with_every_purchase_right(monkeypatch):
    monkeypatch.setattr(recounting, "SLICE_SIZE", 40)
    make.make_organisation()
    dice, cast = Random(7), [make.make_customer(f"Customer {n}") for n in range(5)]
    lines = [
        Line(DAY + timedelta(days=n % 700), dice.randint(-9_999, 99_999), code, customer_id=cast[n % 5].pk)
        for n, code in enumerate(dice.choices(["USD", "JPY", "KWD", "EUR"], k=4_000))
    ]
    recording.record_many(lines, source="test")
    Touched.objects.all().delete()
    for n in range(40):
        if n < 12:
            worth, on = Decimal(dice.randint(1, 10**6)) / 10**5, DAY + timedelta(days=dice.randint(-1, 600))
            exchanging.set_rate(dice.choice(["USD", "JPY", "KWD"]), from_on=on, rate=worth)
        pids = [fork(), fork()]
        sleep(dice.random() / 20)
        for pid in pids:
            kill(pid)
    os.waitpid(fork(), 0)
    assert not Recount.objects.filter(finished_at=None).exists()
    wrong = [one.pk for one in Purchase.objects.all() if one.base_cents != worth_of(one)]
    assert wrong == []
    assert set(Touched.objects.values_list("customer_id", flat=True)) == {one.pk for one in cast}


def worth_of(one: Purchase) -> int | None:
    """What it is worth, worked out the other way: in Python, from units."""
    if one.currency == "EUR":
        return one.amount_cents
    rates = exchanging.ExchangeRate.objects.filter(currency=one.currency, from_on__lte=one.purchased_on)
    latest = rates.order_by("-from_on").first()
    if latest is None:
        return None
    value = money.units(one.amount_cents, one.currency) * latest.rate
    return int((value * 100).to_integral_value(ROUND_HALF_UP))
