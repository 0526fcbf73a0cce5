"""The development mailbox's place in the navigation and its line of health."""

import socket

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import health, shell

shell.place(
    "devmail",
    label=_("Test mailbox"),
    icon="mail-open",
    url_name="devmail:box",
    right="devmail.view",
    group="Data",
    order=900,
)


@health.check("test mailbox")
def test_mailbox() -> health.Finding:
    try:
        with socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=2):
            return health.Finding(health.WELL, gettext("Every mail that would leave is caught here."))
    except OSError:
        return health.Finding(
            health.STOPPED, gettext("Nobody takes our mail."), gettext("Start it: python manage.py up")
        )
