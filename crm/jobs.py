"""Jobs of the project itself."""

from celery import shared_task
from django.conf import settings
from django.db import connection

from crm import apart, undoing
from crm.backups import back_up as write_backup
from crm.backups import forget_old


# Acknowledged at once: it may run for longer than the broker waits, and a second one beside it helps nobody.
@shared_task(queue="celery", acks_late=False, time_limit=3 * 3600, soft_time_limit=3 * 3600 - 60)
def back_up() -> None:
    """Write tonight's backup and forget the oldest; a second run the same night only makes one more."""
    write_backup(connection.settings_dict, settings.MEDIA_ROOT, settings.BACKUPS)
    forget_old(settings.BACKUPS)


@shared_task(time_limit=600)
def forget_undos() -> None:
    """Let go of what was kept of deeds that can be undone no more."""
    undoing.forget()


@shared_task(time_limit=60)
def forget_setbacks() -> None:
    """Forget what was put aside and does not exist any more."""
    apart.forget_setbacks()
