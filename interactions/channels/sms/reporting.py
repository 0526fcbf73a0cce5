"""What the provider reports of a text message of ours: in any order, twice, and before we wrote down that it left.

Each report proves that the provider has the message and tells what it calls it: so it is in doubt no more, and does not
leave again. The end is the same in whatever order reports come: what was delivered has arrived, whatever else is said.
"""

import structlog
from django.db import transaction

from interactions import paying, recovering, returning
from interactions.channels.sms.addressing import CHANNEL
from interactions.channels.sms.gateway import statuses
from interactions.channels.sms.gateway.reading import DeliveryReport
from interactions.channels.sms.gateway.statuses import Meaning, Progress
from interactions.gateways.contract import Outcome
from interactions.models import Interaction, Message

log = structlog.get_logger("filo.sms")


@transaction.atomic
def take(report: DeliveryReport) -> Message | None:
    """Note what a report says, and return the message that it is about; None if it is none of ours."""
    message, meaning = _message_of(report), statuses.meaning(report)
    if message is None or meaning.step is None:
        log.info("report of nothing", ref=report.ref, status=report.status, number=report.about.number)
        return None
    is_latest = message.message_ref in ("", report.ref)
    recovering.taken(message, ref="" if _is_anothers(report.ref, message) else report.ref)
    if report.parts and report.cost is not None and report.currency:  # an amount of what is none
        paying.billed(message, parts=report.parts, cost=report.cost, currency=report.currency)
    if meaning.step is Progress.ARRIVED:
        returning.delivered(message)
    elif meaning.step is Progress.LOST and is_latest:  # it was sent again since: that one counts
        _lost(message, meaning)
    return message


def _message_of(report: DeliveryReport) -> Message | None:
    """Return the row that the address names, else that with the provider's id; nobody else writes it meanwhile."""
    rows = Message.objects.filter(channel=CHANNEL).select_related("wording", "conversation", "customer")
    rows = rows.select_for_update(of=("self",), no_key=True)
    about = report.about
    named = rows.filter(pk=about.number, created_at=about.written_at).first() if about.written_at else None
    return named or rows.filter(message_ref=report.ref).first()


def _is_anothers(ref: str, message: Message) -> bool:
    """Tell whether the provider has called another message so: not all of them name each message once."""
    return Interaction.objects.filter(channel=CHANNEL, message_ref=ref).exclude(message=message.pk).exists()


def _lost(message: Message, meaning: Meaning) -> None:
    if meaning.outcome is Outcome.STOPPED:
        returning.stopped(message, proof=meaning.reason, at=message.sent_at)
    returning.came_back(message, reason=meaning.reason, is_hard=meaning.outcome is Outcome.HARD)
