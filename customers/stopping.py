"""STOP and START: what an address says for itself holds for everybody who has it, and for whoever has it next."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from crm.events.recording import record
from customers import channels, consenting, intake, suppressing
from customers.consenting import Said
from customers.models import Basis, Consent, ConsentState, ContactPoint, Customer, Purpose
from customers.touch import touch

REFUSED = [purpose for purpose in Purpose.values if purpose != Purpose.SERVICE]


@transaction.atomic
def withdraw_at(
    value: str, channel: str, *, source: str, proof: str = "", by: Any = None, at: datetime | None = None
) -> list[int]:
    """Write down that an address refuses all but service on a channel, for every customer who has it; twice is once.

    value: in normal form; nobody need have it. Returns the customers of whom it is news, each told as one fact.
    """
    at = at or now()
    points = _points(value, channel)
    news = _write(((point, purpose, False) for point in points for purpose in REFUSED), channel, source, proof, by, at)
    left = ConsentState.objects.filter(contact_point__in=points, channel=channel, is_given=False)
    refused = set(left.values_list("purpose", flat=True)) if points else set(REFUSED)
    suppressing.keep_refused(value, channel, refused & set(REFUSED), source=source, at=at)
    return _tell("consent.withdrawn", dict.fromkeys(news, "all but service"), points, channel, source, by)


@transaction.atomic
def give_back_at(
    value: str, channel: str, *, taken_by: str, source: str, proof: str = "", by: Any = None, at: datetime | None = None
) -> list[int]:
    """Give back what `withdraw_at` took from everybody who has an address, and what nobody refused since.

    taken_by: the source that it was called with. What was never allowed is not given. Returns to whom.
    """
    points = _points(value, channel)
    taken = [(point, purpose, True) for point in points for purpose in _taken(point, channel, taken_by)]
    news = _write(taken, channel, source, proof, by, at or now())
    suppressing.forget_refused(value, channel, source=taken_by)
    words = {pk: ", ".join(purposes) for pk, purposes in news.items()}
    return _tell("consent.given", words, points, channel, source, by)


def _points(value: str, channel: str) -> list[ContactPoint]:
    """Everybody's own row of one address: nobody gets it meanwhile, and the same word twice at once is said once."""
    line = channels.of(channel)
    kind = line.spoken_over if line else ""
    intake.lock(["|".join((kind, "", value))])
    rows = ContactPoint.objects.filter(channel=kind, value=value, system="")
    return list(rows.select_for_update(of=("self",), no_key=True).select_related("customer").order_by("pk"))


def _taken(point: ContactPoint, channel: str, taken_by: str) -> Iterable[str]:
    """Yield the purposes whose last word at an address is the refusal of `taken_by`, and that were allowed before."""
    said = Consent.objects.filter(contact_point=point, channel=channel, purpose__in=REFUSED)
    states = ConsentState.objects.filter(customer=point.customer_id, channel=channel, contact_point=None)
    whole = {state.purpose: state for state in states}
    own: dict[str, list[Consent]] = {}
    for consent in said.order_by("at", "pk"):
        own.setdefault(consent.purpose, []).append(consent)
    for purpose, (*before, last) in own.items():
        if last.is_given or last.source != taken_by:
            continue
        state = whole.get(purpose)
        if state and not (before and before[-1].at > state.at):  # a no to all of the channel ends an older yes
            was_given = state.is_given
        else:
            was_given = bool(before) and before[-1].is_given
        if was_given:
            yield purpose


def _write(
    words: Iterable[tuple[ContactPoint, str, bool]], channel: str, source: str, proof: str, by: Any, at: datetime
) -> dict[int, list[str]]:
    """Write (address, purpose, is given) into the ledger; return {customer: purposes} of what is new."""
    said = [
        Said(one.customer_id, purpose, channel, (one.channel, "", one.value), is_given, at, True, Basis.CONSENT, proof)
        for one, purpose, is_given in words
    ]
    news: dict[int, list[str]] = {}
    for one, answer in zip(said, consenting.give_many(said, source=source, by=by), strict=True):
        if answer == consenting.NEW:
            news.setdefault(one.customer_id, []).append(one.purpose)
    return news


def _tell(
    kind: str, purposes: dict[int, str], points: list[ContactPoint], channel: str, source: str, by: Any
) -> list[int]:
    whose: dict[int, Customer] = {point.customer_id: point.customer for point in points}
    for pk, purpose in purposes.items():
        about = {"purpose": purpose, "channel": channel, "source": source, "address": points[0].value}
        record(kind, about=whose[pk], customer=whose[pk], by=by, **about)
    touch(purposes)
    return list(purposes)
