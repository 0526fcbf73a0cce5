"""Note about whom something changed: insights redoes their derived figures."""

from collections.abc import Iterable

from django.db import connection

from customers.loading import array


def touch(customer_ids: Iterable[int | None]) -> None:
    """Mark customers, in the caller's transaction. None among the ids is left out; the same id twice is fine."""
    ids = {pk for pk in customer_ids if pk is not None}
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_touched (customer_id, at) SELECT unnest(%s::bigint[]), now()",
            [array(sorted(ids))],
        )
