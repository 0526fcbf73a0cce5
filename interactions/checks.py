"""Is mail going out and coming in? Walked by the health page, /readyz and `manage.py doctor`."""

from datetime import timedelta

from django.conf import settings
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import formats, health
from crm.health import OFF, SOON, STOPPED, WELL, Finding
from interactions import delivering, sleeping
from interactions.gateways.errors import GatewayError
from interactions.models import Mailbox, Message, Unfiled
from staff.models import Organisation

LATE = timedelta(minutes=10)  # due mail that waits for longer has nobody who sends it
Status = Message.Status


@health.check("mail")
def mail() -> Finding:
    """The mail server answers, and nothing due is left lying."""
    sender = delivering.sender_of_settings()
    where = f"{sender.host}:{sender.port}"
    try:
        sender.timeout = 5
        sender.connect()
    except GatewayError as error:
        words = _("The mail server %(where)s does not take our mail: %(why)s") % {"where": where, "why": error}
        return Finding(STOPPED, words, _("Check EMAIL_URL and that the server is up. Mail waits and loses nothing."))
    finally:
        sender.close()
    oldest = Message.objects.filter(status=Status.QUEUED, due_at__lt=now() - LATE).order_by("due_at").first()
    if oldest:
        words = _("Mail that was due at %(at)s has not left.") % {"at": f"{oldest.due_at:%H:%M} UTC"}
        return Finding(SOON, words, _("Look whether worker and clock are running."))
    if Message.objects.filter(status=Status.IN_DOUBT).exists():
        words = _("Some mail is in doubt: a worker died while the server was taking it, or a backup was restored.")
        return Finding(SOON, words, _("Settle it under Messages in doubt, or on the page of its campaign."))
    return Finding(WELL, _("%(where)s takes our mail.") % {"where": where})


@health.check("quiet hours")
def quiet_hours() -> Finding:
    """How many offers wait for their end: mail that does not leave has a reason."""
    organisation = Organisation.current()
    if organisation.quiet_from is None or organisation.quiet_until is None:
        return Finding(OFF, _("None are set: offers leave at any hour."))
    hours = {"start": f"{organisation.quiet_from:%H:%M}", "end": f"{organisation.quiet_until:%H:%M}"}
    dues = list(sleeping.asleep().order_by("due_at").values_list("due_at", flat=True)[: sleeping.COUNTED])
    if not dues:
        words = _("%(start)s to %(end)s in each customer's time zone. Nothing waits for their end.")
        return Finding(WELL, words % hours)
    count = formats.number(len(dues)) + ("+" if len(dues) == sleeping.COUNTED else "")
    words = _("%(start)s to %(end)s in each customer's time zone. %(count)s offers wait, the first until %(at)s.")
    return Finding(WELL, words % {**hours, "count": count, "at": formats.clock(dues[0])})


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
