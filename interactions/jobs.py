"""Background work of this room. Each job may run twice, late, or beside itself: rows carry the state."""

import os
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from crm import locks, queues
from interactions import carriers, claiming, delivering, finishing, missing, recovering, sleeping
from interactions.claiming import Lane, Readers
from interactions.models import HookDelivery, Message

SIZES = {Readers.PERSONAL: 50, Readers.MASS: delivering.BATCH_SIZE}  # messages; few personal ones wait for each other
AT_ONCE = {
    Readers.PERSONAL: 1,
    Readers.MASS: settings.MASS_AT_ONCE,
}  # batches of one lane: a provider that stalls holds
STALE_SECONDS = 5  # a wake-up that waited for longer is not worth waking for: the next tick made another
REPEATED_WITHIN = timedelta(days=2)  # a hook is refused after five minutes anyhow

# Of this process, by channel and account: a forked child must not use its parent's.
_workers: dict[tuple[int, str, str], delivering.Worker] = {}


@shared_task(queue=queues.QUICK, time_limit=30)
def deliver_due() -> None:
    """Wake as many batches as each lane has due messages for; what nobody carries any more is handed over."""
    for lane, due in claiming.due(max(AT_ONCE.values()) * max(SIZES.values())):
        if not delivering.can_leave(lane):
            delivering.hand_over(lane)
        else:
            for _ in range(min(-(-due // SIZES[lane.readers]), AT_ONCE[lane.readers])):
                _wake(lane, expires=STALE_SECONDS)


@shared_task(time_limit=60)
def wake_sleepers() -> None:
    """Let go at once what waits for quiet hours that were changed meanwhile."""
    sleeping.wake()


@shared_task(time_limit=600, soft_time_limit=540)
def deliver(channel: str, account: str = "", readers: str = Readers.PERSONAL) -> None:
    """Send one batch of a lane over this process' kept connection, unless enough others are at it; then the next."""
    lane = Lane(channel, account, Readers(readers))
    if not delivering.can_leave(lane) or not claiming.due_in(lane).exists():
        return
    with locks.one_of("deliver", f"{channel} {account} {readers}", AT_ONCE[lane.readers]) as is_wanted:
        done = _deliver(lane) if is_wanted else 0
    if done and claiming.due_in(lane).exists():  # who came meanwhile was sent away
        _wake(lane, expires=STALE_SECONDS)


def _deliver(lane: Lane) -> int:
    worker = _worker(lane)
    try:
        return worker.deliver_batch(SIZES[lane.readers], lane.readers)
    except BaseException:  # also a soft time limit: what was on its way is settled by the journal
        del _workers[_key(lane)]
        worker.close(is_clean=False)
        raise


def _worker(lane: Lane) -> delivering.Worker:
    key = _key(lane)
    if any(process != os.getpid() for process, *_ in _workers):
        _workers.clear()
    if key not in _workers:
        carrier = carriers.of(lane.channel, lane.account)
        assert carrier is not None  # else nothing of this lane is delivered
        _workers[key] = delivering.Worker(carrier)
    return _workers[key]


def _key(lane: Lane) -> tuple[int, str, str]:
    return os.getpid(), lane.channel, lane.account


@shared_task(time_limit=120)
def recover() -> None:
    """Settle what dead workers left, and forget hooks that are too old to be repeated."""
    recovering.recover()
    HookDelivery.objects.filter(at__lt=now() - REPEATED_WITHIN).delete()


@shared_task(time_limit=300, soft_time_limit=280)
def ask_providers() -> None:
    """Settle what is in doubt by what the providers say of it."""
    recovering.ask()


@shared_task(queue=queues.QUICK, time_limit=60)
def settle_missed_calls() -> None:
    """Calls that rang out become waiting conversations; outcomes that cannot be undone any more take effect."""
    missing.settle_missed()
    finishing.settle_effects()


def deliver_soon(message_id: int) -> None:
    """Wake a batch of personal ones once the present transaction commits, for one message that is due now."""
    waiting = Message.objects.filter(pk=message_id, status=Message.Status.QUEUED)
    for channel, account in waiting.values_list("channel", "account"):
        lane = Lane(channel, account, Readers.PERSONAL)
        if delivering.can_leave(lane):  # else its job would wait where nobody serves
            transaction.on_commit(partial(_wake, lane))


def _wake(lane: Lane, expires: int | None = None) -> None:
    deliver.apply_async([lane.channel, lane.account, lane.readers], queue=lane.waits_in, expires=expires)
