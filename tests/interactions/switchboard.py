"""The telephone system of the tests: what it says of a call."""

from django.utils.timezone import now

from interactions import ringing
from interactions.gateways.calls.contract import Ring, State


def ring(state="ringing", ref="c1", number="+39 089 555 0147", agent=None, at=None):
    """Say what the telephone system says of one call; `agent` is a colleague."""
    return ringing.ring(Ring(ref, State(state), number, "+390895550100", agent and agent.email, at or now()))
