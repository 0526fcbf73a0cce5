"""Write what a batch of taken rows changes: one statement per table."""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from customers import history
from customers.identity.resolve import FIELDS, Target
from customers.loading import array, copy
from customers.taking import Changes

MADE_COLUMNS = ["id", *FIELDS, "source", "version", "created_at", "changed_at"]
POINT_COLUMNS = [
    "customer_id",
    "channel",
    "system",
    "value",
    "written",
    "label",
    "is_first_choice",
    "is_shared",
    "line",
    "is_checked",
    "bounce_reason",
    "created_at",
]

_CHANGE = f"""
UPDATE customers_customer AS c
SET {", ".join(f"{name} = new.{name}" for name in FIELDS)}, version = c.version + 1, changed_at = %s
FROM jsonb_populate_recordset(NULL::customers_customer, %s::jsonb) AS new
WHERE c.id = new.id
"""
_AFFILIATE = """
INSERT INTO customers_affiliation (person_id, account_id, role)
SELECT person_id, account_id, role FROM jsonb_populate_recordset(NULL::customers_affiliation, %s::jsonb)
ON CONFLICT (person_id, account_id) DO UPDATE SET role = excluded.role
"""


def store(changes: Changes, *, source: str, at: datetime, writer: Any = None) -> None:
    """Write what the rows of a batch change. writer: the User who wrote it by hand; None: a file or a machine."""
    copy("customers_customer", MADE_COLUMNS, (_made(target, source, at) for target in changes.made))
    with connection.cursor() as cursor:
        if changes.changed:
            cursor.execute(_CHANGE, [at, json.dumps([_written(one) for one in changes.changed.values()])])
            differences = [history.difference(pk, one.was, one.row) for pk, one in changes.changed.items()]
            history.write(differences, at=at, source=source, by=writer)
        if changes.affiliations:
            rows = [{"person_id": p, "account_id": a, "role": role} for (p, a), role in changes.affiliations.items()]
            cursor.execute(_AFFILIATE, [json.dumps(rows)])
        if old := changes.shared_points - {0}:
            cursor.execute(
                "UPDATE customers_contactpoint SET is_shared = true WHERE id = ANY(%s::bigint[])", [array(old)]
            )
    copy("customers_contactpoint", POINT_COLUMNS, (
        (target.pk, *point.key, point.written, "", is_first, owner.is_shared, point.line, point.is_checked, "", at)
        for target, point, owner, is_first in changes.points
    ))  # fmt: skip


def _made(target: Target, source: str, at: datetime) -> list[Any]:
    values = [json.dumps(target.row[name]) if name == "custom" else target.row[name] for name in FIELDS]
    return [target.pk, *values, source[:60], 1, at, at]


def _written(target: Target) -> dict[str, Any]:
    return {"id": target.pk, **target.row, "born_on": target.row["born_on"] and target.row["born_on"].isoformat()}
