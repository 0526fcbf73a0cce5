"""Bounces and complaints as JSON in a mail: the notification topics of Amazon SES."""

import json
from typing import Any

from interactions.channels.mail.gateway.contract import Kind, Report
from interactions.channels.mail.gateway.mime import spelled
from interactions.channels.mail.gateway.verdicts import judge
from interactions.gateways.contract import Outcome

MOST = 200


def read_notification(text: str) -> tuple[Kind, tuple[Report, ...]] | None:
    """Return kind and reports of a mail whose text is such a notification, or None."""
    if not text.lstrip().startswith("{") or not any(word in text for word in ("notificationType", "eventType")):
        return None
    note = _object(text)
    if isinstance(note.get("Message"), str):  # the topic wraps it in another JSON
        note = _object(note["Message"])
    kind = str(note.get("notificationType") or note.get("eventType") or "")
    mail = note.get("mail") if isinstance(note.get("mail"), dict) else {}
    ref = _original_ref(mail or {})
    if kind == "Bounce":
        return Kind.BOUNCE, tuple(
            _bounce(note["bounce"], one, ref) for one in _people(note, "bounce", "bouncedRecipients")
        )
    if kind == "Complaint":
        people = _people(note, "complaint", "complainedRecipients")
        return Kind.COMPLAINT, tuple(
            Report(_address(one), Outcome.COMPLAINT, reason="feedback", original_message_ref=ref) for one in people
        )
    if kind == "Delivery":
        people = [{"emailAddress": one} for one in _list(note, "delivery", "recipients")]
        return Kind.BOUNCE, tuple(
            Report(_address(one), Outcome.DELIVERED, "2.6.0", False, "delivered", "delivered", "", ref)
            for one in people
        )
    return None


def _object(text: str) -> dict[str, Any]:
    try:
        # notifications wrapped by a mail server on their way have line breaks in the middle of words
        value, _ = json.JSONDecoder(strict=False).raw_decode(text.strip().replace("\n ", ""))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _list(note: dict[str, Any], *path: str) -> list[Any]:
    value: Any = note
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value[:MOST] if isinstance(value, list) else []


def _people(note: dict[str, Any], *path: str) -> list[dict[str, Any]]:
    return [one for one in _list(note, *path) if isinstance(one, dict)]


def _address(one: dict[str, Any]) -> str:
    return spelled(str(one.get("emailAddress", "")))


def _bounce(bounce: dict[str, Any], one: dict[str, Any], ref: str) -> Report:
    words = str(one.get("diagnosticCode", ""))
    verdict = judge(words, status=str(one.get("status", "")))
    is_passing = bounce.get("bounceType") != "Permanent"
    return Report(
        recipient=_address(one),
        outcome=Outcome.SOFT if is_passing else verdict.outcome,
        status=verdict.status,
        permanent=not is_passing,
        action=str(one.get("action", "")).lower()[:20],
        reason=verdict.reason,
        detail=words[:500],
        original_message_ref=ref,
    )


def _original_ref(mail: dict[str, Any]) -> str:
    named = mail.get("commonHeaders")
    value = named.get("messageId") if isinstance(named, dict) else None
    headers = mail.get("headers") if isinstance(mail.get("headers"), list) else []
    for one in headers or []:
        if isinstance(one, dict) and str(one.get("name", "")).lower() == "message-id":
            value = one.get("value")
    return str(value or "").strip("<> ")[:250]
