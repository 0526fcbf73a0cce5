"""What a customer allows, as a grid: channels × purposes, and where addresses differ."""

from dataclasses import dataclass

from customers import channels
from customers.models import ConsentState, ContactPoint, Customer, Purpose


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
