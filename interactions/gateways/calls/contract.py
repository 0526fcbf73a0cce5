"""What a telephone system tells us: one ring, in plain values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Ring:
    """One change of one call."""

    call_ref: str  # the telephone system's own id of the call
    state: State
    from_number: str  # "" when withheld; what was sent where it is no number
    to_number: str  # "" when not told
    agent_email: str | None  # None: it rings at all who are available
    at: datetime  # aware, UTC
