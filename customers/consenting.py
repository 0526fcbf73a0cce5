"""What customers allow: the only writer of the ledger (Consent) and of the present state (ConsentState)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import TextField, Value
from django.db.models.functions import Concat
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid
from customers import channels
from customers.cleaning import Allowed, Key
from customers.loading import copy
from customers.models import Basis, Consent, ContactPoint, Customer, Purpose
from customers.touch import touch

StateKey = tuple[int, str, str, int | None]  # customer, purpose, channel, contact point (None: all of the channel)
NEW, SAME, REFUSED_BEFORE, NO_ADDRESS = "new", "same", "refused_before", "no_address"


@dataclass(frozen=True, slots=True)
class Said:
    """One yes or no for the ledger. `key` is the address that it is about; None: all of the channel."""

    customer_id: int
    purpose: str
    channel: str
    key: Key | None
    is_given: bool
    at: datetime
    is_dated: bool  # whether `at` is when it was said, or only when we heard of it
    basis: str
    proof: str

    @classmethod
    def of(cls, allowed: Allowed, *, customer_id: int, key: Key | None, at: datetime) -> "Said":
        return cls(
            customer_id, allowed.purpose, allowed.channel, key, allowed.is_given,
            allowed.at or at, allowed.at is not None, allowed.basis, allowed.proof,
        )  # fmt: skip


def give(
    customer: Customer,
    purpose: str,
    channel: str,
    contact_point: ContactPoint | None = None,
    *,
    source: str,
    basis: str = Basis.CONSENT,
    proof: str = "",
    by: Any = None,
    at: datetime | None = None,
) -> Consent:
    """Write down that a customer allows a purpose on a channel: at one contact point, or (None) at all of it."""
    return _say(customer, purpose, channel, contact_point, True, source, basis, proof, by, at)


def withdraw(
    customer: Customer,
    purpose: str,
    channel: str,
    contact_point: ContactPoint | None = None,
    *,
    source: str,
    basis: str = Basis.CONSENT,
    proof: str = "",
    by: Any = None,
    at: datetime | None = None,
) -> Consent:
    """Write down that a customer refuses a purpose on a channel. Refused for all of it, no address of it is left."""
    return _say(customer, purpose, channel, contact_point, False, source, basis, proof, by, at)


@transaction.atomic
def _say(customer, purpose, channel, contact_point, is_given, source, basis, proof, by, at) -> Consent:
    _check(customer, purpose, channel, contact_point)
    at = at or now()
    consent = Consent.objects.create(
        customer=customer, purpose=purpose, channel=channel, contact_point=contact_point, is_given=is_given,
        basis=basis, proof=proof, source=source[:60], by=by, at=at,
    )  # fmt: skip
    _upsert([_state(customer.pk, purpose, channel, contact_point and contact_point.pk, is_given, at)])
    if is_given and contact_point is not None and purpose != Purpose.SERVICE:
        _forgive([(contact_point.pk, at)])
    _record(customer, is_given, by, purpose=purpose, channel=channel, source=source, address=str(contact_point or ""))
    return consent


def _record(customer: Customer, is_given: bool, by: Any, **data: str) -> None:
    kind = "consent.given" if is_given else "consent.withdrawn"
    record(kind, about=customer, customer=customer, by=by, **data)
    touch([customer.pk])


def _check(customer: Customer, purpose: str, channel: str, contact_point: ContactPoint | None) -> None:
    if purpose not in Purpose.values or not channels.named(channel).asks_consent:
        raise Invalid(_("There is no such purpose or channel."))
    if contact_point is not None and (
        contact_point.customer_id != customer.pk or contact_point.channel != channels.named(channel).spoken_over
    ):
        raise Invalid(_("This address is not one of this customer's on that channel."))


@transaction.atomic
def withdraw_all_but_service(
    customer: Customer, *, source: str, proof: str = "", by: Any = None, at: datetime | None = None
) -> None:
    """Write down that a customer refuses every purpose but service, on every channel and address. One event."""
    at = at or now()
    refused = [purpose for purpose in Purpose.values if purpose != Purpose.SERVICE]
    pairs = [(purpose, channel.key) for purpose in refused for channel in channels.asked()]
    Consent.objects.bulk_create(
        Consent(
            customer=customer, purpose=purpose, channel=channel, is_given=False,
            proof=proof, source=source[:60], by=by, at=at,
        )
        for purpose, channel in pairs
    )  # fmt: skip
    _upsert([_state(customer.pk, purpose, channel, None, False, at) for purpose, channel in pairs])
    _record(customer, False, by, purpose="all but service", channel="all", source=source)


def give_many(said: Sequence[Said], *, source: str, by: Any = None) -> list[str]:
    """Write many down, in the caller's transaction; return for each of them what became of it, in order.

    NEW; SAME (known already, nothing is written); REFUSED_BEFORE (a yes of unknown date does not overturn a
    refusal); NO_ADDRESS (it is about an address that the customer does not have). No event: the batch has one.
    """
    if not said:
        return []
    points, states = _present(said)
    answers: list[str] = []
    fresh: dict[StateKey, Said] = {}
    for number, words in enumerate(said):
        point = points[number]
        place = (words.customer_id, words.purpose, words.channel, point)
        answer = NO_ADDRESS if words.key and point is None else _answer(words, states.get(place))
        if answer == NEW:
            states[place] = (words.is_given, words.at)
            fresh[place] = words
        answers.append(answer)
    _append(fresh, source=source, by=by)
    _forgive(
        (point, one.at)
        for (_customer, purpose, _channel, point), one in fresh.items()
        if point and one.is_given and one.is_dated and purpose != Purpose.SERVICE
    )
    return answers


def _forgive(said: Iterable[tuple[int, datetime]]) -> None:
    """A new yes for an address, said after its complaint, ends that."""
    if rows := [{"id": point, "complained_at": at.isoformat()} for point, at in said]:
        with connection.cursor() as cursor:
            cursor.execute(_FORGIVE, [json.dumps(rows)])


_FORGIVE = """
UPDATE customers_contactpoint AS p SET complained_at = NULL
FROM jsonb_populate_recordset(NULL::customers_contactpoint, %s::jsonb) AS new
WHERE p.id = new.id AND p.complained_at <= new.complained_at
"""


def _answer(words: Said, state: tuple[bool, datetime] | None) -> str:
    if state is None:
        return NEW
    was_given, at = state
    if was_given == words.is_given or (words.is_dated and words.at < at):
        return SAME
    return REFUSED_BEFORE if words.is_given and not words.is_dated else NEW


_PRESENT = """
SELECT k.n, p.id, s.is_given, s.at
FROM jsonb_to_recordset(%s::jsonb) AS k (n int, customer bigint, purpose text, ch text, c text, s text, v text)
LEFT JOIN customers_contactpoint p
    ON p.customer_id = k.customer AND p.channel = k.c AND p.value = k.v AND p.system = k.s
LEFT JOIN customers_consentstate s ON s.customer_id = k.customer AND s.purpose = k.purpose AND s.channel = k.ch
    AND s.contact_point_id IS NOT DISTINCT FROM p.id
"""


def _present(said: Sequence[Said]) -> tuple[dict[int, int | None], dict[tuple, tuple[bool, datetime]]]:
    """Return ({number in `said`: contact point}, {(customer, purpose, channel, point): (is given, at)})."""
    asked = [
        {"n": n, "customer": one.customer_id, "purpose": one.purpose, "ch": one.channel}
        | (dict(zip("csv", one.key, strict=True)) if one.key else {})
        for n, one in enumerate(said)
    ]
    points: dict[int, int | None] = {}
    states = {}
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [json.dumps(asked)])
        for n, point, is_given, at in cursor.fetchall():
            points[n] = point
            if at is not None:
                states[said[n].customer_id, said[n].purpose, said[n].channel, point] = (is_given, at)
    return points, states


def _append(fresh: dict[StateKey, Said], *, source: str, by: Any) -> None:
    columns = ["customer_id", "purpose", "channel", "contact_point_id"]
    columns += ["is_given", "basis", "proof", "source", "by_id", "at"]
    copy("customers_consent", columns, (
        (*place, one.is_given, one.basis, one.proof, source[:60], by.pk if by else None, one.at)
        for place, one in fresh.items()
    ))  # fmt: skip
    _upsert([_state(*place, one.is_given, one.at) for place, one in fresh.items()])


def _state(customer_id: int, purpose: str, channel: str, point: int | None, is_given: bool, at: datetime) -> dict:
    return {
        "customer_id": customer_id, "purpose": purpose, "channel": channel, "contact_point_id": point,
        "is_given": is_given, "at": at.isoformat(),
    }  # fmt: skip


_UPSERT = """
INSERT INTO customers_consentstate (customer_id, purpose, channel, contact_point_id, is_given, at)
SELECT customer_id, purpose, channel, contact_point_id, is_given, at
FROM jsonb_populate_recordset(NULL::customers_consentstate, %s::jsonb)
ON CONFLICT (customer_id, purpose, channel, contact_point_id)
DO UPDATE SET is_given = excluded.is_given, at = excluded.at WHERE customers_consentstate.at <= excluded.at
"""
# A refusal of a whole channel ends what was allowed at single addresses of it before.
_END = """
DELETE FROM customers_consentstate AS s
USING jsonb_populate_recordset(NULL::customers_consentstate, %s::jsonb) AS new
WHERE s.customer_id = new.customer_id AND s.purpose = new.purpose AND s.channel = new.channel
    AND s.contact_point_id IS NOT NULL AND s.is_given AND s.at <= new.at
"""


def _upsert(rows: Iterable[dict]) -> None:
    rows = list(rows)
    refusals = [row for row in rows if row["contact_point_id"] is None and not row["is_given"]]
    with connection.cursor() as cursor:
        if refusals:
            cursor.execute(_END, [json.dumps(refusals)])
        if rows:
            cursor.execute(_UPSERT, [json.dumps(rows)])


@dataclass(frozen=True)
class Refusal:
    """A no that was said about an address before it was taken away."""

    customer_id: int
    purpose: str
    channel: str
    contact_point_id: int
    at: datetime
    proof: str
    source: str  # by which deed it was said; or that the address came back


def refuse_again(refusals: Iterable[Refusal]) -> None:
    """Let what was refused for an address hold for it again, in the caller's transaction. No event."""
    by_source: dict[str, dict[StateKey, Said]] = {}
    for one in refusals:
        place = (one.customer_id, one.purpose, one.channel, one.contact_point_id)
        by_source.setdefault(one.source, {})[place] = Said(
            one.customer_id, one.purpose, one.channel, None, False, one.at, True, Basis.CONSENT, one.proof
        )
    for source, fresh in by_source.items():
        _append(fresh, source=source, by=None)


def keep_words_about(contact_point: ContactPoint) -> None:
    """Write into the proof of what was said about one address which one it was: the address is about to go."""
    about = Consent.objects.filter(contact_point=contact_point)
    about.update(proof=Concat("proof", Value(f" ({contact_point.value})"), output_field=TextField()))
