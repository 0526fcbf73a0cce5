"""Nothing leaves for a customer but through the gate, and each refusal has its reason."""

import time as clock_time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from crm import days
from customers import consenting
from interactions import outbox, pacing
from interactions.conversations import settling
from interactions.models import Message, Wording
from tests import make

ROME = ZoneInfo("Europe/Rome")


@pytest.fixture
def anna(db):
    return make.make_anna()


@pytest.fixture
def mira(db):
    make.make_organisation(cap_messages=2, cap_days=30)
    return make.make_mira()


class TestPersonal:
    def test_it_goes_to_the_best_address_as_an_answer_to_their_last_mail(self, mira, anna):
        make.make_contact_point(mira, "first@example.com", is_first_choice=True)
        conversation = make.make_conversation(mira, "The grinder")
        for ref in ("one@example.com", "two@example.com"):
            make.make_interaction(mira, conversation, message_ref=ref, subject="The grinder")
        message = outbox.queue(channel="email", conversation=conversation, text="On its way", by=anna)
        assert (message.to_address, message.subject) == ("first@example.com", "Re: The grinder")
        assert (message.in_reply_to, message.references) == ("two@example.com", "one@example.com two@example.com")
        assert message.status == "queued" and not message.is_marketing

    def test_who_refused_service_or_has_no_working_address_is_not_written_to(self, mira, anna):
        conversation = make.make_conversation(mira)
        consenting.withdraw(mira, "service", "email", source="customer page")
        with pytest.raises(outbox.NotReachable, match="refused"):
            outbox.queue(channel="email", conversation=conversation, text="Hello", by=anna)
        rui = make.make_customer("Rui Teles")
        with pytest.raises(outbox.NotReachable, match="no address"):
            outbox.queue(channel="email", conversation=make.make_conversation(rui), text="Hello", by=anna)
        assert not Message.objects.exists()

    def test_nobodys_mail_is_answered_where_it_came_from(self, anna, db):
        conversation = make.make_conversation(None)
        with pytest.raises(outbox.NotReachable):
            outbox.queue(channel="email", conversation=conversation, text="Hello", by=anna)
        make.make_interaction(None, conversation, from_address="new@example.org", message_ref="a@example.org")
        assert (
            outbox.queue(channel="email", conversation=conversation, text="Hello", by=anna).to_address
            == "new@example.org"
        )

    def test_without_words_nothing_is_sent(self, mira, anna):
        for unseen in (" \n", "\u200b", "\ufeff \u00ad"):
            with pytest.raises(outbox.NothingToSend):
                outbox.queue(channel="email", conversation=make.make_conversation(mira), text=unseen, by=anna)

    def test_it_can_be_taken_back_until_it_leaves(self, mira, anna):
        message = outbox.queue(channel="email", conversation=make.make_conversation(mira), text="Oops", by=anna)
        outbox.cancel(message, by=anna)
        with pytest.raises(outbox.OnItsWay):
            outbox.cancel(message, by=anna)


def to(customer, key=None, **fields):
    point = customer.contact_points.filter(channel="email").first()
    wording = Wording.objects.get_or_create(language="it", subject="Ciao", body="Ciao")[0]
    return outbox.Recipient(
        customer.pk, point.pk, point.value, wording.pk, key or f"campaign:1:{customer.pk}", **fields
    )  # fmt: skip


def queue(*recipients, origin_id=1, purpose="offers", **fields):
    return outbox.queue_many(
        recipients, channel="email", purpose=purpose, origin="campaign", origin_id=origin_id, **fields
    )


class TestOneToMany:
    @pytest.fixture
    def asked(self, mira):
        consenting.give(mira, "offers", "email", source="customer page")
        return mira

    def test_only_who_allowed_offers_gets_them(self, mira):
        assert queue(to(mira)).refused == {mira.pk: "never_asked"}
        consenting.give(mira, "offers", "email", source="customer page")
        assert queue(to(mira)).queued == 1
        consenting.withdraw(mira, "offers", "email", source="unsubscribe")
        assert queue(to(mira, "x")).counts == {"refused": 1}

    def test_the_same_key_is_queued_once(self, asked):
        assert [queue(to(asked)).queued for _ in range(3)] == [1, 0, 0]
        assert Message.objects.count() == 1

    def test_a_thousand_cost_a_handful_of_statements(self, mira, django_assert_max_num_queries):
        people = [make.make_customer(f"Person {n}", email=f"p{n}@example.com") for n in range(40)]
        rows = [to(person, values={"first_name": "Ada 'O\"Brien %s"}) for person in people]
        with django_assert_max_num_queries(8):
            assert queue(*rows, purpose="service").queued == 40
        assert Message.objects.first().values == {"first_name": "Ada 'O\"Brien %s"}

    def test_no_more_than_the_cap_however_many_campaigns(self, asked):
        results = [queue(to(asked, f"k{n}"), origin_id=n) for n in range(4)]
        assert [result.queued for result in results] == [1, 1, 0, 0]
        assert results[3].refused == {asked.pk: "cap"}

    def test_the_cap_holds_for_the_account_too(self, mira):
        cafe = make.make_customer("Café Saudade", kind="company")
        people = [make.make_customer(f"P {n}", account=cafe, email=f"c{n}@example.com") for n in range(3)]
        for person in people:
            consenting.give(person, "offers", "email", source="x")
        done = queue(*[to(person) for person in people])
        assert done.queued == 2 and list(done.refused.values()) == ["cap"]

    def test_a_message_older_than_the_window_does_not_count(self, asked):
        for number in (1, 2):
            queue(to(asked, f"k{number}"), origin_id=number)
        first, _today = days.last_days(30)  # today is one of them
        Message.objects.update(status="sent", sent_at=days.begin(first))
        assert queue(to(asked, "k3"), origin_id=3).refused == {asked.pk: "cap"}
        Message.objects.update(status="sent", sent_at=days.end(first - timedelta(days=1)))
        assert queue(to(asked, "k4"), origin_id=4).queued == 1

    def test_nobody_is_offered_anything_while_a_complaint_is_open(self, asked, anna):
        conversation = make.make_conversation(asked)
        settling.complain(conversation, by=anna)
        assert queue(to(asked)).refused == {asked.pk: "complaint"}
        settling.settle(conversation, by=anna)
        assert queue(to(asked)).queued == 1

    def test_quiet_hours_put_it_off_in_the_customers_zone(self, asked):
        make.make_organisation(quiet_from=time(20), quiet_until=time(8))
        late = datetime(2026, 3, 1, 22, 30, tzinfo=ROME)
        queue(to(asked, "rome"), to(asked, "lima", time_zone="America/Lima"), due_at=late)
        dues = {message.dedupe_key: message.due_at for message in Message.objects.all()}
        assert dues["rome"] == datetime(2026, 3, 2, 8, tzinfo=ROME) and dues["lima"] == late

    def test_every_reason_has_words(self):
        assert {"cap", "complaint", "refused", "never_asked", "bounced"} <= outbox.reasons().keys()


@pytest.mark.parametrize(
    ("clock", "expected"),
    [((7, 59), (8, 0)), ((8, 0), (8, 0)), ((13, 0), (13, 0)), ((19, 59), (19, 59)), ((20, 0), (32, 0))],
)
def test_quiet_hours_over_midnight(clock, expected, db):
    organisation = make.make_organisation(quiet_from=time(20), quiet_until=time(8))
    midnight = datetime(2026, 6, 1, tzinfo=ROME)
    at = midnight + timedelta(hours=clock[0], minutes=clock[1])
    assert pacing.due(at, "", organisation) == midnight + timedelta(hours=expected[0], minutes=expected[1])
    assert pacing.due(at, "Nowhere/At_all", organisation) == pacing.due(at, "", organisation)


@pytest.mark.django_db(transaction=True)
def test_two_campaigns_at_once_keep_the_cap_together():
    make.make_organisation(cap_messages=1, cap_days=30)
    mira = make.make_mira()
    consenting.give(mira, "offers", "email", source="x")
    has_queued = Event()

    def first() -> None:
        with transaction.atomic():
            queue(to(mira, "k1"), origin_id=1)
            has_queued.set()
            clock_time.sleep(0.5)  # its transaction is not over yet
        connection.close()

    with ThreadPoolExecutor() as pool:
        running = pool.submit(first)
        has_queued.wait(10)
        second = queue(to(mira, "k2"), origin_id=2)
        running.result()
    assert second.refused == {mira.pk: "cap"} and Message.objects.count() == 1


def test_a_sender_may_have_a_percent_sign_in_its_name(mira):
    consenting.give(mira, "offers", "email", source="customer page")
    assert queue(to(mira), sender_name="100% %s Caffè").queued == 1
    assert Message.objects.get().sender_name == "100% %s Caffè"
