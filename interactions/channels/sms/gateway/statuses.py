"""What the provider's reports mean, each by itself: in whatever order they come, reporting.py ends at the same."""

from dataclasses import dataclass
from enum import Enum

from interactions.channels.sms.gateway.reading import DeliveryReport
from interactions.gateways.contract import Outcome


class Progress(Enum):
    """How far a message of ours has come."""

    TAKEN = 1  # the provider has it
    LEFT = 2  # the network has it
    LOST = 3  # it will not arrive
    ARRIVED = 4


PROGRESS = {
    "accepted": Progress.TAKEN,
    "scheduled": Progress.TAKEN,
    "queued": Progress.TAKEN,
    "sending": Progress.TAKEN,
    "sent": Progress.LEFT,
    "failed": Progress.LOST,
    "undelivered": Progress.LOST,
    "canceled": Progress.LOST,
    "delivered": Progress.ARRIVED,
    "partially_delivered": Progress.ARRIVED,
    "read": Progress.ARRIVED,
}

# The provider's error numbers that say something of the number that we wrote to; every other failure is SOFT.
DEAD = {
    21211: "there is no such number",
    21217: "there is no such number",
    21265: "a short number takes no messages from us",
    21268: "a premium number takes no messages",
    21614: "this number is not a mobile phone",
    21635: "this number is a landline",
    30005: "this number is unknown or no longer in use",
    30006: "this number is a landline, or its network cannot be reached",
}
STOPPED = {21610: "they told the provider to stop messages from this number of ours"}
# 30003 (switched off, no signal), 30004 (blocked), 30007 (filtered), 30008 (unknown) … say nothing of the number.


@dataclass(frozen=True, slots=True)
class Meaning:
    """step: None for a report that says nothing. outcome: None while nothing is to be noted of the address."""

    step: Progress | None
    outcome: Outcome | None = None
    reason: str = ""


def outcome_of(code: int) -> Outcome:
    """Return what an error number says of the number that was written to."""
    if code in STOPPED:
        return Outcome.STOPPED
    return Outcome.HARD if code in DEAD else Outcome.SOFT


def reason_of(code: int) -> str:
    """Return in words what an error number says of the number that was written to, "" if it says nothing."""
    return DEAD.get(code) or STOPPED.get(code, "")


def step_of(status: str, code: int) -> Progress | None:
    """Return how far a message has come. Of a status that we do not know: the provider has it, or with an error number
    had it; None without one.
    """
    return PROGRESS.get(status) or ((Progress.LOST if code else Progress.TAKEN) if status else None)


def meaning(report: DeliveryReport) -> Meaning:
    """Return what a report means."""
    step = step_of(report.status, report.code)
    if step is Progress.ARRIVED:
        return Meaning(step, Outcome.DELIVERED)
    if step is not Progress.LOST:
        return Meaning(step)
    words = reason_of(report.code) or report.reason or report.status
    return Meaning(step, outcome_of(report.code), f"{report.code} {words}".removeprefix("0 "))
