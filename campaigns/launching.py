"""The life of a launched campaign: each step a conditional update, so that two clicks are one."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Subquery
from django.utils.timezone import now
from django.utils.translation import gettext as _

from campaigns.drafting import NOT_BEGUN, AlreadyLaunched, NotReady, forget_subjects, missing
from campaigns.models import Campaign
from crm.events.recording import record
from crm.problems import Problem
from interactions import holding, outbox
from interactions.models import Message

Status, Stop = Campaign.Status, Campaign.Stop
UNDER_WAY = (Status.FREEZING, Status.RUNNING)
ORIGIN = "campaign"  # of messages and interactions that a campaign causes


class NotNow(Problem):
    """The campaign is in another state by now. Look at it again."""

    code = "not_now"


@transaction.atomic
def launch(campaign: Campaign, *, by: Any = None) -> None:
    """Start it: its audience is frozen and sent to by jobs. Raises AlreadyLaunched, NotReady."""
    todo = missing(Campaign.objects.select_for_update().get(pk=campaign.pk))  # as another tab has left it
    if todo:
        raise NotReady(" ".join(todo))
    waiting = Campaign.objects.filter(pk=campaign.pk, status__in=NOT_BEGUN)
    begun = {"launched_at": now(), "launched_by": by, "beat_at": now()}
    if not waiting.update(status=Status.FREEZING, stopped_because="", **begun):
        raise AlreadyLaunched(_("This campaign was launched already."))
    campaign.refresh_from_db()
    forget_subjects(campaign)
    record("campaign.launched", about=campaign, by=by, name=campaign.name, segment=campaign.segment_id)


@transaction.atomic
def pause(campaign: Campaign, *, by: Any) -> None:
    """Hold what is not sent yet, within seconds. Raises NotNow."""
    _step(campaign, UNDER_WAY, Status.PAUSED)
    holding.hold_all(origin=ORIGIN, origin_id=campaign.pk)
    record("campaign.paused", about=campaign, by=by)


@transaction.atomic
def resume(campaign: Campaign, *, by: Any) -> None:
    """Go on where it was paused. Raises NotNow."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    frozen = campaign.recipients.exists()
    _step(campaign, [Status.PAUSED], Status.RUNNING if frozen else Status.FREEZING, stopped_because="")
    holding.release_all(origin=ORIGIN, origin_id=campaign.pk)
    record("campaign.resumed", about=campaign, by=by)


@transaction.atomic
def cancel(campaign: Campaign, *, by: Any) -> None:
    """End it: what has not left never leaves. Raises NotNow."""
    _step(
        campaign,
        [Status.PLANNED, Status.UNDECIDED, Status.FREEZING, Status.RUNNING, Status.PAUSED],
        Status.CANCELLED,
        finished_at=now(),
    )
    taken_back = outbox.cancel_all(origin=ORIGIN, origin_id=campaign.pk)
    record("campaign.cancelled", about=campaign, by=by, taken_back=taken_back)


@transaction.atomic
def stop(campaign: Campaign, because: str) -> None:
    """Let a planned campaign wait for somebody who sends it, gives it another time or cancels it. Raises NotNow."""
    _step(campaign, [Status.PLANNED], Status.UNDECIDED, stopped_because=because)
    record("campaign.stopped", about=campaign, because=because, planned_at=str(campaign.planned_at))


@transaction.atomic
def stop_restored() -> list[str]:
    """Let nothing of a restored backup go on by itself: it may have gone out since. Returns what was done, in words."""
    begun = list(Campaign.objects.filter(status__in=UNDER_WAY))
    for campaign in begun:
        _step(campaign, UNDER_WAY, Status.PAUSED)
        held = holding.hold_all(origin=ORIGIN, origin_id=campaign.pk)
        record("campaign.stopped", about=campaign, because=Stop.RESTORED, held=held)
    Campaign.objects.filter(status=Status.PAUSED).update(stopped_because=Stop.RESTORED)
    planned = list(Campaign.objects.filter(status=Status.PLANNED))
    for campaign in planned:
        stop(campaign, Stop.RESTORED)
    paused = [_("Paused, its messages are held: campaign “%(name)s”.") % {"name": one} for one in begun]
    return paused + [_("Does not start by itself any more: campaign “%(name)s”.") % {"name": one} for one in planned]


def take_back() -> int:
    """Cancel what a worker gave back after its campaign was cancelled: until now it was only held."""
    cancelled = Campaign.objects.filter(status=Status.CANCELLED).values("pk")
    return holding.cancel_held(origin=ORIGIN, origin_ids=cancelled)


@transaction.atomic
def finish(campaign: Campaign) -> bool:
    """End it once everybody is in the outbox and nothing of it waits there. Returns whether it is at its end.

    What is in doubt does not keep it open: a person settles that, listed in the results.
    """
    on_their_way = Message.objects.filter(
        origin=ORIGIN, origin_id=campaign.pk, status__in=[Message.Status.QUEUED, Message.Status.SENDING]
    )
    reached = Campaign.objects.filter(pk=campaign.pk).values("last_recipient_id")
    if on_their_way.exists() or campaign.recipients.filter(pk__gt=Subquery(reached), reason="").exists():
        return False
    if Campaign.objects.filter(pk=campaign.pk, status=Status.RUNNING).update(status=Status.FINISHED, finished_at=now()):
        record("campaign.finished", about=campaign)
    return True


def _step(campaign: Campaign, expected: Iterable[str], status: str, **fields: Any) -> None:
    if not Campaign.objects.filter(pk=campaign.pk, status__in=expected).update(status=status, **fields):
        raise NotNow(_("The campaign is in another state by now. Look at it again."))
    campaign.refresh_from_db()
