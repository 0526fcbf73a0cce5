"""What a mail says of one of ours: it came back, or was complained of."""

from django.db import transaction

from interactions import returning
from interactions.channels.mail import links
from interactions.channels.mail.gateway.contract import Incoming, Report
from interactions.gateways.contract import Outcome
from interactions.models import Message


def message_of(incoming: Incoming, report: Report | None = None) -> Message | None:
    """Return the message that a report is about: by its Message-ID, by the return path, or by what it refers to."""
    refs = [report.original_message_ref] if report else []
    refs += [incoming.in_reply_to, *reversed(incoming.references)]
    for ref in filter(None, refs):
        number = links.message_of_ref(ref)
        found = Message.objects.filter(pk=number).first() if number else None
        if found or (found := Message.objects.filter(message_ref=ref).first()):
            return found
    for address in incoming.recipients:
        if number := links.message_of_address(address.email):
            return Message.objects.filter(pk=number).first()
    return None


@transaction.atomic
def take(incoming: Incoming) -> Message | None:
    """Take every report of a bounce or complaint; return the message that it is about, None if it is none of ours."""
    found: Message | None = None
    for report in incoming.reports or (Report("", Outcome.SOFT),):
        message = message_of(incoming, report)
        found = found or message
        if message is not None:  # what names no message of ours marks nothing
            _note(message, report)
    return found


def _note(message: Message, report: Report) -> None:
    if report.outcome == Outcome.COMPLAINT:
        returning.complained(message)
    elif report.outcome == Outcome.HARD:
        returning.came_back(message, reason=report.detail or report.reason or report.status, is_hard=True)
    elif report.outcome == Outcome.SOFT and report.permanent:
        returning.came_back(message, reason=report.detail or report.reason, is_hard=False)
