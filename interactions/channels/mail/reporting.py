"""What the outside says of our mail: came back, refused, complained of. Only a hard word marks an address."""

from django.db import transaction
from django.utils.timezone import now

from crm.events.recording import record
from customers import consenting
from customers.models import ContactPoint
from customers.touch import touch
from interactions import links
from interactions.channels.mail.gateway.contract import Incoming, Report
from interactions.gateways.contract import Outcome, Result
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
def reported(incoming: Incoming) -> Message | None:
    """Take every report of a bounce or complaint; return the message that it is about, None if it is none of ours."""
    found: Message | None = None
    for report in incoming.reports or (Report("", Outcome.SOFT),):
        message = message_of(incoming, report)
        found = found or message
        if report.outcome == Outcome.HARD:
            _bounced(message, report)
        elif report.outcome == Outcome.COMPLAINT:
            _complained(message, report)
        elif message and report.outcome == Outcome.SOFT and report.permanent:
            _came_back(message, report.detail or report.reason)
    return found


@transaction.atomic
def refused(message: Message, result: Result) -> None:
    """Our own server refused a mail for good; a dead address is marked, a policy says nothing about it."""
    report = Report(message.to_address, result.outcome or Outcome.SOFT, result.status, True, detail=result.reason)
    if result.outcome == Outcome.HARD:
        _bounced(message, report)
    else:
        record("message.bounced", about=message, customer=message.customer, reason=result.reason, hard=False)


def _came_back(message: Message, reason: str) -> None:
    if Message.objects.filter(pk=message.pk, bounced_at=None).update(bounced_at=now(), reason=reason[:500]):
        record("message.bounced", about=message, customer=message.customer, reason=reason, hard=False)


def _bounced(message: Message | None, report: Report) -> None:
    """The address does not exist: nothing is sent there until a person says that it works again."""
    reason = (report.detail or report.reason or report.status)[:300]
    if message:
        Message.objects.filter(pk=message.pk, bounced_at=None).update(bounced_at=now(), reason=reason)
        record("message.bounced", about=message, customer=message.customer, reason=reason, hard=True)
    for point in _points(message, report).filter(bounced_at=None):
        ContactPoint.objects.filter(pk=point.pk).update(bounced_at=now(), bounce_reason=reason)
        record("contact_point.bounced", about=point, customer=point.customer, address=point.value, reason=reason)
        touch([point.customer_id])


def _complained(message: Message | None, report: Report) -> None:
    """They called it spam: nothing but service any more, to nobody at this address."""
    for point in _points(message, report):
        ContactPoint.objects.filter(pk=point.pk, complained_at=None).update(complained_at=now())
        purpose = message.purpose if message and message.is_marketing else "offers"
        proof = f"Complaint about {message.message_ref}" if message else "Complaint"
        consenting.withdraw(point.customer, purpose, "email", point, source="complaint", proof=proof)


def _points(message: Message | None, report: Report):
    """The addresses that a report speaks of: of our message, else those of the recipient that it names.

    A report that names nobody and no message of ours marks nothing.
    """
    points = ContactPoint.objects.filter(channel="email").select_related("customer")
    if message:
        return points.filter(value=message.to_address)
    return points.none()
