"""A source of figures that really breaks in PostgreSQL, is mended, and is right again without anybody's hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from crm import health
from customers.models import Touched
from insights import jobs
from insights.models import FailingSource
from tests import make
from tests.api.conftest import Shop
from tests.insights.test_segments import buy

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def rename(old, new):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE sales_purchase RENAME COLUMN {old} TO {new}")


def tick():
    """Do what the clock does every ten seconds."""
    for job in (jobs.refresh_touched, jobs.drive_pass):
        job()


def told(customer):
    answer = Shop().get(f"customers/{customer.pk}/figures/").json()
    return {one["key"]: one for one in answer["figures"]}


def test_the_others_are_right_the_page_says_which_is_old_and_then_all_are_redone(client):
    make.make_organisation()
    client.force_login(make.make_user("Rita", make.Role.ADMINISTRATOR))
    with time_machine.travel(NOON) as clock:
        mira, ugo = make.make_mira(), make.make_customer("Ugo Neri")
        buy(mira, 1_000, date(2026, 3, 1)), buy(ugo, 2_000, date(2026, 3, 1))
        tick()
        buy(mira, 500, date(2026, 3, 2)), buy(ugo, 700, date(2026, 3, 2))
        make.make_interaction(mira, channel="visit")
        Touched.objects.create(customer_id=mira.pk)
        rename("base_cents", "gone")
        tick()
        seen, page = told(mira), client.get(reverse("insights:figures", args=[mira.pk])).content.decode()
        since = FailingSource.objects.get().since
        assert (seen["spent"]["value"], seen["interactions_12m"]["value"]) == (1_000, 1)
        assert "base_cents" in seen["spent"]["why"] and seen["interactions_12m"]["why"] is None
        assert "What is said of purchases is as it was Thu 12 Mar, 13:00" in page and "base_cents" in page
        assert "€10.00" in page and "Contacts in 12 months" in page
        clock.shift(timedelta(minutes=2))
        tick()
        assert FailingSource.objects.get().since == since, "it fails still"
        rename("gone", "base_cents")
        clock.shift(timedelta(minutes=2))
        tick(), tick()
        assert not FailingSource.objects.exists() and dict(health.examine())["figures"].state == "well"
        assert (told(mira)["spent"]["value"], told(ugo)["spent"]["value"]) == (1_500, 2_700)
        assert "as it was" not in client.get(reverse("insights:figures", args=[mira.pk])).content.decode()
