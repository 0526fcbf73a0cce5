"""A mail server's words about a refusal → what they say about the address.

Only words that say "nobody lives here" make a HARD verdict; whatever is about us, the mail, a full box or the weather
is SOFT, and so is what we do not understand: an address lost is a customer lost, a mail too many is a nuisance.
So the soft rules come first, and "5.x" alone never decides.
"""

import re
from dataclasses import dataclass

from interactions.channels.mail.gateway.phrases import ORDER, WEAK_REASONS
from interactions.gateways.contract import Outcome

TEXT_LENGTH = 4_000  # characters that are looked at
LINKS = re.compile(r"https?://\S+")
ADDRESSES = re.compile(r"<?[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+\w>?")  # their names are not the server's words
AT_DATA = re.compile(
    r"in reply to (?:end of )?DATA|after end of data|>>> ?DATA|SMTP command DATA|\[DATA\]"
    r"|text command",
    re.IGNORECASE,
)
AT_RCPT = re.compile(r"RCPT[ _]TO|to RCPT|after RCPT|command RCPT|does not like recipient", re.IGNORECASE)
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
CODE = re.compile(r"(?<![\d.#])([245][0-5]\d)(?=[- ]|$)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """reason: one short word, "undefined" when the words say nothing known; status: the most telling one, or ""."""

    outcome: Outcome
    reason: str
    status: str


HARD_STATUS = {"5.1.1": "userunknown", "5.1.2": "hostunknown", "5.1.6": "hasmoved", "5.1.10": "userunknown"}
SOFT_STATUS = {"5.2.2": "mailboxfull", "5.2.3": "mesgtoobig", "5.3.4": "mesgtoobig", "5.7.26": "authfailure"}
SOFT_STATUS |= {"5.2.1": "suspend", "5.7.25": "requireptr", "5.4.6": "networkerror", "5.4.7": "expired"}
SOFT_STATUS |= {"5.1.7": "rejected", "5.1.8": "rejected"}


def judge(text: str, *, status: str = "", code: int = 0, context: str = "") -> Verdict:
    """Return what a refusal says. text: the server's words; status, code: as given beside them, "" and 0 if not.

    context: what stands around them; it may tell at which command the refusal came.
    """
    words = " ".join(text[:TEXT_LENGTH].split())
    status = telling_status(words, status)
    around = f"{words} {context[:TEXT_LENGTH]}"
    words = ADDRESSES.sub("address", LINKS.sub(" ", words))
    reason, outcome = _reason(words, status)
    if reason == "userunknown" and status not in HARD_STATUS and _is_filter(around, status):
        return Verdict(Outcome.SOFT, "filtered", status)
    is_passing = status.startswith("4") or (not status and 400 <= (code or _code(words)) < 500)
    if is_passing and outcome is Outcome.HARD:
        outcome = Outcome.SOFT
    return Verdict(outcome, reason, status)


def _is_filter(around: str, status: str) -> bool:
    """Say whether "user unknown" is a filter speaking: it took the recipient first, or says two things at once."""
    return not AT_RCPT.search(around) and bool(AT_DATA.search(around) or status.startswith(("5.2.", "5.7.")))


def _reason(words: str, status: str) -> tuple[str, Outcome]:
    for reasons, outcome in ORDER[1:] if status in HARD_STATUS else ORDER:
        for reason, pattern in reasons:
            if pattern.search(words):
                return reason, outcome
    for reason, pattern in WEAK_REASONS:
        if pattern.search(words) and status not in HARD_STATUS:
            return reason, Outcome.SOFT
    if status in SOFT_STATUS:
        return SOFT_STATUS[status], Outcome.SOFT
    if status in HARD_STATUS:
        return HARD_STATUS[status], Outcome.HARD
    return "undefined", Outcome.SOFT


def telling_status(words: str, status: str) -> str:
    """Return the status that says most: one within the words beats a general "5.0.0" beside them."""
    if status and not status.endswith(".0.0"):
        return status
    within = [found for found in STATUS.findall(words) if not found.endswith(".0.0")]
    return within[0] if within else status


def _code(words: str) -> int:
    found = CODE.search(words)
    return int(found[1]) if found else 0
