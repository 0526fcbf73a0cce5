"""Bounces and complaints: what a mail server or a mailbox provider reports of a mail of ours, one report a recipient.

Looked for before anything else: real bounces also carry the marks of automatic answers. First the parts made for
machines (RFC 3464, RFC 5965), then the notes of one large sender, then the words of servers that know no standard.
"""

import re
from email.message import Message

from interactions.channels.mail.gateway import mime
from interactions.channels.mail.gateway.bounce_texts import Note, looks_like_bounce, notes, split_original
from interactions.channels.mail.gateway.contract import Kind, Report
from interactions.channels.mail.gateway.notifications import read_notification
from interactions.channels.mail.gateway.verdicts import Verdict, judge
from interactions.gateways.contract import Outcome

Fields = dict[str, str]
DETAIL_LENGTH = 500
MOST_REPORTS = 200
FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})\s*:\s*(.*)")
STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})")
SPOKEN = re.compile(r"(?i)^(?:smtp|unix|x-[\w-]+)\s*;\s*")  # of a Diagnostic-Code: whose words follow
ADDRESS = re.compile(r"[^\s<>;,\"'()]+@[^\s<>;,\"'()]+")
WENT_WELL = {"delivered", "relayed", "expanded"}


def read_reports(mail: Message) -> tuple[Kind, tuple[Report, ...]] | None:
    """Return the kind (BOUNCE or COMPLAINT) and what it says of each recipient, or None when it is neither."""
    parts = list(mime.leaves(mail))
    words, original = _words(parts)
    message_ref = _original_ref(parts, original)
    feedback = [part for part in parts if part.get_content_type() == "message/feedback-report"]
    if feedback:
        return Kind.COMPLAINT, _complaints(feedback[0], parts, words, message_ref)
    if mime.raw_header(mail, "x-apple-unsubscribe"):  # the reader pressed "unsubscribe"; Apple tells us by mail
        return Kind.COMPLAINT, (Report(_sender(mail), Outcome.COMPLAINT, reason="optout"),)
    noted = read_notification(words)
    if noted:
        return noted
    blocks = _recipient_blocks(parts, words)
    if blocks:
        alone = len(blocks) == 1
        return Kind.BOUNCE, tuple(
            _delivery(block, words, message_ref, is_only_one=alone) for block in blocks[:MOST_REPORTS]
        )
    if looks_like_bounce(mail, words):
        found = notes(words, _original_to(parts, original))
        return Kind.BOUNCE, tuple(_noted(note, words, message_ref) for note in found[:MOST_REPORTS])
    return None


def _sender(mail: Message) -> str:
    found = mime.addresses(mime.raw_header(mail, "from"))
    return found[0].email if found else ""


def _words(parts: list[Message]) -> tuple[str, str]:
    """Return what the server wrote for people, and the original mail if it stands below in the same text."""
    texts = [mime.text(part) for part in parts if part.get_content_type() == "text/plain"]
    if not texts:
        texts = [re.sub(r"<[^>@]*>", "\n", mime.text(part)) for part in parts if part.get_content_maintype() == "text"]
    if not any(text.strip() for text in texts):  # its parts are not where it says: take it as it stands
        texts = [mime.text(part) for part in parts]
    return split_original("\n".join(texts[:3]))


def _recipient_blocks(parts: list[Message], words: str) -> list[Fields]:
    """Return the fields about each recipient, from the part made for that or from a text that holds them."""
    status_parts = [part for part in parts if part.get_content_type().endswith("delivery-status")]
    source = "\n\n".join(_source(part) for part in status_parts) or words
    blocks = [_fields(block) for block in re.split(r"\n[ \t]*\n", source)]
    return [block for block in blocks if _recipient(block) and ("action" in block or "status" in block)]


def _source(part: Message) -> str:
    source = mime.content(part)
    return mime.text_of(source, "iso-2022-jp" if b"\x1b$" in source else "utf-8").replace("\r\n", "\n")


def _fields(block: str) -> Fields:
    fields: Fields = {}
    name = ""
    for line in block.split("\n"):
        found = FIELD.match(line.strip()) if not line.startswith((" ", "\t")) or not name else None
        if found and (name := found[1].lower()) not in fields:
            fields[name] = found[2].strip()
        elif name and line.strip():
            fields[name] = f"{fields[name]} {line.strip()}"[:4_000]
    return fields


def _recipient(fields: Fields) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        found = ADDRESS.search(mime.decoded(fields.get(name, "")))
        if found:
            return mime.spelled(found[0].removeprefix("rfc822;"))
    return "unknown" if fields.get("final-recipient") else ""


def _delivery(fields: Fields, words: str, message_ref: str, *, is_only_one: bool) -> Report:
    action = fields.get("action", "").split(" ")[0].split(";")[0].lower()
    status = _status(fields.get("status", ""))
    detail = fields.get("diagnostic-code", "")
    recipient = _recipient(fields)
    verdict = judge(detail, status=status, context=words)
    if verdict.reason == "undefined" or not detail:
        verdict = _fuller(verdict, judge(f"{detail} {words}", status=status))
    if verdict.outcome is Outcome.HARD and is_only_one and (other := judge(words)).reason == "mailboxfull":
        verdict = other  # two servers, two stories: believe the milder
    outcome = verdict.outcome
    if action in WENT_WELL or verdict.status.startswith("2."):
        verdict, outcome = Verdict(Outcome.DELIVERED, "delivered", verdict.status), Outcome.DELIVERED
    elif action == "delayed":
        outcome = Outcome.SOFT
    return Report(
        recipient=recipient if "@" in recipient else "",
        outcome=outcome,
        status=verdict.status,
        permanent=_permanent(action, verdict.status),
        action=action,
        reason=verdict.reason,
        detail=SPOKEN.sub("", mime.decoded(detail))[:DETAIL_LENGTH],
        original_message_ref=message_ref,
    )


def _fuller(first: Verdict, second: Verdict) -> Verdict:
    return second if second.reason != "undefined" else first


def _status(value: str) -> str:
    found = STATUS.search(value)
    return found[1] if found else ""


def _permanent(action: str, status: str) -> bool | None:
    if status:
        return status.startswith("5")
    return {"failed": True, "delayed": False, "delivered": False, "relayed": False, "expanded": False}.get(action)


def _noted(note: Note, words: str, message_ref: str) -> Report:
    verdict = judge(note.words, context=words)
    if verdict.reason == "undefined":
        verdict = _fuller(verdict, judge(words))
    return Report(
        recipient=note.recipient,
        outcome=verdict.outcome,
        status=verdict.status,
        permanent=_permanent("", verdict.status),
        reason=verdict.reason,
        detail=note.words[:DETAIL_LENGTH],
        original_message_ref=message_ref,
    )


def _complaints(feedback: Message, parts: list[Message], words: str, message_ref: str) -> tuple[Report, ...]:
    source = _source(feedback)
    lines = re.findall(r"(?im)^(?:original-rcpt-to|removal-recipient)\s*:\s*(.+)$", source)
    found = [mime.spelled(match) for line in lines for match in ADDRESS.findall(line)]
    recipients = list(dict.fromkeys(found)) or [_original_to(parts, "")]
    kind = _fields(source).get("feedback-type", "abuse")
    return tuple(
        Report(recipient, Outcome.COMPLAINT, reason="feedback", detail=kind[:100], original_message_ref=message_ref)
        for recipient in recipients[:MOST_REPORTS]
    )


def _original_headers(parts: list[Message], original: str) -> Message | None:
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "message/global", "message/partial") and part.is_multipart():
            return mime.enclosed(part)
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            return mime.parse(mime.text(part).lstrip().encode("utf-8", "replace"))
    return mime.parse(original.lstrip().encode("utf-8", "replace")) if original.strip() else None


def _original_ref(parts: list[Message], original: str) -> str:
    headers = _original_headers(parts, original)
    refs = mime.message_refs(mime.raw_header(headers, "message-id")) if headers else []
    if refs:
        return refs[0]
    found = re.search(r"(?im)^message-id:\s*<?([^<>\s]+@[^<>\s]+)", original)
    return found[1][:250] if found else ""


def _original_to(parts: list[Message], original: str) -> str:
    headers = _original_headers(parts, original)
    found = mime.addresses(mime.raw_header(headers, "to")) if headers else []
    return found[0].email if len(found) == 1 else ""
