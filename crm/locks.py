"""What only one may do at a time: the one spelling of advisory locks.

A lock has a name: a kind ("mail") and, where there are many of a kind, which one (its Message-ID). It is held until the
transaction ends, however that ends; who holds it may ask for it again. Who takes several takes them in one order. Only
`alone` and `one_of` hold one for longer.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

DEADLOCK = "40P01"  # SQLSTATE
ALL = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
FOR_LONG = "SET LOCAL idle_in_transaction_session_timeout = 0"  # who holds it works elsewhere meanwhile
WITH_OTHERS = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
AT_ONCE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
SOME = """
SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0)), count(pg_advisory_xact_lock(number))
FROM (SELECT DISTINCT hashtextextended(name, 0) AS number FROM unnest(%s) AS name ORDER BY 1 OFFSET 0) AS sorted
"""


def one_at_a_time(kind: str, which: object = "") -> None:
    """Wait until nobody else holds this lock, and hold it. Without `which` it is the lock of the whole kind."""
    _ask(ALL, [_name(kind, which)])


def with_others(kind: str) -> None:
    """Hold the lock of a whole kind beside all who ask for it so; who wants it alone waits for them, they for it."""
    _ask(WITH_OTHERS, [_name(kind)])


def some_at_a_time(kind: str, which: Iterable[object]) -> None:
    """Wait for these of a kind, in an order of their own, and hold them; others may hold others meanwhile.

    Who holds the whole kind keeps everybody out who wants some of it, and waits for those who have some.
    """
    names = [_name(kind, one) for one in which]
    if names:
        _ask(SOME, [_name(kind), names])


def try_alone(kind: str, which: object = "") -> bool:
    """Hold this lock if nobody else does; tell at once whether we have it."""
    return _ask(AT_ONCE, [_name(kind, which)])


def alone(kind: str, which: object = "") -> AbstractContextManager[bool]:
    """Hold this lock through the transactions of a block, if nobody else does; tells at once whether we have it."""
    return one_of(kind, which, 1)


@contextmanager
def one_of(kind: str, which: object, most: int) -> Iterator[bool]:
    """Be one of at most so many who hold this lock, through the transactions of a block; tells at once whether we are.

    On a connection of its own: it is gone when the process is, however that ends.
    """
    own = connection.copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute(FOR_LONG)
        places = [_name(kind, which), *(_name(kind, f"{which} {place}") for place in range(2, most + 1))]
        yield any(_is_taken(own, place) for place in places)
        own.rollback()  # the lock is free now, and not only when the database sees that we hung up
    finally:
        own.close()


def is_deadlock(error: BaseException) -> bool:
    """Tell whether the database stopped us because we and somebody else waited for each other."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", "") == DEADLOCK


def _is_taken(own: BaseDatabaseWrapper, name: str) -> bool:
    with own.cursor() as cursor:
        cursor.execute(AT_ONCE, [name])
        return cursor.fetchone()[0]


def _name(kind: str, which: object = "") -> str:
    return f"{kind} {which}".strip()


def _ask(sql: str, params: list[Any]) -> Any:
    if not connection.in_atomic_block:  # the lock would be gone before the next line
        raise transaction.TransactionManagementError("A lock belongs in the transaction of what it guards.")
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
