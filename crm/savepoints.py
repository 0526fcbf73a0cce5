"""A savepoint that looks at foreign keys itself.

Django's are DEFERRABLE INITIALLY DEFERRED: a row that leads nowhere would be noticed when everything is committed, and
take what stands outside the savepoint with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def savepoint() -> Iterator[None]:
    """Run the block in a transaction, or in a savepoint of the running one. Raises IntegrityError at its end."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
