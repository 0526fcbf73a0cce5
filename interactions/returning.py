"""What the outside says of a message of ours, on any channel: it arrived, came back, was refused, complained of.

Only a hard word marks an address. What the channel that an address is named after says of it holds for all channels: a
mailbox that takes no mail is dead. What another channel says holds for that one: a number that takes no text message
still rings.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from crm.events.recording import record
from customers import channels, consenting, contacting, stopping
from customers.models import ContactPoint, Purpose
from customers.touch import touch
from interactions import thread
from interactions.conversations import settling
from interactions.gateways.contract import Outcome, Result
from interactions.models import Message

LONGEST_REASON = 300  # characters of the column
STOP = "STOP"  # source of a consent: what START takes back


@transaction.atomic
def delivered(message: Message, *, at: datetime | None = None) -> None:
    """It arrived, the other side reports: at that moment, or now. Told again, the first moment stays; what was told
    before, that it had not arrived, is true no more, nor what that said of the address.
    """
    mine = Message.objects.filter(pk=message.pk)
    mine.filter(delivered_at=None).update(delivered_at=at or now())
    why = mine.filter(bounced_at__isnull=False).values_list("reason", flat=True).first()
    if why is None:
        return
    mine.update(bounced_at=None, reason="")
    if point := _points(message).filter(dead_on__has_key=message.channel).first():
        contacting.mark_alive(point, message.channel, why)
    _draw_card(message)


@transaction.atomic
def came_back(message: Message, *, reason: str, is_hard: bool) -> None:
    """It was taken and did not arrive: what it should have answered waits again. What was delivered does not come back.

    is_hard: the address does not exist; nothing is sent there any more, until a person says that it works again.
    """
    mine = Message.objects.filter(pk=message.pk)
    if mine.filter(delivered_at__isnull=False).exists():
        return
    is_news = mine.filter(bounced_at=None).update(bounced_at=now(), reason=reason[:500])
    points = _alive(message) if is_hard else []
    if is_news or points:
        _tell(message, reason, is_hard=is_hard)
    if is_news:
        _draw_card(message)
    if points and points[0].channel != message.channel:
        contacting.mark_dead(points[0], message.channel, reason)
        return
    for point in points:
        _bounced(point, reason[:LONGEST_REASON])


@transaction.atomic
def refused(message: Message, result: Result) -> None:
    """It was not even taken, for good: what that says of the address is believed; a policy says nothing about it."""
    if result.outcome == Outcome.HARD:
        came_back(message, reason=result.reason or result.status, is_hard=True)
        return
    _tell(message, result.reason, is_hard=False)
    if result.outcome == Outcome.STOPPED:
        stopped(message, proof=result.reason)


@transaction.atomic
def complained(message: Message) -> None:
    """They called it spam: nothing but service any more on its channel, to nobody at this address."""
    purpose = message.purpose if message.is_marketing else Purpose.OFFERS
    for point in _points(message):
        ContactPoint.objects.filter(pk=point.pk, complained_at=None).update(complained_at=now())
        about = f"Complaint about {message.message_ref or message.pk}"
        consenting.withdraw(point.customer, purpose, message.channel, point, source="complaint", proof=about)


def stopped(message: Message, *, proof: str, at: datetime | None = None) -> None:
    """They told the provider that they want no more: nothing but service on its channel, as if they had told us.

    at: when, or before; None: now. What they told us later counts.
    """
    stopping.withdraw_at(message.to_address, message.channel, source=STOP, proof=proof[:500], at=at)


def _draw_card(message: Message) -> None:
    """Work out anew whether a personal message has answered them."""
    message.refresh_from_db(fields=["conversation"])
    if message.conversation is not None and not message.is_marketing:
        thread.redraw(message.conversation)
        settling.reopen_if_waiting(message.conversation, because="Our answer did not arrive.")


def _points(message: Message) -> QuerySet[ContactPoint]:
    """Everybody's own row of the address that the message went to."""
    kind = channels.named(message.channel).spoken_over
    points = ContactPoint.objects.filter(channel=kind, value=message.to_address, system="")
    return points.select_related("customer").order_by("pk")


def _alive(message: Message) -> list[ContactPoint]:
    """Those that are not known to be dead; in hand, so that two reports at once are not news twice.

    Somebody may have said since it left that the address works: then it says nothing any more. Reports come twice.
    """
    points = _points(message).filter(bounced_at=None).select_for_update(of=("self",), no_key=True)
    points = points.exclude(verified_at__gt=message.sent_at or message.created_at)
    return [point for point in points if message.channel not in point.dead_on]


def _tell(message: Message, reason: str, *, is_hard: bool) -> None:
    record("message.bounced", about=message, customer=message.customer, reason=reason, hard=is_hard)


def _bounced(point: ContactPoint, reason: str) -> None:
    ContactPoint.objects.filter(pk=point.pk).update(bounced_at=now(), bounce_reason=reason)
    about = {"address": point.value, "channel": point.channel, "reason": reason}
    record("contact_point.bounced", about=point, customer=point.customer, **about)
    touch([point.customer_id])
