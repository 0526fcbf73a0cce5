"""Whose address is this? For one ring or mail, and for a whole batch in three queries."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from customers.cleaning import EMAIL, PHONE, REFERENCE, Clean, Key
from customers.identity import normalise
from customers.loading import array
from customers.models import ContactPoint, Customer
from customers.models.customer import CustomerQuerySet

FIELDS = [
    "kind",
    "name",
    "first_name",
    "last_name",
    "sort_key",
    "pronoun",
    "language",
    "country",
    "time_zone",
    "city",
    "address",
    "born_on",
    "account_id",
    "keeper_id",
    "team_id",
    "custom",
]


@dataclass(eq=False, slots=True)
class Target:
    """A customer whom rows of a batch are about: in the database already (`pk` set, `row` as it is there), or new."""

    pk: int
    row: dict[str, Any]
    was: dict[str, Any] = field(default_factory=dict)  # `row` as it was found
    is_new: bool = False
    is_hidden: bool = False  # kept by others than those whom this colleague may see
    names: set[str] = field(default_factory=set)  # folded
    systems: set[str] = field(default_factory=set)  # that have a number for this customer
    channels: set[str] = field(default_factory=set)  # that have an address already
    roles: dict[int, str] = field(default_factory=dict)  # account → role there


@dataclass(eq=False, slots=True)
class Owner:
    """Who has one address. `point_id` is 0 while it is only in this batch."""

    target: Target
    point_id: int
    is_shared: bool
    is_verified: bool


class Known:
    """Whom the addresses and companies of a batch belong to; grows as rows of the batch are taken.

    `seer`: the colleague whose sight hides customers of others; None: nobody is hidden.
    """

    def __init__(self, rows: Iterable[Clean], seer: Any = None):
        rows = list(rows)
        self.owners: dict[Key, list[Owner]] = defaultdict(list)
        self.targets: dict[int, Target] = {}
        self.companies: dict[str, list[Target]] = defaultdict(list)
        points = _points({point.key for row in rows for point in row.points})
        names = {normalise.fold(row.company)[:250] for row in rows if row.company}
        companies = _ids_of_companies(names)
        accounts = {row.account_id for row in rows if row.account_id}
        self._load({point[0] for point in points} | set(companies) | accounts)
        self._hide(seer)
        for customer_id, point_id, channel, system, value, is_shared, is_verified in points:
            owner = Owner(self.targets[customer_id], point_id, is_shared, is_verified)
            self.owners[channel, system, value].append(owner)
        for pk in companies:
            self.companies[self.targets[pk].row["sort_key"]].append(self.targets[pk])

    def _load(self, ids: set[int]) -> None:
        if not ids:
            return
        with connection.cursor() as cursor:
            cursor.execute(_CUSTOMERS, [array(sorted(ids))])
            for pk, systems, channels, roles, *values in cursor.fetchall():
                row = dict(zip(FIELDS, values, strict=True))
                row["custom"] = json.loads(row["custom"]) if isinstance(row["custom"], str) else row["custom"]
                self.targets[pk] = Target(
                    pk,
                    row,
                    was=dict(row),
                    names={row["sort_key"]},
                    systems=set(systems or ()),
                    channels=set(channels or ()),
                    roles={int(account): role for account, role in (roles or {}).items()},
                )

    def _hide(self, seer: Any) -> None:
        if seer is None or seer.scope("customers") == "all":
            return
        seen = Customer.objects.visible_to(seer).filter(pk__in=list(self.targets))
        visible = set(seen.values_list("pk", flat=True))
        for target in self.targets.values():
            target.is_hidden = target.pk not in visible

    def find(self, row: Clean, *, system: str) -> tuple[Target | None, bool]:
        """Return (customer, is their own record): by reference, verified e-mail, e-mail, phone with the same name.

        Somebody who has another number in the same system is somebody else, whatever their address. Among several
        those who are not hidden come first.
        """
        for point in row.points:
            if point.channel == REFERENCE and (owners := self.owners.get(point.key)):
                return min(owners, key=lambda owner: owner.target.is_hidden).target, True
        has_number = any(point.channel == REFERENCE and point.system == system for point in row.points)
        candidates = [
            ((owner.target.is_hidden, rank), owner.target)
            for point in row.points
            for owner in self.owners.get(point.key, ())
            if not (has_number and system in owner.target.systems)
            and (rank := _rank(point.channel, owner, row)) is not None
        ]
        return (min(candidates, key=lambda found: found[0])[1], False) if candidates else (None, False)

    def others(self, key: Key, target: Target) -> list[Owner]:
        return [owner for owner in self.owners.get(key, ()) if owner.target is not target]

    def owns(self, key: Key, target: Target) -> bool:
        return any(owner.target is target for owner in self.owners.get(key, ()))


def _rank(channel: str, owner: Owner, row: Clean) -> int | None:
    """How surely an address tells its owner: lower is surer, None is not at all.

    A person who writes from the address of a company is not that company.
    """
    has_same_name = bool(row.folded) and row.folded in owner.target.names
    is_same_kind = not row.folded or row.kind == owner.target.row["kind"]
    if channel == EMAIL and is_same_kind and not owner.is_shared:
        return 0 if owner.is_verified else 1
    if channel in (EMAIL, PHONE) and has_same_name:
        return 2 if channel == EMAIL else 3
    return None


_POINTS = """
SELECT p.customer_id, p.id, p.channel, p.system, p.value, p.is_shared, p.verified_at IS NOT NULL
FROM jsonb_to_recordset(%s::jsonb) AS k (c text, s text, v text)
JOIN customers_contactpoint p ON p.channel = k.c AND p.value = k.v AND p.system = k.s
ORDER BY p.id
"""
_CUSTOMERS = f"""
SELECT c.id,
    (SELECT array_agg(DISTINCT p.system) FROM customers_contactpoint p
        WHERE p.customer_id = c.id AND p.channel = 'reference'),
    (SELECT array_agg(DISTINCT p.channel) FROM customers_contactpoint p WHERE p.customer_id = c.id),
    (SELECT json_object_agg(a.account_id, a.role) FROM customers_affiliation a WHERE a.person_id = c.id),
    {", ".join(f"c.{name}" for name in FIELDS)}
FROM customers_customer c WHERE c.id = ANY(%s::bigint[]) ORDER BY c.id FOR NO KEY UPDATE OF c
"""


def _points(keys: set[Key]) -> list[tuple]:
    if not keys:
        return []
    asked = json.dumps([{"c": channel, "s": system, "v": value} for channel, system, value in keys])
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, [asked])
        return cursor.fetchall()


def _ids_of_companies(names: set[str]) -> list[int]:
    if not names:
        return []
    found = Customer.objects.filter(sort_key__in=names).exclude(kind=Customer.Kind.PERSON)
    return list(found.order_by("pk").values_list("pk", flat=True))


# ---- one address


def owners(channel: str, value: str, system: str = "") -> CustomerQuerySet:
    """Return whoever has this address, in normal form: none, one, or several if it is shared."""
    mine = ContactPoint.objects.filter(channel=channel, value=value, system=system)
    return Customer.objects.filter(pk__in=mine.values("customer"))


def address(text: str, country: str = "") -> tuple[str, str] | None:
    """Return (channel, normal form) of any address, as somebody in `country` writes it; None if it is neither."""
    if "@" in text:
        value = normalise.email(text)
        return (EMAIL.value, value) if value else None
    phone = normalise.phone(text, country)
    return (PHONE.value, phone.value) if phone else None
