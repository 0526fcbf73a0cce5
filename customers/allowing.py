"""What a customer allows, as a grid: channels × purposes, and where addresses differ; and who allows what, of many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from customers import channels
from customers.models import ConsentState, ContactPoint, Customer, Purpose
from customers.models.customer import CustomerQuerySet


@dataclass(frozen=True)
class Cell:
    """One purpose on one channel: "yes", "no", "unasked", or "differs" when its addresses have different answers."""

    purpose: str
    channel: str
    answer: str
    is_allowed: bool  # for one address at least
    details: list[tuple[str, str]]  # (address, its answer), where the answer is not the whole channel's
    refused_at: list[ContactPoint]  # of those addresses the ones that are refused alone


@dataclass(frozen=True)
class Row:
    """One channel of the grid, with a cell for each purpose."""

    channel: str
    label: str
    cells: list[Cell]


def grid(customer: Customer) -> list[Row]:
    """Return what a customer allows: channels × purposes, in the order of their lists. Two queries."""
    points = list(customer.contact_points.exclude(channel=ContactPoint.Channel.REFERENCE).order_by("pk"))
    states = {
        (state.purpose, state.channel, state.contact_point_id): state.is_given
        for state in ConsentState.objects.filter(customer=customer)
    }
    return [
        Row(one.key, str(one), [_cell(purpose, one, points, states) for purpose in Purpose.values])
        for one in channels.asked()
    ]


def _cell(purpose: str, channel: channels.Channel, points: list[ContactPoint], states: dict[tuple, bool]) -> Cell:
    """The most particular answer wins: that of an address before that of its channel.

    Where no address takes the channel (none is known, or a landline is), that of the channel is all that there is.
    """
    words = {True: "yes", False: "no", None: "unasked"}
    whole = states.get((purpose, channel.key, None))
    mine = {point: states.get((purpose, channel.key, point.pk), whole) for point in points if point.takes(channel)}
    answers = {words[is_given] for is_given in mine.values()} or {words[whole]}
    allowing = {"yes", "unasked"} if purpose == Purpose.SERVICE else {"yes"}
    is_allowed = not answers.isdisjoint(allowing)
    if len(answers) == 1:
        return Cell(purpose, channel.key, answers.pop(), is_allowed, [], [])
    details = [(point.value, words[is_given]) for point, is_given in mine.items()]
    refused = [point for point, is_given in mine.items() if is_given is False]
    return Cell(purpose, channel.key, "differs", is_allowed, details, refused)


def those_who_allow(rows: CustomerQuerySet, purpose: str, channel: str) -> CustomerQuerySet:
    """Narrow to those who gave consent for one address at least, or for all of the channel but not all are refused."""
    said = ConsentState.objects.filter(customer=OuterRef("pk"), purpose=purpose, channel=channel)
    alone = said.exclude(contact_point=None)
    refused = ConsentState.objects.filter(
        contact_point=OuterRef("pk"), purpose=purpose, channel=channel, is_given=False
    )  # fmt: skip
    points = ContactPoint.objects.taking(channels.named(channel)).filter(customer=OuterRef("pk"))
    is_open = Exists(alone.filter(is_given=True)) | ~Exists(alone) | Exists(points.exclude(Exists(refused)))
    return rows.filter(Exists(said.filter(is_given=True)), is_open)


def allowed_on(customers: Sequence[Customer], purpose: str) -> dict[int, set[str]]:
    """Return {customer: channels on which a purpose is allowed to one address at least}; who allows none is left out.

    One query, and one more where an address is refused alone.
    """
    states: dict[int, list[ConsentState]] = defaultdict(list)
    for state in ConsentState.objects.filter(customer__in=customers, purpose=purpose):
        states[state.customer_id].append(state)
    torn = [pk for pk, some in states.items() if any(not one.is_given and one.contact_point_id for one in some)]
    points: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.filter(customer__in=torn) if torn else ():
        points[point.customer_id].append(point)
    return {
        pk: found for pk, some in states.items() if (found := _allowed_on(purpose, some, points[pk], pk in torn))
    }  # fmt: skip


def _allowed_on(purpose: str, states: list[ConsentState], points: list[ContactPoint], is_torn: bool) -> set[str]:
    found = {state.channel for state in states if state.is_given}
    if not is_torn:
        return found
    said = {(state.purpose, state.channel, state.contact_point_id): state.is_given for state in states}
    return {key for key in found if _cell(purpose, channels.named(key), points, said).is_allowed}
