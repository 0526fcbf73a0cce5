"""What every channel's gateway takes and gives: plain values, no Django, no database."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from interactions.gateways.errors import in_one_line

Tick = Callable[[int], None]  # takes the number of a row: a line of the crash journal


class Outcome(StrEnum):
    """What the outside says of one recipient.

    HARD: the address does not exist (any more). SOFT: anything else that went wrong: full, blocked, policy, content,
    time; it says nothing about the address. DELIVERED: it did arrive. COMPLAINT: the reader called it spam. STOPPED:
    they told the provider that they want no more of it.
    """

    HARD = "hard"
    SOFT = "soft"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    STOPPED = "stopped"


class Answer(StrEnum):
    """What became of one message that was handed over."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: never again as it is
    POSTPONED = "postponed"  # not now, or not handed over at all: try again later
    UNKNOWN = "unknown"  # the line broke between the last byte and the answer: in doubt


@dataclass(frozen=True, slots=True)
class Result:
    """The server's answer to one message."""

    number: int
    answer: Answer
    code: int = 0  # the server's reply code; 0 when there was none
    status: str = ""  # enhanced status, "5.1.1"; the provider's own error number; "" when there was none
    reason: str = ""  # the server's words, at most 500 characters; whatever they hold, they are kept in one line
    outcome: Outcome | None = None  # of a refusal: does it say that the address is dead (HARD)?
    ref: str = ""  # what the other side calls it, where that cannot be made from its number

    def __post_init__(self) -> None:
        for name in ("status", "reason"):
            object.__setattr__(self, name, in_one_line(getattr(self, name)))

    @property
    def permanent(self) -> bool:
        return self.answer is Answer.REFUSED
