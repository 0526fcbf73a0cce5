"""Bounces of servers that know no standard: what they wrote for people, taken apart."""

import re
from dataclasses import dataclass
from email.message import Message

from interactions.channels.mail.gateway import mime

TEXT_LENGTH = 60_000
SENDERS = re.compile(
    r"mailer-?daemon|postmaster|mail delivery (?:sub)?system|mail ?system|post_master|mail administrator"
    r"|poostmaster",
    re.IGNORECASE,
)
SUBJECTS = re.compile(
    r"undeliver|returned mail|returned to sender|returning message to sender|failure notice"
    r"|mail (?:delivery )?(?:failed|failure|error)"
    r"|delivery (?:status|failure|failed|notification|has failed|report)|could not be delivered"
    r"|not delivered|non remis"
    r"|エラー通知|mail system error|unzustellbar|mancata consegna|no se (?:pudo|puede) entregar"
    r"|nondeliverable|n.o entregue|rejected mail",
    re.IGNORECASE,
)
FAILURES = re.compile(
    r"could ?n[o']t be (?:delivered|sent)|not (?:be )?(?:able to )?deliver|undeliver"
    r"|delivery .{0,40}(?:failed|delayed|error|has failed)"
    r"|failed|failure|rejected|permanent (?:fatal )?error|unknown user|user unknown|did not reach"
    r"|returned|mailbox .{0,20}full"
    r"|\b5\d\d[ -]|error|unable to deliver|disabled|not in .{0,30}address|送信できません|не может быть доставлено",
    re.IGNORECASE,
)
ORIGINALS = re.compile(
    r"(?im)^[ \t>]*(?:-{2,}.{0,12}(?:this is a copy of|the (?:body|header) of the|original|returned"
    r"|below this line|forwarded|unsent|message (?:header|text)).{0,80}"
    r"|(?:original message|message headers?|message text|mail header) follows?\.?.{0,20}"
    r"|below is a copy of the original.{0,40}|original message headers:.{0,10}|-{3,}\s*(?:original"
    r"|returned) m.{0,40}"
    r"|.{0,30}text of (?:the )?(?:message|original).{0,30}:?"
    r"|received:\s+(?:from|by)\s.*|return-path:\s*<.*|-+original mail info.*)$"
)
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
ALONE = re.compile(  # a line that begins with an address, perhaps after a reply code
    r"^[ \t]*(?:>>>[ \t]*|recipient:?[ \t]*"
    r"|[45]\d\d[ -](?:\d\.\d+\.\d+ )?(?=<))?<?\"?([\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+\w)\"?>?(?=[:.,( \t\[<]|$)",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(?:unknown user|userid|recipient|delivered to|deliver(?:ing)?(?: your)? (?:message|mail) to"
    r"|undeliverable to|user|failed for|rcpt to|address|sent to):?\s*<?\"?"
    r"([\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Note:
    """recipient: "" when the server hides it; words: what it says of that one."""

    recipient: str
    words: str


def split_original(text: str) -> tuple[str, str]:
    """Return the server's own words, and the mail of ours that it put below them."""
    text = text[:TEXT_LENGTH]
    found = next((match for match in ORIGINALS.finditer(text) if ADDRESS.search(text[: match.start()])), None)
    found = found or ORIGINALS.search(text)
    if not found:
        return text, ""
    is_header = re.match(r"(?i)[ \t>]*(?:received|return-path):", found[0])
    return text[: found.start()], text[found.start() if is_header else found.end() :]


def looks_like_bounce(mail: Message, words: str) -> bool:
    """Say whether a mail without any part for machines reports a failure: by its sender, its subject and its words.

    Two of the three at least, and the words always: a person may well write about "delivery".
    """
    sender = mime.header(mail, "from") or mime.raw_header(mail, "return-path")
    marks = [
        bool(SENDERS.search(sender)) or mime.raw_header(mail, "return-path") == "<>" or sender.strip() in ("", "<>"),
        bool(SUBJECTS.search(mime.header(mail, "subject"))),
        bool(mime.raw_header(mail, "x-failed-recipients")),
    ]
    encloses = any(part.get_content_type() == "message/rfc822" for part in mime.leaves(mail))
    return (sum(marks) + encloses >= 2 or marks[0] or marks[2]) and bool(FAILURES.search(words) or sum(marks) >= 2)


def notes(words: str, original_to: str) -> list[Note]:
    """Return what the text says of each recipient; of the one it was sent to when it names nobody.

    A recipient's words go from the line that names it alone to the next such line; when no line does, all words count.
    """
    lines = words.split("\n")
    starts = [(number, found[1]) for number, line in enumerate(lines) if (found := ALONE.match(line))]
    starts = [(number, address) for number, address in starts if not _is_server(address)]
    if not starts:
        found = NAMED.search(words) or ADDRESS.search(words)
        address = found[found.lastindex or 0] if found else original_to
        return [Note(mime.spelled(address), _short(words))]
    by_recipient: dict[str, list[str]] = {}
    ends = [number for number, _ in starts[1:]] + [len(lines)]
    for (number, address), end in zip(starts, ends, strict=True):
        by_recipient.setdefault(mime.spelled(address), []).extend(lines[number:end])
    return [Note(address, _short("\n".join(own))) for address, own in by_recipient.items()]


def _is_server(address: str) -> bool:
    return bool(re.match(r"(?i)mailer-daemon|postmaster|support@", address))


def _short(words: str) -> str:
    return " ".join(words.split())[:4_000]
