"""The body of the call hook → a `Ring`, or words that say what is wrong with it.

What names the call and its state is demanded. Nothing else keeps a telephone from ringing: what cannot be read of it
counts as not told, and a caller who is no number is shown as they were sent.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime

from interactions.gateways.calls.callers import caller
from interactions.gateways.calls.contract import Ring, State
from interactions.gateways.errors import Unreadable

LONGEST = 200  # characters of a number or an address; more says nothing
MILLISECONDS = 100_000_000_000  # a moment beyond this many seconds, the year 5138, was counted in thousandths
BODY_BYTES = 64 * 1024


def read(body: bytes) -> Ring:
    """Return what the telephone system says. Raises Unreadable: which field, and what it must be.

    {"call": id, "state": "ringing|answered|ended", "from": "+39…", "to": "+39…", "agent": e-mail or null,
    "at": ISO 8601 with an offset, or seconds since 1970}. An empty or absent "from" is a withheld number; without "at"
    it is now; unknown fields are ignored.
    """
    fields = _object(body)
    return Ring(
        call_ref=_call_ref(fields),
        state=_state(fields.get("state")),
        from_number=caller(_text(fields, "from")),
        to_number=caller(_text(fields, "to")),
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
    call_ref = _written(fields.get("call"))
    if not call_ref:
        raise Unreadable('"call" is missing: the telephone system\'s id of the call.')
    return call_ref


def _text(fields: dict[str, object], name: str) -> str:
    return _written(fields.get(name))[:LONGEST]


def _written(value: object) -> str:
    """Return a text or a number as it is written, without signs that nobody can see; "" of anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return "".join(sign for sign in str(value) if sign.isprintable()).strip()


def _state(value: object) -> State:
    try:
        return State(_written(value).lower())
    except ValueError as error:
        raise Unreadable('"state" must be "ringing", "answered" or "ended".') from error


def _moment(value: object) -> datetime:
    """Return when it was by their clock; now by ours, if that cannot be read."""
    text = "" if isinstance(value, bool) else str(value).strip()
    for read_as in (_counted, _dated):
        with suppress(ValueError, OverflowError, OSError):
            return read_as(text)
    return datetime.now(UTC)


def _counted(text: str) -> datetime:
    seconds = float(text)
    return datetime.fromtimestamp(seconds / 1_000 if seconds > MILLISECONDS else seconds, UTC)


def _dated(text: str) -> datetime:
    """Without an offset it is taken for UTC: what counts is how far the moments of one call lie apart."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.utcoffset() is not None else at.replace(tzinfo=UTC)
