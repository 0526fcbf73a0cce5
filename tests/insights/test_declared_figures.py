"""A figure is declared once: list, model and statement agree, and nothing is written that did not change."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.urls import reverse

from crm import days, health
from customers.models import Touched
from insights import assembling, figures, jobs, refreshing, showing, sources
from insights.fields import every
from insights.kinds import Kind
from insights.models import FailingSource, Pass, Profile
from insights.slices import Some
from tests import make
from tests.api.conftest import Shop
from tests.insights.test_segments import buy

pytestmark = pytest.mark.django_db
KEPT_OTHERWISE = {"customer_id", "segments", "refreshed_at", "fingerprint", "account_fingerprint"}
TYPES = {
    Kind.TEXT: (models.CharField, models.TextField),
    Kind.CHOICE: models.CharField,
    Kind.SET: ArrayField,
    Kind.NUMBER: models.IntegerField,
    Kind.MONEY: models.BigIntegerField,
    Kind.DAY: models.DateField,
    Kind.MOMENT: models.DateTimeField,
    Kind.YES_NO: models.BooleanField,
}
ROME = ZoneInfo("Europe/Rome")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def known(customer):
    return {one.field.key: one.value for one in showing.of_customer(customer)}


def test_each_column_has_one_declaration_and_each_figure_a_column_of_its_type():
    columns = {each.column: each for each in Profile._meta.fields}
    declared = Counter(one.column for one in figures.columns())
    assert {*declared.values()} == {1} and {*declared} == {*columns} - KEPT_OTHERWISE
    for one in figures.columns():
        if one.asked:
            assert isinstance(columns[one.column], TYPES[one.asked.kind]), one.column
        column = columns[one.column]
        assert column.null or one.source == figures.CUSTOMER or one.empty != "NULL", f"{one.column} is never null"
    assert {one.source for one in figures.columns()} - {figures.CUSTOMER} == sources.every().keys()
    assert {one.source for one in figures.fields()} <= {figures.CUSTOMER, *sources.every()}


def test_no_figure_asks_the_clock():
    said = assembling.statement(Some([1])).partition("INSERT INTO")[0].lower()
    assert not [word for word in ("now()", "current_", "clock_", "localtime") if word in said]


def test_the_keys_that_rules_may_have_saved_are_still_there():
    wanted = """kind language country city born_on keeper team registered_on has_email has_phone last_touch_at
        last_in_at last_out_at last_email_in_at last_email_out_at last_phone_in_at last_phone_out_at last_visit_at
        interactions_12m first_purchase_on last_purchase_on orders spent orders_12m spent_12m has_open_conversation
        has_open_complaint has_open_promise has_late_promise service_email offers_email surveys_email
        offers_phone offers_sms"""
    assert {*wanted.split()} <= every().keys()


def test_what_did_not_change_is_not_written_again():
    mira, ugo = make.make_mira(), make.make_customer("Ugo Neri")
    buy(mira, 1_000, date.today())
    refreshing.refresh()
    before = rows()
    refreshing.refresh()
    refreshing.refresh([mira.pk])
    assert rows() == before
    buy(ugo, 1_000, date.today())
    refreshing.refresh()
    after = rows()
    assert after[mira.pk] == before[mira.pk] and after[ugo.pk] != before[ugo.pk]


def rows():
    """Where each row stands in the table: it moves when it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, ctid FROM insights_profile")
        return dict(cursor.fetchall())


def test_twelve_months_change_by_themselves_on_the_day_that_they_foretell():
    mira = make.make_mira()
    with time_machine.travel(datetime(2026, 3, 12, 0, 30, tzinfo=ROME), tick=False) as clock:
        days.changed("Europe/Rome")
        make.make_interaction(mira, occurred_at=datetime(2025, 3, 13, 0, 10, tzinfo=ROME))  # on the 12th in UTC
        make.make_interaction(mira, occurred_at=datetime(2025, 3, 12, 23, 50, tzinfo=ROME))
        buy(mira, 1_000, date(2025, 3, 20))
        buy(mira, 500, date(2026, 3, 14))
        refreshing.refresh()
        seen = [known(mira)]
        for day in (13, 14, 20):
            clock.move_to(datetime(2026, 3, day, 0, 5, tzinfo=ROME))
            jobs.follow_time()
            assert not Touched.objects.exists()
            seen.append(known(mira))
    assert [one["interactions_12m"] for one in seen] == [1, 0, 0, 0]
    assert [(one["orders_12m"], one["spent_12m"], one["orders"]) for one in seen] == [
        (1, 1_000, 1), (1, 1_000, 1), (2, 1_500, 2), (1, 500, 2)
    ]  # fmt: skip


def test_a_promise_is_late_when_its_moment_is_over_without_a_write():
    mira, anna = make.make_mira(), make.make_anna()
    make.make_task(mira, anna, due_in=timedelta(hours=1))
    refreshing.refresh()
    assert known(mira)["has_open_promise"] and not known(mira)["has_late_promise"]
    with connection.cursor() as cursor:
        late = every()["has_late_promise"].column.replace("now()", "now() + interval '2 hours'")
        cursor.execute(f"SELECT {late} FROM insights_profile p")
        assert cursor.fetchall() == [(True,)]


def test_a_source_that_fails_keeps_its_figures_and_spoils_no_others(monkeypatch):
    mira, ugo = make.make_mira(), make.make_customer("Ugo Neri")
    buy(mira, 1_000, date.today())
    refreshing.refresh()
    broken = sources.Derived(
        "purchases", "purchases", "account", "SELECT FROM no_such_table", "SELECT account_id, {figures} FROM ({rows})"
    )
    whole = sources.every()["purchases"]
    monkeypatch.setitem(sources._every, "purchases", broken)
    buy(ugo, 2_000, date.today())
    make.make_task(mira, make.make_anna())
    Touched.objects.bulk_create([Touched(customer_id=pk) for pk in (mira.pk, ugo.pk)])
    refreshing.refresh_all_touched()
    failing = FailingSource.objects.get()
    assert failing.name == "purchases" and "no_such_table" in failing.why
    assert known(mira)["spent"] == 1_000 and known(mira)["has_open_promise"] and known(ugo)["spent"] == 0
    assert {one.field.key for one in showing.of_customer(mira) if one.failing} >= {"spent", "orders_12m"}
    monkeypatch.setitem(sources._every, "purchases", whole)
    FailingSource.objects.update(due_at=failing.since)
    refreshing.refresh([mira.pk])
    assert not FailingSource.objects.exists() and not Pass.objects.exclude(recipe="").exists()
    jobs.drive_pass()
    assert known(ugo)["spent"] == 2_000


def test_page_and_api_show_what_a_segment_asks_and_say_what_is_old(client):
    make.make_organisation()
    mira = make.make_mira()
    buy(mira, 123_400, date.today())
    make.make_interaction(mira, channel="visit")
    refreshing.refresh()
    since = FailingSource.objects.create(name="purchases", since=NOON, why="OperationalError: away", due_at=NOON).since
    client.force_login(make.make_anna())
    address = reverse("insights:figures", args=[mira.pk])
    assert f'hx-get="{address}"' in client.get(mira.get_absolute_url()).content.decode()
    page = client.get(address).content.decode()
    assert "Money spent in all" in page and "€1,234" in page and "Last contact by visit" in page
    assert "What is said of purchases is as it was" in page and "OperationalError: away" in page
    answer = Shop().get(f"customers/{mira.pk}/figures/").json()
    told = {one["key"]: one for one in answer["figures"]}
    assert (told["spent"]["value"], answer["currency"]) == (123_400, "EUR")
    assert told["spent"]["old_since"] == since.isoformat().replace("+00:00", "Z") and not told["city"]["old_since"]
    assert told["offers_email"] == {
        "key": "offers_email", "label": "offers by e-mail", "group": "What they allow", "kind": "consent",
        "value": None, "names": [], "source": "consents", "old_since": None, "why": None,
    }  # fmt: skip
    Touched.objects.create(customer_id=mira.pk)
    assert Shop().get(f"customers/{mira.pk}/figures/").json()["as_of"] < datetime.now(UTC).isoformat()
    assert dict(health.examine())["figures"].state == "soon"
