"""The Celery application. Jobs live in each room's jobs.py; the clock's lines in crm/schedule.py."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("filo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks(related_name="jobs")
