"""What only one may do at a time has one spelling."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from crm import locks
from tests.racing import held, held_elsewhere

SPELLING = "_".join(("advisory", ""))  # as every such function of PostgreSQL has it in its name
ROOT = Path(settings.BASE_DIR)


def test_they_are_asked_of_the_database_in_one_place_only():
    folders = [*settings.ROOMS, "crm", "tests", "bench"]
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    spelled = [str(path.relative_to(ROOT)) for path in sources if SPELLING in path.read_text()]
    assert spelled == ["crm/locks.py"], (
        "Take crm.locks: a lock has a name there, and two rooms cannot choose one number."
    )


@pytest.mark.django_db(transaction=True)
class TestTwo:
    def test_the_second_waits_for_the_first(self):
        with held(lambda: locks.one_at_a_time("mail", "a@b")) as start:
            second = start(transaction.atomic(lambda: locks.one_at_a_time("mail", "a@b")))
            assert not second.done()
        second.result(10)

    def test_another_one_of_the_kind_is_free(self):
        with held_elsewhere(lambda: locks.one_at_a_time("mail", "a@b")), transaction.atomic():
            assert not locks.try_alone("mail", "a@b")
            assert locks.try_alone("mail", "c@d") and locks.try_alone("customer", "a@b") and locks.try_alone("mail")

    def test_who_holds_it_may_ask_again(self):
        with transaction.atomic():
            locks.one_at_a_time("mail", 1)
            locks.one_at_a_time("mail", 1)
            assert locks.try_alone("mail", 1)

    def test_it_is_let_go_with_the_transaction_however_that_ends(self):
        with transaction.atomic():
            locks.one_at_a_time("mail", 1)
            transaction.set_rollback(True)
        with held_elsewhere(lambda: locks.one_at_a_time("mail", 1)):
            pass

    def test_some_of_a_kind_leave_others_free_and_the_whole_kind_waits_for_them(self):
        with held_elsewhere(lambda: locks.some_at_a_time("intake", ["a", "b"])), transaction.atomic():
            locks.some_at_a_time("intake", ["c"])
            assert not locks.try_alone("intake", "b")
            assert not locks.try_alone("intake")

    def test_the_whole_kind_keeps_out_who_wants_some(self):
        with held(lambda: locks.one_at_a_time("intake")) as start:
            start(transaction.atomic(lambda: locks.some_at_a_time("intake", ["a"])))

    def test_two_who_want_the_same_in_two_orders_wait_for_each_other_only_once(self):
        def swap(*names):
            with transaction.atomic():
                locks.some_at_a_time("intake", names)

        with held(lambda: locks.some_at_a_time("intake", ["b"])) as start:
            both = [start(lambda: swap("a", "b", "c")), start(lambda: swap("c", "b", "a"))]
        assert [one.result(10) for one in both] == [None, None]

    def test_a_lock_outside_a_transaction_is_refused(self):
        assert not connection.in_atomic_block
        for ask in (locks.one_at_a_time, locks.try_alone, lambda kind: locks.some_at_a_time(kind, ["a"])):
            with pytest.raises(transaction.TransactionManagementError):
                ask("mail")


@pytest.mark.django_db
def test_nothing_to_hold_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        locks.some_at_a_time("intake", [])


@pytest.mark.django_db(transaction=True)
def test_one_that_is_held_alone_lasts_for_many_transactions_and_ends_with_its_block():
    with locks.alone("mailbox", 1) as is_mine:
        assert is_mine
        for _ in range(2):
            with transaction.atomic():
                assert not locks.try_alone("mailbox", 1), "it is held on a connection of its own"
        with locks.alone("mailbox", 2) as other, locks.alone("mailbox", 1) as again:
            assert (other, again) == (True, False)
    with transaction.atomic():
        assert locks.try_alone("mailbox", 1)


@pytest.mark.django_db(transaction=True)
def test_no_more_than_so_many_are_at_it_at_once():
    with locks.one_of("deliver", "email", 2) as one, locks.one_of("deliver", "email", 2) as two:
        with locks.one_of("deliver", "email", 2) as three, locks.one_of("deliver", "sms", 2) as other:
            assert (one, two, three, other) == (True, True, False, True)
        with locks.alone("deliver", "email") as alone:
            assert not alone
    with locks.alone("deliver", "email") as alone:
        assert alone
