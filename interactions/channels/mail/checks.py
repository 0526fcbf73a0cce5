"""Is what comes in read? Walked by the page of health and `manage.py doctor`; the server is asked by its carrier."""

from datetime import timedelta

from django.conf import settings
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import health
from crm.health import OFF, SOON, STOPPED, WELL, Finding
from interactions.models import Mailbox, Unfiled

LATE = timedelta(minutes=10)  # a mailbox that was not read for longer has nobody who reads it


@health.check("mailboxes")
def mailboxes() -> Finding:
    """Each mailbox was read lately, and no mail had to be kept aside."""
    polled = list(Mailbox.objects.filter(is_polled=True))
    for mailbox in polled:
        if mailbox.trouble:
            words = f"{mailbox.address}: {mailbox.trouble}"
            return Finding(STOPPED, words, _("Check the mailbox's address, name and password."))
        if mailbox.polled_at and mailbox.polled_at < now() - LATE:
            words = _("%(address)s has not been read lately.") % {"address": mailbox.address}
            return Finding(SOON, words, _("Look whether worker and clock are running."))
    if Unfiled.objects.set_aside().exists():
        words = _("Some mail was not filed, and waits for somebody to look at it.")
        return Finding(SOON, words, _("Open Channels and mailboxes: each is there with its reason."))
    if any((settings.VAR / "unfiled").glob("*.eml")):
        return Finding(SOON, _("Some mail could not be filed and lies in var/unfiled."), _("Send us one of them."))
    if not polled:
        return Finding(OFF, _("No mailbox is read: answers come by the hook alone."), _("Set IMAP_URL to read one."))
    return Finding(WELL, _("Every mailbox is read."))
