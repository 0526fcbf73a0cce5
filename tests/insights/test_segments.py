"""A rule becomes one expression over the profile row; who answers it is kept up to date."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from customers import customfields
from customers.models import ConsentState, Touched
from insights import evaluating, refreshing, segments, showing
from insights.models import Membership, Profile, Segment, SegmentChange
from insights.rules import InvalidRule, check
from insights.wording import in_words
from sales.models import Purchase
from tests import make

pytestmark = pytest.mark.django_db


def buy(account, cents, on, order="", line=None):
    return Purchase.objects.create(
        account=account,
        amount_cents=cents,
        base_cents=cents,
        currency="EUR",
        purchased_on=on,
        order_ref=order,
        line_ref=line or f"{account.pk}:{on}:{order}:{cents}:{Purchase.objects.count()}",
    )


def said(customer, key):
    refreshing.refresh([customer.pk])
    return {one.field.key: one.value for one in showing.of_customer(customer)}[key]


def rule(*rows, match="all"):
    return {match: list(rows)}


def ask(field, operator, value=None):
    return {"field": field, "is": operator, "value": value}


def test_a_profile_counts_lines_of_one_day_and_number_as_one_order():
    mira = make.make_mira()
    today = date.today()
    buy(mira, 1000, today - timedelta(days=10), "A1")
    buy(mira, 500, today - timedelta(days=10), "A1")
    buy(mira, 700, today - timedelta(days=800))
    refreshing.refresh()
    profile = Profile.objects.get(customer=mira)
    assert (profile.orders, profile.spent_cents) == (2, 2200)
    assert (profile.orders_12m, profile.spent_12m_cents) == (1, 1500)
    assert profile.first_purchase_on == today - timedelta(days=800)


def test_a_return_is_no_order_and_no_last_purchase():
    mira, rui = make.make_mira(), make.make_customer("Rui Teles")
    first, back = date.today() - timedelta(days=60), date.today() - timedelta(days=20)
    for cents, on in ((1_000, first), (500, first), (-500, first), (-1_000, back)):
        buy(mira, cents, on, "A1")
    buy(mira, 0, back, "A2")  # a gift
    buy(rui, -500, back, "B1")
    refreshing.refresh()
    told = Profile.objects.in_bulk(field_name="customer_id")
    figures = "orders", "orders_12m", "spent_cents", "first_purchase_on", "last_purchase_on"
    assert [getattr(told[mira.pk], name) for name in figures] == [2, 2, 0, first, back]
    assert [getattr(told[rui.pk], name) for name in figures] == [0, 0, -500, None, None]
    assert segments.count(rule(ask("last_purchase_on", "in_last", "30"))) == 1
    assert segments.count(rule(ask("orders", "at_least", "1"))) == 1


def test_a_person_carries_the_figures_of_their_account():
    cafe = make.make_customer("Café Saudade", kind="company")
    people = [make.make_customer(name, account=cafe) for name in ("Ana Reis", "Rui Teles")]
    buy(cafe, 100_000, date.today())
    refreshing.refresh([cafe.pk])
    assert [Profile.objects.get(customer=one).spent_cents for one in people] == [100_000, 100_000]


def test_consents_are_known_only_where_somebody_was_asked():
    mira = make.make_mira()
    assert said(mira, "offers_email") is None
    point = mira.contact_points.get(channel="email")
    ConsentState.objects.create(customer=mira, purpose="offers", channel="email", is_given=True, at=now())
    assert said(mira, "offers_email") is True
    ConsentState.objects.create(
        customer=mira, purpose="offers", channel="email", contact_point=point, is_given=False, at=now()
    )
    assert said(mira, "offers_email") is False


def test_open_matters_and_last_touches_are_told_apart():
    mira, anna = make.make_mira(), make.make_anna()
    grinder = make.make_conversation(mira, is_complaint=True)
    make.make_interaction(mira, grinder, channel="phone", direction="in", occurred_at=now() - timedelta(days=3))
    make.make_interaction(mira, grinder, channel="note", direction="inside")
    make.make_task(mira, anna, due_in=timedelta(days=-1))
    refreshing.refresh([mira.pk])
    known = {one.field.key: one.value for one in showing.of_customer(mira)}
    assert known["has_open_complaint"] and known["has_late_promise"] and known["last_email_in_at"] is None
    assert known["last_touch_at"] == known["last_phone_in_at"]


def test_touched_customers_enter_and_leave_and_it_is_written_down():
    anna, mira = make.make_anna(), make.make_mira()
    spenders = segments.save(Segment(), name="Spenders", rule=rule(ask("spent", "at_least", "20")), by=anna)
    refreshing.refresh()
    assert not Membership.objects.exists()
    line = buy(mira, 2_000, date.today())
    Touched.objects.create(customer_id=mira.pk)
    assert refreshing.refresh_touched() == 1
    spenders.refresh_from_db()
    assert (spenders.member_count, Profile.objects.get(customer=mira).segments) == (1, [spenders.pk])
    line.delete()
    Touched.objects.create(customer_id=mira.pk)
    refreshing.refresh_all_touched()
    assert list(SegmentChange.objects.order_by("id").values_list("has_entered", flat=True)) == [True, False]
    assert not Membership.objects.exists() and not Touched.objects.exists()


def test_a_batch_is_no_larger_than_its_limit_whatever_the_planner_chooses(monkeypatch):
    mira = make.make_mira()
    Touched.objects.bulk_create([Touched(customer_id=mira.pk) for _ in range(5)])
    monkeypatch.setattr(refreshing, "BATCH_SIZE", 2)
    with connection.cursor() as cursor:  # what is left is a nested loop, as over a table that was never analysed
        for other in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
    assert [refreshing.refresh_touched() for _ in range(4)] == [2, 2, 1, 0]


def test_the_number_beside_each_rule_is_who_is_left_or_who_is_added():
    for number in range(10):
        make.make_customer(f"C{number} X", country="IT" if number < 6 else "ES", language="it" if number < 4 else "es")
    refreshing.refresh()
    tree = rule(
        ask("country", "one_of", ["IT"]),
        rule(ask("language", "one_of", ["it"]), ask("language", "one_of", ["es", "it"]), match="any"),
    )
    assert segments.counts(tree) == {(): 6, (0,): 6, (1,): 6, (1, 0): 4, (1, 1): 2}


def test_a_language_holds_for_its_variants_and_a_variant_for_itself():
    for name, language in (("Ana", "pt"), ("Bia", "pt-BR"), ("Ida", "it"), ("Uma", ""), ("Zoe", "pta")):
        make.make_customer(f"{name} X", language=language)
    refreshing.refresh()
    assert segments.count(rule(ask("language", "one_of", ["pt"]))) == 2
    assert segments.count(rule(ask("language", "one_of", ["pt-BR"]))) == 1
    assert segments.count(rule(ask("language", "none_of", ["pt"]))) == 3
    assert segments.count(rule(ask("language", "one_of", ["it", "pt"]), ask("language", "none_of", ["pt-BR"]))) == 2


def test_any_of_nobody_and_unknown_values_do_not_swallow_customers():
    make.make_customer("A B", city="")
    make.make_customer("C D", city="Amalfi")
    refreshing.refresh()
    assert segments.count(rule(ask("city", "is_not", "amalfi"))) == 1
    assert segments.count(rule(ask("last_touch_at", "not_in_last", 30))) == 2
    assert segments.count(rule()) == 2


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"all": [], "any": []}, "A group"),
        (rule(ask("shoe_size", "is", 3)), "no field"),
        (rule(ask("spent", "at_least", "lots")), "Write a number"),
        (rule(ask("orders", "at_least", "1e-99999")), "Write a number"),
        (rule(ask("born_on", "before", "yesterday")), "Choose a day"),
        (rule(ask("last_in_at", "in_last", "0")), "how many days"),
        (rule(ask("city", "is", "  ")), "Write what"),
        (rule(ask("kind", "one_of", [])), "at least one"),
        (rule(rule(rule(rule()))), "three deep"),
        (rule(*[ask("country", "one_of", ["IT"])] * 51), "at most 50"),
    ],
)
def test_a_rule_that_cannot_be_asked_says_why(bad, words):
    with pytest.raises(InvalidRule, match=words):
        check(bad)


def test_a_value_never_becomes_sql():
    make.make_customer("A B", city="x'); DROP TABLE insights_profile; --%s")
    refreshing.refresh()
    assert segments.count(rule(ask("city", "contains", "'); DROP TABLE insights_profile; --%s"))) == 1


def test_a_rule_reads_as_a_sentence():
    words = in_words(
        rule(ask("country", "one_of", ["IT"]), rule(ask("has_phone", "no"), ask("orders", "unknown"), match="any"))
    )
    assert words == (
        "Customers for whom this is true: "
        "country is Italy and (they do not have a phone number or orders in all is not known)."
    )


def test_an_archived_segment_loses_its_members():
    anna = make.make_anna()
    make.make_mira()
    everybody = segments.save(Segment(), name="Everybody", rule=rule(), by=anna)
    refreshing.refresh()
    assert Membership.objects.count() == 1
    segments.archive(everybody, by=anna)
    evaluating.evaluate()
    assert not Membership.objects.exists()


def test_a_retired_field_is_asked_on_by_the_segments_that_have_it():
    anna, field = make.make_anna(), customfields.define(label="Rooms", kind="number")
    inns = [make.make_customer(name, custom={"rooms": 5}) for name in ("Inn A", "Inn B")]
    segments.save(Segment(), name="Inns", rule=rule(ask("custom.rooms", "at_least", "3")), by=anna)
    refreshing.refresh([inns[0].pk])
    customfields.retire(field)
    Touched.objects.create(customer_id=inns[1].pk)
    refreshing.refresh_all_touched()
    assert Membership.objects.count() == 2
    assert "Rooms (retired) is at least 3" in in_words(Segment.objects.get().rule)


def test_one_broken_segment_keeps_its_people_and_stops_no_other(caplog):
    anna, field = make.make_anna(), customfields.define(label="Rooms", kind="number")
    inn = make.make_customer("Inn A", custom={"rooms": 5})
    inns = segments.save(Segment(), name="Inns", rule=rule(ask("custom.rooms", "at_least", "3")), by=anna)
    refreshing.refresh()
    evaluated_at = Segment.objects.get().evaluated_at
    field.delete()
    everybody = segments.save(Segment(), name="Everybody", rule=rule(), by=anna)
    make.make_customer("Inn B", custom={"rooms": 9})
    refreshing.refresh([inn.pk])
    refreshing.refresh()
    assert [row.name for row in segments.of_customer(inn)] == ["Everybody", "Inns"]
    for segment, count in ((inns, 1), (everybody, 2)):
        segment.refresh_from_db()
        assert segment.member_count == segment.memberships.count() == count
    assert inns.evaluated_at == evaluated_at < everybody.evaluated_at
    assert segments.trouble(inns).startswith("There is no field “custom.rooms”. Change or remove that rule")
    told = [line.msg for line in caplog.records if line.name == "filo.segments"]
    assert len(told) == 1 and (told[0]["event"], told[0]["name"]) == ("segment.broken", "Inns")


def test_more_segments_cost_no_more_queries(django_assert_num_queries):
    make.make_mira()
    for number in range(3):
        segments.save(Segment(), name=f"Segment {number}", rule=rule(ask("country", "one_of", ["IT"])), by=None)
    with django_assert_num_queries(13):  # whom, twice; in a transaction the lock, segments, fields, a statement; when
        evaluating.evaluate()


def test_two_segments_cannot_share_a_name():
    anna = make.make_anna()
    segments.save(Segment(), name="Spenders", rule=rule(), by=anna)
    with pytest.raises(segments.NameTaken):
        segments.save(Segment(), name="spenders ", rule=rule(), by=anna)
    segments.save(Segment(), name="S" * 121, rule=rule(), by=anna)
    with pytest.raises(segments.NameTaken):  # the same in what is kept of it
        segments.save(Segment(), name="S" * 122, rule=rule(), by=anna)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_is_told_that_the_name_is_taken():
    anna = make.make_anna()
    first_wrote = Event()

    def second():
        first_wrote.wait(10)
        try:
            segments.save(Segment(), name="Inns", rule=rule(), by=anna)
        except segments.NameTaken:
            return "taken"
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        answer = pool.submit(second)
        segments.save(Segment(), name="Inns", rule=rule(), by=anna)
        first_wrote.set()
        while not (answer.done() or _somebody_waits()):
            pass
    assert answer.result() == "taken"


def _somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def test_a_name_is_kept_without_what_nobody_sees():
    assert segments.save(Segment(), name="Big\x00  spenders", rule=rule(), by=None).name == "Big spenders"
