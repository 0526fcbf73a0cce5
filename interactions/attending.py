"""Whether calls may ring at an agent: what they chose by hand stands, else it follows the calls in their hand."""

from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.problems import Invalid
from interactions.models import Call
from staff.models import User

State = User.State
CHOICES = (State.AVAILABLE, State.WRAP_UP, State.BREAK, State.AWAY)
STANDING = (State.BREAK, State.AWAY)  # until the agent says otherwise; calls that they take meanwhile change nothing


def choose(agent: User, state: str) -> None:
    """Say by hand whether calls may ring. Raises Invalid for what nobody may choose."""
    if state not in CHOICES:
        raise Invalid(_("There is no such state."))
    User.objects.filter(pk=agent.pk).update(state=state, state_changed_at=now())


def follow(*agents: User | None) -> None:
    """Bring these agents' states up to date with the calls that they have in hand now."""
    for agent in sorted({agent for agent in agents if agent}, key=lambda agent: agent.pk):
        busy = set(Call.objects.in_hand_of(agent).values_list("status", flat=True))
        state = State.AVAILABLE
        if busy:
            state = State.ON_A_CALL if Call.Status.LIVE in busy else State.WRAP_UP
        moving = User.objects.filter(pk=agent.pk).exclude(state__in=(*STANDING, state))
        moving.update(state=state, state_changed_at=now())
