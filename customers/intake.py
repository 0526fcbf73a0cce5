"""The one door by which customers come in, from a form, an import, the API, the portal or a mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers import consenting, searching, storing, suppressing
from customers.cleaning import Allowed, Clean, Cleaner, Person
from customers.identity.resolve import Known
from customers.loading import next_ids
from customers.models import Customer
from customers.taking import Taken, Taking
from customers.touch import touch
from staff.models import Organisation

__all__ = ["Allowed", "KeptElsewhere", "Person", "Registered", "Result", "register", "register_many"]

FEW = 20  # rows; a batch of more keeps everybody else out until it commits


class KeptElsewhere(Problem):
    """This customer is kept by another team. Ask an administrator."""

    code = "kept_elsewhere"
    status = 403


@dataclass(frozen=True)
class Teller:
    """Who tells us, as `register` and `register_many` are told. writer: the User who wrote it by hand, else None."""

    name: str
    system: str
    by: Any
    seer: Any
    at: datetime
    writer: Any = None


@dataclass
class Result:
    """What became of one row: made, updated, same, or refused (then nothing landed and `notes` say why)."""

    customer_id: int | None
    outcome: str
    notes: list[str] = field(default_factory=list)  # pieces that could not be read; the rest landed


@dataclass
class Registered:
    """What became of the rows, in their order."""

    results: list[Result]

    def count(self, outcome: str) -> int:
        return sum(result.outcome == outcome for result in self.results)

    @property
    def made(self) -> int:
        return self.count("made")

    @property
    def updated(self) -> int:
        return self.count("updated")

    @property
    def same(self) -> int:
        return self.count("same")


def register(
    person: Person,
    *,
    source: str,
    system: str = "",
    by: Any = None,
    seer: Any = None,
    country: str = "",
    at: datetime | None = None,
) -> tuple[Customer, bool]:
    """Register or update one customer; return (customer, whether it was made). `seer` as in `register_many`.

    Raises Invalid if the person has neither a name nor an address, if any piece cannot be read, or if the account
    is none or not the only one of that name; KeptElsewhere.
    """
    with transaction.atomic():
        clean = _clean([person], system, country)
        if clean[0].notes:
            raise Invalid(" ".join(clean[0].notes), notes=clean[0].notes)
        result = _take_in(clean, Teller(source, system, by, seer, at or now(), writer=by))[0]
        if clean[0].withheld:
            raise KeptElsewhere(clean[0].withheld)
        if clean[0].no_account:
            raise Invalid(clean[0].no_account, fields={"company": True})
        if result.customer_id is None:
            raise Invalid(" ".join(result.notes), notes=result.notes)
        customer = Customer.objects.get(pk=result.customer_id)
        if result.outcome == "made":
            record("customer.registered", about=customer, customer=customer, by=by, source=source, name=customer.name)
        elif result.outcome == "updated":
            record("customer.changed", about=customer, customer=customer, by=by, source=source)
    return customer, result.outcome == "made"


@transaction.atomic
def register_many(
    rows: Sequence[Person],
    *,
    source: str,
    system: str = "",
    by: Any = None,
    seer: Any = None,
    country: str = "",
    at: datetime | None = None,
    about: models.Model | None = None,
) -> Registered:
    """Register or update customers in one transaction and one event. The same rows again change nothing.

    `source` says where they come from ("import 12"); `system` whose numbers `Person.reference` are; `country`
    (ISO 3166) how phones without a prefix are read, the organisation's by default; `about` is what the event is
    about, such as the import. An empty field never erases; a piece that cannot be read becomes a note and the
    row lands. Values that somebody else has are marked shared on both. `seer`: a colleague (or key) who changes only
    those whom they see, and keeps those who are new; None: everybody.
    """
    clean = _clean(rows, system, country)
    batch = Registered(_take_in(clean, Teller(source, system, by, seer, at or now())))
    first = next((result.customer_id for result in batch.results if result.outcome in ("made", "updated")), None)
    if first:
        record(
            "customers.imported",
            about=about or Customer(pk=first),
            by=by,
            source=source,
            made=batch.made,
            updated=batch.updated,
        )
    return batch


def _clean(rows: Sequence[Person], system: str, country: str) -> list[Clean]:
    cleaner = Cleaner(system=system, country=country or Organisation.current().country)
    return [cleaner.clean(row) for row in rows]


def _take_in(clean: Sequence[Clean], teller: Teller) -> list[Result]:
    lock(key for row in clean for key in _keys(row))
    ids = iter(next_ids("customers_customer", _most_new(clean)))
    taking = Taking(Known(clean, teller.seer), ids=ids, system=teller.system, seer=teller.seer)
    taken = [taking.take(row) for row in clean]
    storing.store(taking.changes, source=teller.name, at=teller.at, writer=teller.writer)
    suppressing.recall((target.pk, point.key, owner.is_shared) for target, point, owner, _ in taking.changes.points)
    _store_consents(taken, teller)
    changed = {one.target.pk for one in taken if one.target and one.outcome in ("made", "updated")}
    searching.store(changed)
    touch(changed)
    return [Result(one.target.pk if one.target else None, one.outcome, one.row.notes) for one in taken]


def _keys(row: Clean) -> Iterable[str]:
    yield from ("|".join(point.key) for point in row.points)
    if row.company:
        yield f"company|{row.company.casefold()}"


def lock(keys: Iterable[str]) -> None:
    """Let nobody else take in these addresses until this transaction ends: two at once must not make twins.

    A few keys are locked one by one, beside each other; a large batch locks everybody out for its second.
    """
    keys = set(keys)
    if len(keys) > FEW:
        locks.one_at_a_time("intake")
    else:
        locks.some_at_a_time("intake", keys)


def _most_new(rows: Sequence[Clean]) -> int:
    return len(rows) + len({row.company.casefold() for row in rows if row.company})


def _store_consents(taken: Sequence[Taken], teller: Teller) -> None:
    """Write what was allowed or refused; a row with news of this kind counts as updated."""
    said = [
        (one, consenting.Said.of(allowed, customer_id=one.target.pk, key=key, at=teller.at))
        for one in taken
        if one.target
        for allowed, key in one.row.allowed
    ]
    fresh = consenting.give_many([words for _one, words in said], source=teller.name, by=teller.by)
    for (one, words), answer in zip(said, fresh, strict=True):
        if answer == consenting.NEW and one.outcome == "same":
            one.outcome = "updated"
        elif answer == consenting.REFUSED_BEFORE:
            one.row.notes.append(_("They refused %s before: the yes was not taken.") % words.purpose)
