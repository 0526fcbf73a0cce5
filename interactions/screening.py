"""A last look at one-to-many messages that a worker has in hand: much may have happened while they waited."""

from django.utils.timezone import now

from customers import channels, reach
from customers.models import ContactPoint, Customer
from interactions import holding, pacing
from interactions.models import Message
from staff.models import Organisation

Status = Message.Status
WHOSE = ("pk", "customer_id", "channel", "value")


def screened(messages: list[Message], worker: str) -> list[Message]:
    """Return those of a claimed batch that may leave now; the others are refused, or wait for a better hour."""
    return _awake(_welcome(messages, worker), worker)


def _welcome(messages: list[Message], worker: str) -> list[Message]:
    """Leave out messages whose reader said no, or complained, meanwhile, and mark them as refused."""
    many = [message for message in messages if message.is_marketing and message.customer_id]
    points = _points(many)
    complaining = pacing.complaining({message.customer_id for message in many if message.customer_id})
    unwelcome: dict[int, str] = {}
    for kind in {(message.channel, message.purpose) for message in many}:
        some = {m.pk: (m.customer_id, points[m.pk]) for m in many if (m.channel, m.purpose) == kind and m.customer_id}
        refused = reach.refusals(some.values(), *kind)
        unwelcome |= {pk: refused[pair] for pk, pair in some.items() if pair in refused}
        unwelcome |= {pk: complaining[customer] for pk, (customer, _point) in some.items() if customer in complaining}
    for reason in set(unwelcome.values()):
        theirs = [pk for pk, why in unwelcome.items() if why == reason]
        mine = Message.objects.filter(pk__in=theirs, worker=worker, status=Status.SENDING)
        mine.update(status=Status.REFUSED, reason=reason, worker="", lease_until=None)
    return [message for message in messages if message.pk not in unwelcome]


def _points(messages: list[Message]) -> dict[int, int]:
    """Return {message: its contact point}; 0 if its address was taken away and did not come back."""
    gone = {_whose(message) for message in messages if message.contact_point_id is None}
    back: dict[tuple[int | None, str, str], int] = {}
    if gone:
        same = ContactPoint.objects.filter(customer__in={pk for pk, _, _ in gone if pk})
        same = same.filter(value__in={address for _, _, address in gone})
        back = {(customer, kind, value): pk for pk, customer, kind, value in same.values_list(*WHOSE)}
    return {one.pk: one.contact_point_id or back.get(_whose(one), 0) for one in messages}


def _whose(message: Message) -> tuple[int | None, str, str]:
    channel = channels.of(message.channel)
    return message.customer_id, channel.spoken_over if channel else "", message.to_address


def _awake(messages: list[Message], worker: str) -> list[Message]:
    """Put off what waited for so long that its reader's quiet hours have begun."""
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
