"""What the page of the channels shows of mail: the mailboxes that are read, and the mails that were set aside."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from crm import panels
from interactions.channels.mail.carrier import MailCarrier
from interactions.models import Mailbox, Unfiled

UNFILED = 50  # mails that were set aside, the newest


@panels.panel(f"channel.{MailCarrier.channel}", "mailboxes", order=10)
def mailboxes(request: HttpRequest, carrier) -> str:
    rows = list(Mailbox.objects.select_related("team").order_by("address"))
    return render_to_string("interactions/_mailboxes.html", {"mailboxes": rows}, request)


@panels.panel(f"channel.{MailCarrier.channel}", "set aside", order=20)
def set_aside(request: HttpRequest, carrier) -> str:
    rows = Unfiled.objects.set_aside().select_related("mailbox").order_by("-set_aside_at")[:UNFILED]
    unfiled = list(rows)
    return render_to_string("interactions/_unfiled.html", {"unfiled": unfiled}, request) if unfiled else ""
