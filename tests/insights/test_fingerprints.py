"""A pass redoes whom something happened to that no mark tells, whatever it was, and looks at nobody else."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import Error, connection, models, transaction
from django.utils.timezone import now

from campaigns.models import Campaign, Recipient
from customers import changing
from customers.models import ConsentState, ContactPoint, Customer, Touched
from insights import assembling, fingerprints, jobs, passing, refreshing
from insights.models import ListedCustomer, Profile, Segment
from insights.slices import Span
from interactions.models import Conversation, Interaction, Task
from sales.models import Product, Purchase
from tests import make
from tests.insights.test_segments import buy

pytestmark = pytest.mark.django_db
READ = (Customer, ContactPoint, ConsentState, Interaction, Conversation, Task, Purchase, ListedCustomer, Recipient)
EVERYBODY = Span(0, 2**40)
LEFT_OUT = {"fingerprint", "account_fingerprint", "refreshed_at"}
OTHERS = {  # by the kind of column, SQL of what else may stand there; {0} is what stands there now
    models.CharField: (
        "''",
        "'in'",
        "'out'",
        "'email'",
        "'phone'",
        "'automatic'",
        "'open'",
        "'campaign'",
        "'x' || {0}",
    ),
    models.TextField: ("''", "'x' || {0}"),
    models.BooleanField: ("NOT {0}",),
    models.DateField: ("NULL", "{0} - 1", "{0} - 400", "{0} + 400"),
    models.DateTimeField: ("NULL", "now()", "{0} - interval '1 second'", "{0} - interval '400 days'"),
    models.JSONField: ("""'{{"a": 1}}'""",),
    models.BigIntegerField: ("NULL", "0", "-1", "{0} + 1", "{0} + 4294967296"),
    models.IntegerField: ("NULL", "0", "1", "-{0}", "{0} + 1"),
    models.DecimalField: ("{0} + 1",),
}


def people():
    """Two persons of one company, and a row of each kind about them and about it."""
    inn = make.make_customer("Inn A", kind="company")
    mira, ugo = make.make_customer("Mira X", account=inn, city="Bari"), make.make_customer("Ugo X", account=inn)
    segment = Segment.objects.create(name="List", rule={"all": []}, is_static=True)
    campaign = Campaign.objects.create(name="Spring")
    for one in (inn, mira):
        told = {"channel": "phone", "value": f"+39333{one.pk:07}", "line": "mobile", "created_at": now()}
        point = ContactPoint.objects.create(customer=one, **told)
        for of in (None, point):
            ConsentState.objects.create(
                customer=one, purpose="offers", channel="sms", contact_point=of, is_given=True, at=now()
            )
        talk = make.make_conversation(one)
        long_ago, today = now() - timedelta(days=300), now()
        for way, at in (("in", long_ago), ("in", today), ("out", today)):
            make.make_interaction(one, talk, channel="email", direction=way, occurred_at=at, origin_id=campaign.pk)
        make.make_task(one, None)
        ListedCustomer.objects.create(segment=segment, customer=one, origin="pasted")
        Recipient.objects.create(campaign=campaign, customer=one, answered_at=now())
    Interaction.objects.filter(direction="out").update(origin="campaign")
    cup = Product.objects.create(sku="cup", name="Cup")
    for day, order in ((10, "A"), (10, "A"), (200, "B")):
        buy(inn, 500, date.today() - timedelta(days=day), order)
    Purchase.objects.filter(order_ref="A").update(product=cup)
    return inn, mira, ugo


def figures():
    left = [one.name for one in Profile._meta.concrete_fields if one.name not in LEFT_OUT]
    return list(Profile.objects.order_by("pk").values_list(*left))


def others(column, name):
    """Return SQL of what else may stand in a column."""
    if column.is_relation:
        return ["NULL", *map(str, column.related_model.objects.values_list("pk", flat=True)[:4])]
    kind = next(kind for kind in OTHERS if isinstance(column, kind))
    return [other.format(name) for other in OTHERS[kind]]


def changes():
    """Yield SQL that changes one thing about one row: each column to some other values; it goes; another one comes."""
    for model in READ:
        table = model._meta.db_table
        columns = [one for one in model._meta.concrete_fields if not one.primary_key and not one.generated]
        names = ", ".join(f'"{one.column}"' for one in columns)
        ids = list(model.objects.order_by("pk").values_list("pk", flat=True))
        for pk in (ids[0], ids[-1]):
            for column in columns:
                name = f'"{column.column}"'
                yield from (f"UPDATE {table} SET {name} = {other} WHERE id = {pk}" for other in others(column, name))
            if model is not Customer:
                yield f"DELETE FROM {table} WHERE id = {pk}"
                yield f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE id = {pk}"


@pytest.mark.long
def test_whatever_changes_a_figure_is_found_without_a_mark():
    people()
    refreshing.refresh()
    refreshing.refresh_all_touched()
    before, ids = figures(), list(Customer.objects.values_list("pk", flat=True))
    assert fingerprints.owed(EVERYBODY) == []
    asked = found = 0
    for change in changes():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nobody who does not exist
                asked += 1
                owed = fingerprints.owed(EVERYBODY)
                found += bool(owed)
                refreshing.refresh(ids)
                changed = [new[0] for old, new in zip(before, figures(), strict=True) if old != new]
                accounts = set(Customer.objects.filter(pk__in=changed).values_list("account_id", flat=True))
                assert {*changed} <= {*owed} or accounts <= {*owed}, change
                raise Error
        except Error:
            continue
    assert asked > 500 and 0 < found < asked


def test_a_pass_finds_what_was_changed_by_hand_and_tells_the_people_of_the_account(monkeypatch):
    monkeypatch.setattr(passing, "BATCH_SIZE", 1), monkeypatch.setattr(passing, "SMALL", 1)
    inn, mira, ugo = people()
    refreshing.refresh()
    written = dict(Profile.objects.values_list("pk", "refreshed_at"))
    Interaction.objects.filter(customer=mira).first().delete()
    Purchase.objects.filter(order_ref="B").update(base_cents=700)
    Touched.objects.all().delete()
    passing.owe()
    passing.drive()
    refreshing.refresh_all_touched()
    assert list(Profile.objects.order_by("pk").values_list("spent_cents", flat=True)) == [1_700] * 3
    assert Profile.objects.get(pk=mira.pk).interactions_12m == 2
    Profile.objects.filter(pk=ugo.pk).update(refreshed_at=written[ugo.pk])
    passing.owe()
    passing.drive()
    assert Profile.objects.get(pk=ugo.pk).refreshed_at == written[ugo.pk], "of whom nothing changed"


def test_who_bought_alone_and_belongs_to_an_account_now_is_not_redone_by_each_pass():
    inn, ugo = make.make_customer("Inn A", kind="company"), make.make_customer("Ugo X")
    for one in (inn, ugo):
        buy(one, 500, date.today())
    refreshing.refresh()
    changing.change(ugo, by=None, version=ugo.version, account=inn)
    refreshing.refresh_all_touched()
    assert fingerprints.owed(EVERYBODY) == []
    Purchase.objects.filter(account=inn).update(base_cents=600)
    assert fingerprints.owed(EVERYBODY) == [inn.pk]


def test_a_pass_redoes_whose_day_has_come_and_everybody_each_month():
    with time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False):
        mira = make.make_mira()
        buy(mira, 500, date(2025, 3, 20))
        passing.drive()
        Profile.objects.update(orders=7)
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC), tick=False):
        assert fingerprints.owed(EVERYBODY) == [mira.pk]
        Profile.objects.update(purchases_until_on=None)
        assert fingerprints.owed(EVERYBODY) == []
    with time_machine.travel(datetime(2026, 4, 1, 12, tzinfo=UTC), tick=False):
        jobs.refresh_all()
        passing.drive()
        profile = Profile.objects.get(pk=mira.pk)
        assert (profile.orders, profile.orders_12m) == (1, 0)


def test_a_profile_that_a_source_is_missing_from_is_owed(monkeypatch):
    people()
    refreshing.refresh()
    with connection.cursor() as cursor:
        cursor.execute(assembling.statement(EVERYBODY, frozenset(["promises"])), assembling.values(EVERYBODY))
    assert fingerprints.owed(EVERYBODY) == sorted(Customer.objects.values_list("pk", flat=True))
