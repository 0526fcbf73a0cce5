"""The Celery application. Jobs live in each room's jobs.py; the clock's lines in crm/schedule.py."""

import os

from celery import Celery
from celery.signals import celeryd_after_setup, task_prerun
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep

from crm import queues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("filo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks(related_name="jobs")


@celeryd_after_setup.connect
def serve_what_rooms_added(instance, **kwargs):
    """The queues of rooms are not known when settings are read: whoever serves the one beside them serves them too."""
    ours = instance.app.amqp.queues
    for name in list(queues.served_with(ours.consume_from)):
        ours.select_add(name)


@task_prerun.connect
def look_at_the_connection(task, **kwargs):
    """Begin each job as Django begins a request: a kept connection that broke is let go, before the job asks by it."""
    if not task.request.is_eager:
        close_old_connections()
