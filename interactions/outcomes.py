"""How a call can end: eight outcomes with a digit each, and what follows. And what a message did by itself."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from crm.problems import Invalid
from crm.words import Words


class UnknownOutcome(Invalid):
    """There is no such outcome. Choose one of the eight."""

    code = "unknown_outcome"


@dataclass(frozen=True)
class Outcome:
    """key: stands in Interaction.outcome. digit: 1 to 8. Effects besides the record are told by the flags."""

    key: str
    digit: int
    label: Words
    is_complaint: bool = False  # the conversation becomes an open complaint
    wants_callback: bool = False  # a promise to call back is asked for, tomorrow if nobody says when
    refuses_calls: bool = False  # consent for offers and surveys by phone is withdrawn
    is_wrong_number: bool = False  # the number is not theirs
    settles: bool = False  # the conversation is done, unless something in it is still promised


OUTCOMES = (
    Outcome("wants_it", 1, _("Wants it, to confirm")),
    Outcome("interested", 2, _("Interested, decide later")),
    Outcome("answered", 3, _("Question answered"), settles=True),
    Outcome("complaint", 4, _("Complaint"), is_complaint=True),
    Outcome("call_back", 5, _("Call back"), wants_callback=True),
    Outcome("not_interested", 6, _("Not interested"), settles=True),
    Outcome("do_not_call", 7, _("Do not call again"), refuses_calls=True, settles=True),
    Outcome("wrong_number", 8, _("Wrong number"), is_wrong_number=True, settles=True),
)
MISSED = "missed"
STOPPED, STOPPED_TOO, STARTED = "stopped", "stopped_too", "started"  # a message that said STOP; and perhaps more; START
OTHERS = {
    MISSED: _("Nobody took it"),
    STOPPED: _("Obeyed: no more offers"),
    STOPPED_TOO: _("Obeyed: no more offers. It may mean something else, too"),
    STARTED: _("Obeyed: offers again"),
}
SILENT = (STOPPED, STARTED)  # words of theirs that want no answer
WRONG = tuple(outcome.key for outcome in OUTCOMES if outcome.is_wrong_number)  # nobody of theirs was on the line
_by_key = {outcome.key: outcome for outcome in OUTCOMES}
_by_digit = {str(outcome.digit): outcome for outcome in OUTCOMES}


def named(key: str) -> Outcome:
    """Return an outcome by its key or digit. Raises UnknownOutcome."""
    found = _by_key.get(key) or _by_digit.get(key)
    if found is None:
        raise UnknownOutcome
    return found


def label(key: str) -> str:
    """Return the words of an outcome as it stands in a record; "" for none."""
    found = _by_key.get(key)
    return str(found.label if found else OTHERS.get(key, ""))
