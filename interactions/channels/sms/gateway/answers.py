"""What the provider's answer to one message of ours says."""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from interactions.channels.sms.gateway import statuses
from interactions.channels.sms.gateway.numbers import are_same
from interactions.channels.sms.gateway.reading import REF
from interactions.channels.sms.gateway.statuses import Progress
from interactions.channels.sms.gateway.wire import HttpAnswer
from interactions.gateways.contract import Answer, Result

LONGEST_REASON = 500
# Trouble with the account as a whole: no message is to blame, so none is tried any more and none fails.
ACCOUNT_STATUSES = {401, 403, 404, 405, 407, 410, 426}
ACCOUNT_CODES = {20003, 20005, 20006, 20008, 20403, 20404, 20426, 30001, 30002}
OF_A_MESSAGE = 21_000  # error numbers from here on are about a message, whatever the HTTP status
# Trouble with one of our senders, or with our settings, which somebody may mend: the message is tried again for a
# while, the others go on.
SENDER_CODES = {
    20001, 20002,  # what we ask is not understood
    21212,  # From is no number
    21267,  # letters, on a trial account
    21603,  # no From
    21606, 21607, 21659, 21660, 21661,  # From is not ours, or takes no text messages
    21608,  # a trial account
    21609,  # the address of reports
    21611,  # From's queue is full
    30034,  # From is not registered
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One text message to one number. callback: where reports about it go; "" nowhere."""

    number: int  # of our row
    sender: str
    to: str
    body: str
    callback: str = ""


def result_of(text: OutgoingText, reply: HttpAnswer) -> Result:
    """Return what an answer says of the message that was handed over.

    POSTPONED with code 0: the account's trouble, the message was not even looked at. Only the provider's own words,
    JSON with its error number, are believed: what stands between us and it may speak too.
    """
    said = _said(reply.body)
    if 200 <= reply.status < 300:
        return _taken(text, reply, said)
    code, words = _code(said.get("code")), _words(said, reply.status)
    status = str(code or "")
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS or code == 20429:
        return Result(text.number, Answer.POSTPONED, reply.status, status, words)
    if _is_of_the_account(reply.status, code):
        return Result(text.number, Answer.POSTPONED, 0, status, words)
    if reply.status >= 500:
        is_told = bool(code) or reply.status == HTTPStatus.SERVICE_UNAVAILABLE
        return Result(text.number, Answer.POSTPONED if is_told else Answer.UNKNOWN, reply.status, status, words)
    if not code or code in SENDER_CODES or reply.status in (408, 425):
        return Result(text.number, Answer.POSTPONED, reply.status, status, words)
    return Result(text.number, Answer.REFUSED, reply.status, status, words, statuses.outcome_of(code))


def _is_of_the_account(status: int, code: int) -> bool:
    if code in ACCOUNT_CODES:
        return True
    return code < OF_A_MESSAGE and (status < 400 or status in ACCOUNT_STATUSES)


def _taken(text: OutgoingText, reply: HttpAnswer, said: dict[str, Any]) -> Result:
    """A yes is one to this message: it has an id, and names the number that it goes to."""
    ref, to = said.get("sid"), said.get("to")
    if not isinstance(ref, str) or not REF.fullmatch(ref) or (to is not None and not are_same(str(to), text.to)):
        words = "The answer is not one to this message."
        return Result(text.number, Answer.UNKNOWN, reply.status, reason=words)
    return as_listed(text.number, said, ref)


def as_listed(number: int, said: dict[str, Any], ref: str) -> Result:
    """Return what the provider's own row of a message says: it has it, or it had it and would not send it."""
    status, code = str(said.get("status") or ""), _code(said.get("error_code"))
    if statuses.step_of(status, code) is not Progress.LOST:
        return Result(number, Answer.ACCEPTED, HTTPStatus.CREATED, status, ref=ref)
    words = statuses.reason_of(code) or str(said.get("error_message") or status)
    outcome, reason = statuses.outcome_of(code), words[:LONGEST_REASON]
    return Result(number, Answer.REFUSED, HTTPStatus.CREATED, str(code or status), reason, outcome, ref)


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _code(value: object) -> int:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,6}", value):  # some write it as a text
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6 else 0


def _words(said: dict[str, Any], status: int) -> str:
    code = _code(said.get("code"))
    words = said.get("message") if code else ""
    told = statuses.reason_of(code) or (words if isinstance(words, str) else "")
    return " ".join((told or f"The provider's server answered {status}.").split())[:LONGEST_REASON]
