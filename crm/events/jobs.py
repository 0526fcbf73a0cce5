"""One job per reaction; a sweep for those whose job was lost; the heartbeat."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.db import transaction
from django.utils.timezone import now

from crm import queues
from crm.events import reactions
from crm.events.models import Heartbeat, Wakeup
from crm.savepoints import savepoint

log = structlog.get_logger("filo.events")
LOST_AFTER = timedelta(seconds=20)  # a reaction owed for longer has lost its job
CLOCKS_DIFFER = timedelta(seconds=2)  # the web server's says when it is due, the worker's whether it is
NOT_BACK = "It was begun, and has not come back."
SWEEP_SIZE = 500  # wake-ups a sweep


@shared_task(time_limit=300)
def react(wakeup_id: int) -> None:
    """Run one owed reaction, unless it is done, rests, or somebody else is at it."""
    if not _begin(wakeup_id):
        return
    with transaction.atomic():
        wakeup = Wakeup.objects.select_for_update(skip_locked=True).filter(pk=wakeup_id, done_at=None).first()
        if wakeup is None:
            return
        trouble = _run(wakeup)
        Wakeup.objects.filter(pk=wakeup.pk).update(done_at=None if trouble else now(), trouble=trouble)


def _begin(wakeup_id: int) -> bool:
    """Count the attempt before it is made: one that takes its process along is counted, and rests, too."""
    wakeup = Wakeup.objects.filter(pk=wakeup_id, done_at=None, due_at__lte=now() + CLOCKS_DIFFER).first()
    if wakeup is None:
        return False
    pause = timedelta(seconds=min(5 * 2**wakeup.attempts, 7200))
    begun = {"attempts": wakeup.attempts + 1, "due_at": now() + pause, "trouble": NOT_BACK}
    return bool(Wakeup.objects.filter(pk=wakeup_id, attempts=wakeup.attempts, done_at=None).update(**begun))


def _run(wakeup: Wakeup) -> str:
    reaction = reactions.named(wakeup.reaction)
    if reaction is None:
        return "There is no such reaction any more."
    try:
        with savepoint():
            reaction(wakeup.event)
    except Exception as error:
        log.exception("reaction failed", reaction=wakeup.reaction, event_id=wakeup.event_id)
        return f"{type(error).__name__}: {error}"[:2000]
    return ""


@shared_task(queue=queues.QUICK, time_limit=60)
def sweep() -> None:
    """Wake reactions whose own job was lost or failed. Nothing owed is given up: the pauses grow to two hours."""
    owed = Wakeup.objects.filter(done_at=None, due_at__lt=now() - LOST_AFTER)
    for pk, name in owed.order_by("due_at").values_list("pk", "reaction")[:SWEEP_SIZE]:
        react.apply_async([pk], queue=reactions.queue_of(name))


@shared_task(time_limit=30)
def beat(worker: str = "worker") -> None:
    """The clock asked and this worker answered: both live."""
    for part in (worker, "clock"):
        Heartbeat.objects.update_or_create(part=part, defaults={"seen_at": now()})
