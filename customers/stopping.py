"""STOP and START: what an address says for itself holds for everybody who has it, and for whoever has it next."""

from collections.abc import Iterable
from datetime import datetime
from itertools import product
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid
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
    Raises Invalid for a channel that nobody is asked about.
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
    taken = _taken(points, channel, taken_by)
    news = _write(((point, purpose, True) for point, purpose in taken), channel, source, proof, by, at or now())
    suppressing.forget_refused(value, channel, source=taken_by)
    words = {pk: ", ".join(purposes) for pk, purposes in news.items()}
    return _tell("consent.given", words, points, channel, source, by)


def _points(value: str, channel: str) -> list[ContactPoint]:
    """Everybody's own row of one address: nobody gets it meanwhile, and the same word twice at once is said once."""
    kind = channels.named(channel).spoken_over
    if not channels.named(channel).asks_consent:
        raise Invalid(_("There is no such purpose or channel."))
    intake.lock(["|".join((kind, "", value))])
    rows = ContactPoint.objects.filter(channel=kind, value=value, system="")
    return list(rows.select_for_update(of=("self",), no_key=True).select_related("customer").order_by("pk"))


def _taken(points: list[ContactPoint], channel: str, taken_by: str) -> Iterable[tuple[ContactPoint, str]]:
    """Yield (address, purpose) of which the last word is the refusal of `taken_by`, and that was allowed before."""
    owners = [point.customer_id for point in points]
    states = ConsentState.objects.filter(customer__in=owners, channel=channel, contact_point=None)
    whole = {(state.customer_id, state.purpose): state for state in states}
    said: dict[tuple[int | None, str], list[Consent]] = {}
    ledger = Consent.objects.filter(contact_point__in=points, channel=channel, purpose__in=REFUSED)
    for consent in ledger.order_by("at", "pk"):
        said.setdefault((consent.contact_point_id, consent.purpose), []).append(consent)
    for point, purpose in product(points, REFUSED):
        own = said.get((point.pk, purpose), [])
        if not own or own[-1].is_given or own[-1].source != taken_by:
            continue
        words: list[Consent | ConsentState] = [*own[-2:-1]]
        if (state := whole.get((point.customer_id, purpose))) and not (words and words[0].at > state.at):
            words = [state]  # a no to all of the channel ends an older yes, and a yes is one here too
        if words and words[0].is_given:
            yield point, purpose


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
