"""A last look at one-to-many mail that a worker has in hand: much may have happened while it waited."""

from django.utils.timezone import now

from customers import reach
from customers.models import ContactPoint, Customer
from interactions import holding, pacing
from interactions.models import Message
from staff.models import Organisation

Status = Message.Status


def screened(messages: list[Message], worker: str) -> list[Message]:
    """Return those of a claimed batch that may leave now; the others are refused, or wait for a better hour."""
    return _awake(_welcome(messages, worker), worker)


def _welcome(messages: list[Message], worker: str) -> list[Message]:
    """Leave out mail whose reader said no, or complained, while it waited, and mark it as refused."""
    many = [message for message in messages if message.is_marketing]
    refused: dict[int, str] = {}
    points = _points(many)
    for purpose in {message.purpose for message in many}:
        some = [(m.customer_id, points[m.pk]) for m in many if m.purpose == purpose and m.customer_id]
        refused |= reach.refusals(some, "email", purpose)
    refused |= pacing.complaining({message.customer_id for message in many if message.customer_id})
    unwelcome = {message.pk: refused[message.customer_id] for message in many if message.customer_id in refused}
    for pk, reason in unwelcome.items():
        mine = Message.objects.filter(pk=pk, worker=worker, status=Status.SENDING)
        mine.update(status=Status.REFUSED, reason=reason, worker="", lease_until=None)
    return [message for message in messages if message.pk not in unwelcome]


def _points(messages: list[Message]) -> dict[int, int]:
    """Return {message: its contact point}; 0 if its address was taken away and did not come back."""
    gone = {(message.customer_id, message.to_address) for message in messages if message.contact_point_id is None}
    back: dict[tuple[int | None, str], int] = {}
    if gone:
        same = ContactPoint.objects.filter(channel="email", customer__in={pk for pk, _ in gone if pk})
        same = same.filter(value__in={address for _, address in gone})
        back = {(customer, value): pk for customer, value, pk in same.values_list("customer_id", "value", "pk")}
    return {one.pk: one.contact_point_id or back.get((one.customer_id, one.to_address), 0) for one in messages}


def _awake(messages: list[Message], worker: str) -> list[Message]:
    """Put mail off that waited for so long that its reader's quiet hours have begun."""
    organisation, at = Organisation.current(), now()
    many = [message for message in messages if message.is_marketing]
    if organisation.quiet_from is None or not many:
        return messages
    readers = Customer.objects.filter(pk__in={message.customer_id for message in many if message.customer_id})
    zones = dict(readers.values_list("pk", "time_zone"))
    dues = {zone: pacing.due(at, zone, organisation) for zone in {"", *zones.values()}}
    late = {message.pk: dues[zones.get(message.customer_id or 0, "")] for message in many}
    for due_at in {due_at for due_at in late.values() if due_at > at}:
        asleep = [pk for pk, due in late.items() if due == due_at]
        mine = Message.objects.filter(pk__in=asleep, worker=worker, status=Status.SENDING)
        mine.update(status=Status.QUEUED, worker="", lease_until=None, due_at=holding.due_unless_held(due_at))
    return [message for message in messages if late.get(message.pk, at) <= at]
