from typing import Any

from django.db import models, transaction
from django.utils.timezone import now

from crm.events import jobs, reactions
from crm.events.catalogue import KINDS
from crm.events.models import Event, Wakeup


def record(kind: str, *, about: models.Model, customer: Any = None, by: Any = None, **data: Any) -> Event:
    """Write one fact in the caller's transaction and let its reactions run once that commits.

    `customer` is a Customer or None; `by` a User or None (the machine). `data` is what a stranger needs a
    year later: plain values. Raises ValueError for a kind missing from the catalogue, and
    TransactionManagementError outside a transaction.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is not in crm/events/catalogue.py.")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"record({kind!r}) belongs in the transaction of its change.")
    event = Event.objects.create(
        kind=kind,
        about=about._meta.label_lower,
        about_id=about.pk,
        customer_id=customer.pk if customer is not None else None,
        actor=by if by is not None and by.pk else None,
        data=data,
    )
    owed = [Wakeup(event=event, reaction=name, due_at=now()) for name in reactions.names_for(kind)]
    for wakeup in Wakeup.objects.bulk_create(owed):
        jobs.react.apply_async_on_commit([wakeup.pk], queue=reactions.queue_of(wakeup.reaction))
    return event
