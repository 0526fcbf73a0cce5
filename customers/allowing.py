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
    """The most particular answer wins: that of an address before that of its channel."""
    words = {True: "yes", False: "no", None: "unasked"}
    whole = states.get((purpose, channel.key, None))
    mine = [point for point in points if point.channel == channel.spoken_over]
    each = [(point.value, words[states.get((purpose, channel.key, point.pk), whole)]) for point in mine]
    answers = {answer for _value, answer in each} or {words[whole]}
    allowing = {"yes", "unasked"} if purpose == Purpose.SERVICE else {"yes"}
    answer = answers.pop() if len(answers) == 1 else "differs"
    return Cell(
        purpose, channel.key, answer, any(one in allowing for _value, one in each), each if answer == "differs" else []
    )
