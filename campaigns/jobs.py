"""Campaigns are driven by their rows: the clock looks every few seconds, so a lost job only costs those."""

from contextlib import suppress

from celery import shared_task
from django.utils.timezone import now

from campaigns import audience, drafting, launching, results, sending
from campaigns.models import Campaign
from crm.apart import apart, resting
from crm.problems import Problem

STARTING = "planned campaign"  # what it may fail at: crm.apart
BATCHES_A_JOB = 20  # then the job hands over to the next, so that others get their turn


@shared_task(time_limit=60)
def drive() -> None:
    """Start planned campaigns whose time has come, go on with those that run, end what cancelled ones left."""
    planned, in_time = Campaign.objects.filter(status=Campaign.Status.PLANNED), now() - drafting.IN_TIME
    planned = planned.exclude(pk__in=resting(STARTING))
    for campaign in planned.filter(planned_at__lt=in_time):
        with apart(STARTING, campaign.pk), suppress(Problem):  # somebody was quicker
            launching.stop(campaign, Campaign.Stop.LATE)
    for campaign in planned.filter(planned_at__range=(in_time, now())):
        # A Problem: somebody launched it meanwhile, or what it needs was taken away. Its page says what.
        with apart(STARTING, campaign.pk), suppress(Problem):
            launching.launch(campaign, by=campaign.by)
    with apart("campaigns", "taking back"):
        launching.take_back()
    results.count_lately()
    active = Campaign.objects.filter(status__in=[Campaign.Status.FREEZING, Campaign.Status.RUNNING])
    for pk in active.exclude(pk__in=resting(results.GOING_ON)).values_list("pk", flat=True):
        go_on.delay(pk)


@shared_task(time_limit=900, soft_time_limit=850)
def go_on(campaign_id: int) -> None:
    """Freeze the audience if that is to be done, queue some batches, and see whether it is finished."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is not None:
        with apart(results.GOING_ON, campaign_id, in_one=False):
            _go_on(campaign)


def _go_on(campaign: Campaign) -> None:
    if campaign.status == Campaign.Status.FREEZING:
        audience.freeze(campaign)
    more = _queue_some(campaign)
    if more is None:
        return  # another job has it in hand
    results.refresh(campaign)  # lists read what was counted last
    if more:
        go_on.delay(campaign.pk)
    elif launching.finish(campaign):
        results.count(campaign)


def _queue_some(campaign: Campaign) -> bool | None:
    """Put some batches into the outbox; return whether there is room and more for it, None if another job does so."""
    for _ in range(BATCHES_A_JOB):
        if sending.waiting(campaign) >= sending.MOST_AHEAD:
            return False
        more = sending.next_batch(campaign.pk)
        if not more:
            return more
    return True
