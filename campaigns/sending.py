"""Sending: a cursor over the frozen audience; each batch goes into the outbox in one transaction with the cursor."""

from collections import Counter
from collections.abc import Iterable, Sequence

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils.timezone import now

from campaigns.launching import ORIGIN
from campaigns.models import Campaign, CampaignWording, Recipient
from crm import apart
from customers.identity import codes
from interactions import carriers, outbox, templating
from interactions.models import Message

log = structlog.get_logger("filo.campaigns")
BATCH_SIZE = 1_000  # recipients; one transaction
FIELD_GONE, SPOILT = "field_gone", "spoilt"  # reasons of our own, in words: results.REASONS
MOST_AHEAD = 20_000  # messages that wait in the outbox; more would only make pausing slower


@transaction.atomic
def next_batch(campaign_id: int) -> bool | None:
    """Put the next batch of a running campaign into the outbox and move its cursor.

    Returns whether there is more to queue; None: another job has this campaign in hand, and nobody waits for it.
    Raises NotSetUp when nothing leaves on its channel any more.
    """
    campaign = Campaign.objects.select_for_update(skip_locked=True).filter(pk=campaign_id).first()
    if campaign is None:
        return None
    if campaign.status != Campaign.Status.RUNNING:
        return False
    carriers.ready_on(campaign.channel)  # what it lacks is nobody's fault who would get it
    batch = list(
        campaign.recipients.filter(pk__gt=campaign.last_recipient_id, reason="")
        .select_related("contact_point", "customer")
        .only("campaign", "language", "reason", "customer__name", "customer__time_zone", "contact_point__value")
        .order_by("pk")[:BATCH_SIZE]
    )
    if not batch:
        return False
    _queue_each(campaign, batch)
    Campaign.objects.filter(pk=campaign.pk).update(last_recipient_id=batch[-1].pk, beat_at=now())
    return True


def _queue_each(campaign: Campaign, batch: list[Recipient]) -> None:
    """Queue a batch; whose values or address raise is left out alone. What everybody raises is the campaign's fault."""
    _made, bad = apart.in_halves(batch, lambda some: _queue(campaign, some))
    if len(bad) == len(batch) > 1:
        raise bad[0][1]
    for one, error in bad:
        log.warning("recipient left out", campaign=campaign.pk, customer=one.customer_id, exc_info=error)
    _note(campaign, [one for one, _error in bad], {one.customer_id: SPOILT for one, _error in bad})


def _queue(campaign: Campaign, batch: Sequence[Recipient]) -> None:
    wordings = {row.language: row for row in campaign.wordings.select_related("wording")}
    fallback = next(row for row in wordings.values() if row.is_fallback)
    values, spoilt = _values(batch, wordings.values())
    refused = {one.customer_id: "no_address" for one in batch if one.contact_point is None}
    welcome = []
    for one in batch:
        wording_id = (wordings.get(codes.nearest(one.language, wordings)) or fallback).wording_id
        if wording_id in spoilt:
            refused[one.customer_id] = FIELD_GONE
        elif one.contact_point is not None:
            welcome.append(
                outbox.Recipient(
                    customer_id=one.customer_id,
                    contact_point_id=one.contact_point.pk,
                    to_address=one.contact_point.value,
                    to_name=one.customer.name,
                    time_zone=one.customer.time_zone,
                    wording_id=wording_id,
                    values=values[one.customer_id],
                    dedupe_key=f"{ORIGIN}:{campaign.pk}:{one.customer_id}",
                )
            )
    result = outbox.queue_many(
        welcome, channel=campaign.channel, purpose=campaign.purpose, origin=ORIGIN, origin_id=campaign.pk,
        sender_name=campaign.sender_name,
    )  # fmt: skip
    _note(campaign, batch, refused | result.refused)


def _values(batch: Sequence[Recipient], rows: Iterable[CampaignWording]) -> tuple[dict[int, dict[str, str]], set[int]]:
    """Return ({customer: the fields' texts}, the wordings that need a field which went away after the launch).

    Where a wording says what to read instead of such a field, it is empty.
    """
    names: set[str] = set()
    lost: set[str] = set()
    spoilt: set[int] = set()
    for row in rows:
        words = row.wording.subject, row.wording.body
        try:
            gone, bare = templating.gone(*words)
        except templating.BadWording:
            spoilt.add(row.wording_id)
            continue
        names |= templating.used(*words) - gone
        lost |= gone
        if bare:
            spoilt.add(row.wording_id)
    values = templating.values_for([one.customer_id for one in batch], sorted(names))
    return {pk: texts | dict.fromkeys(lost, "") for pk, texts in values.items()}, spoilt


def _note(campaign: Campaign, batch: Sequence[Recipient], refused: dict[int, str]) -> None:
    """Those whom the gate refused at the last moment are excluded after all, with the reason."""
    if not batch:
        return
    queued = [one.pk for one in batch if one.customer_id not in refused]
    Recipient.objects.filter(pk__in=queued).update(queued_at=now())
    if refused:
        reasons = {one.pk: refused[one.customer_id] for one in batch if one.customer_id in refused}
        with connection.cursor() as cursor:
            cursor.execute(REFUSED, [list(reasons), list(reasons.values())])
        excluded = Counter(campaign.excluded) + Counter(refused.values())
        Campaign.objects.filter(pk=campaign.pk).update(
            excluded=dict(excluded), recipient_count=F("recipient_count") - len(refused)
        )


REFUSED = """
UPDATE campaigns_recipient r SET reason = refused.reason, queued_at = NULL
FROM unnest(%s::bigint[], %s::text[]) AS refused (id, reason) WHERE r.id = refused.id
"""


def waiting(campaign: Campaign) -> int:
    """Return how many of its messages wait in the outbox, counted no further than MOST_AHEAD."""
    return Message.objects.filter(origin=ORIGIN, origin_id=campaign.pk, status=Message.Status.QUEUED)[
        :MOST_AHEAD
    ].count()
