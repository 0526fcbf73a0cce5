"""The body of the call hook → a `Ring`, or words that say what is wrong with it."""

import json
import re
from datetime import UTC, datetime

from interactions.gateways.calls.contract import Ring, State
from interactions.gateways.errors import Unreadable

LONGEST = 200  # characters of an id, a number or an address
NUMBER = re.compile(r"(?:tel:)?\+?[\s().\-/*#]*\d[\d\s().\-/*#]*", re.IGNORECASE)
WITHHELD = ("anonymous", "private", "restricted", "unavailable", "unknown", "withheld")  # what some systems send
BODY_BYTES = 64 * 1024


def read(body: bytes) -> Ring:
    """Return what the telephone system says. Raises Unreadable: which field, and what it must be.

    {"call": id, "state": "ringing|answered|ended", "from": "+39…", "to": "+39…", "agent": e-mail or null,
    "at": ISO 8601 with an offset}. An empty or absent "from" is a withheld number; unknown fields are ignored.
    """
    fields = _object(body)
    return Ring(
        call_ref=_call_ref(fields),
        state=_state(fields.get("state")),
        from_number=_caller(fields),
        to_number=_text(fields, "to"),
        agent_email=_text(fields, "agent").lower() or None,
        at=_moment(fields.get("at")),
    )


def _object(body: bytes) -> dict[str, object]:
    if len(body) > BODY_BYTES:
        raise Unreadable(f"The body is longer than {BODY_BYTES} bytes.")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON in UTF-8.") from error
    if not isinstance(fields, dict):
        raise Unreadable("The body is not a JSON object.")
    return fields


def _call_ref(fields: dict[str, object]) -> str:
    call = fields.get("call")
    if isinstance(call, int) and not isinstance(call, bool):
        fields = {"call": str(call)}  # some systems number their calls
    call_ref = _text(fields, "call")
    if not call_ref:
        raise Unreadable('"call" is missing: the telephone system\'s id of the call.')
    return call_ref


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise Unreadable(f'"{name}" must be a text of at most {LONGEST} printable characters, or null.')
    return value.strip()


def _caller(fields: dict[str, object]) -> str:
    text = _text(fields, "from")
    if text.lower() in WITHHELD:
        return ""
    if text and not NUMBER.fullmatch(text):
        raise Unreadable('"from" must be a number such as "+390895550147", or empty when it is withheld.')
    return text


def _state(value: object) -> State:
    try:
        return State(str(value))
    except ValueError as error:
        raise Unreadable('"state" must be "ringing", "answered" or "ended".') from error


def _moment(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        at = at and at.astimezone(UTC) if at and at.utcoffset() is not None else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise Unreadable('"at" must be a moment in ISO 8601 with its offset, such as "2026-03-01T09:30:00+01:00".')
    return at
