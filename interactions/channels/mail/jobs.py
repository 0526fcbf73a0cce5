"""Work in the background of this channel: mailboxes are read. Each job may run twice, late, or beside itself."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils.timezone import now

from crm import queues
from interactions.channels.mail import polling
from interactions.gateways.errors import GatewayError
from interactions.models import Mailbox, Unfiled

log = structlog.get_logger("filo.mail")
MOST_READ_AGAIN = 20  # mails that one tick wakes; the next tick wakes the rest
POSTED_AGAIN_WITHIN = timedelta(days=2)  # a hook is refused after five minutes anyhow


@shared_task(queue=queues.QUICK, time_limit=60)
def poll_mailboxes() -> None:
    """Wake a poll for each mailbox, and a reader for each mail that is to be read again.

    Forget mails begun by a hook that are too old to be posted again.
    """
    polling.open_first()
    for pk in Mailbox.objects.filter(is_polled=True).values_list("pk", flat=True):
        poll_mailbox.apply_async([pk], expires=30)
    for pk in Unfiled.objects.set_aside().filter(is_wanted=True).values_list("pk", flat=True)[:MOST_READ_AGAIN]:
        read_again.apply_async([pk], expires=30)
    Unfiled.objects.begun().filter(mailbox=None, begun_at__lt=now() - POSTED_AGAIN_WITHIN).delete()


@shared_task(time_limit=300)
def poll_mailbox(mailbox_id: int) -> None:
    """Read what came into one mailbox, unless somebody else is at it."""
    try:
        polling.poll(mailbox_id)
    except GatewayError as error:
        log.warning("mailbox", mailbox=mailbox_id, trouble=str(error))


@shared_task(time_limit=300)
def read_again(row_id: int) -> None:
    """Read a mail once more that was set aside: somebody asked for it."""
    polling.try_again(row_id)
