"""An answer → what they wrote now, and what they quote. In any language, and rather a line too much than one too few.

Three marks of a quotation: lines that begin with ">", the line that leads them in ("On Monday Anna wrote:"), and the
block of headers that Outlook puts above the whole old mail. Signatures stay: they are the customer's words too.
"""

import re
from collections.abc import Iterable

INTRO_LINES = 4  # mail programs wrap the line that leads in
HEADER_LINES = 8  # Outlook's block is no longer
QUOTED = re.compile(r"^[ \t]{0,3}(?:>|&gt;|\|(?= ))")
DATED = re.compile(
    r"\d{1,4}[./\-年]\s?\d{1,2}[./\-月]|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d{2}\b|<[^<>\s]+@[^<>\s]+>",
)
WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|a écrit|ha scritto|scrive|escribi[óo]|escribe|escreveu|scrisse|schreef"
    r"|skrev|napisał\(?a?\)?|написал\w*|"
    r"пише|пишет|kirjoitti|yazdı|a scris|napsal\w*|írta|έγραψε|said)\b|写道|寫道|のメール|さんは書きました|작성:",
    re.IGNORECASE,
)
ENDS_INTRO = re.compile(r"[:：]\s*$")
SEPARATOR = re.compile(
    r"^[ \t]*-{2,}[ \t]*(?:original (?:message|appointment|e-?mail)|forwarded (?:message|by)"
    r"|messaggio (?:originale|inoltrato)|mensaje original|"
    r"mensagem original|mensagem encaminhada|message (?:d'origine|original|transféré)"
    r"|ursprüngliche nachricht|originalnachricht|"
    r"oorspronkelijk bericht|originalmeddelande|исходное сообщение|reply message|原始邮件"
    r"|元のメッセージ)[^\n]{0,40}?-*[ \t]*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[ \t]*[_=\-*]{8,}[ \t]*$")
FIELD = re.compile(r"^[ \t]*\*?([^\W\d_][\w\-' ]{0,20}?)\s?(?:[:：]\*?|\*[:：])(?:[ \t]|$)")
FROM = {"from", "von", "de", "da", "van", "från", "fra", "od", "от", "mittente", "发件人", "差出人", "보낸 사람"}
OTHERS = {
    *("to", "an", "a", "para", "à", "aan", "till", "til", "do", "кому", "destinatario", "收件人", "宛先", "받는 사람"),
    *("sent", "date", "gesendet", "datum", "inviato", "data", "enviado", "enviada", "envoyé", "fecha", "verzonden"),
    *("skickat", "sendt", "wysłano", "отправлено", "дата", "发送时间", "日期", "送信日時", "보낸 날짜", "enviado el"),
    *("subject", "betreff", "oggetto", "asunto", "assunto", "objet", "onderwerp", "ämne", "emne", "temat", "тема"),
    *("主题", "件名", "제목", "cc", "cco", "bcc", "enviado em", "enviada em", "inviato il"),
}


def split(text: str) -> tuple[str, str]:
    """Return (what is new, what is quoted), both without blank lines around them.

    When nothing would be new, everything is: somebody wrote below or between in a way that we do not know.
    """
    lines = text.split("\n")
    end = _old_mail(lines)
    is_quoted = [True] * len(lines)
    for number in range(end):
        is_quoted[number] = bool(QUOTED.match(lines[number]))
    _add_intros(lines, is_quoted, end)
    new = _joined(line for line, quoted in zip(lines, is_quoted, strict=True) if not quoted)
    if not new:
        return text.strip(), ""
    return new, _joined(line for line, quoted in zip(lines, is_quoted, strict=True) if quoted)


def _joined(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _old_mail(lines: list[str]) -> int:
    """Return the number of the line where the old mail begins that nothing marks line by line; else how many lines."""
    for number, line in enumerate(lines):
        if QUOTED.match(line) or not line.strip():
            continue
        if not any(before.strip() for before in lines[:number]):
            continue  # it begins with it: then the words are below, and we cannot know where
        if SEPARATOR.match(line) or _is_header_block(lines, number):
            return number
        if RULE.match(line) and _is_header_block(lines, _next_filled(lines, number + 1)):
            return number
        if _is_intro_without_marks(lines, number):
            return number
    return len(lines)


def _next_filled(lines: list[str], number: int) -> int:
    while number < len(lines) and not lines[number].strip():
        number += 1
    return number


def _is_header_block(lines: list[str], number: int) -> bool:
    """Say whether From, Sent, To, Subject (three at least, From first) begin here, in one of the languages we know."""
    if number >= len(lines) or _field(lines[number]) not in FROM:
        return False
    found = 0
    for line in lines[number + 1 : number + 1 + HEADER_LINES]:
        found += _field(line) in OTHERS
        if found and not line.strip():
            break
    return found >= 2


def _field(line: str) -> str:
    found = FIELD.match(line)
    return found[1].strip().lower() if found else ""


def _is_intro_without_marks(lines: list[str], number: int) -> bool:
    """Say whether "On 3 May 2026 Anna <anna@…> wrote:" stands here, and no line after it bears a mark."""
    if not re.match(
        r"^[ \t]*(?:on|am|le|il|el|em|op|den|dnia|on)\b|^[ \t]*\d"
        r"|^.{0,60}<\S+@\S+>",
        lines[number],
        re.I,
    ):
        return False
    for size in range(1, INTRO_LINES):
        intro = " ".join(lines[number : number + size])
        if len(intro) > 300 or not lines[min(number + size, len(lines)) - 1].strip():
            return False
        if ENDS_INTRO.search(intro):
            is_complete = len(DATED.findall(intro)) >= 2 and bool(WROTE.search(intro))
            return is_complete and not any(QUOTED.match(line) for line in lines[number + size :])
    return False


def _add_intros(lines: list[str], is_quoted: list[bool], end: int) -> None:
    """Mark the lines that lead a quotation in: they end in a colon, name a date, and stand right above it."""
    for number in range(1, end):
        if not is_quoted[number] or is_quoted[number - 1]:
            continue
        last = number - 1
        while last >= 0 and not lines[last].strip():
            last -= 1
        if last < 0 or is_quoted[last] or not ENDS_INTRO.search(lines[last]):
            continue
        first = _first_of_intro(lines, is_quoted, last)
        for quoted in range(first, last + 1):
            is_quoted[quoted] = True


def _first_of_intro(lines: list[str], is_quoted: list[bool], last: int) -> int:
    """Return where the intro begins that ends at `last`; last + 1 when it is none but the customer's own words."""
    for first in range(last, max(last - INTRO_LINES, -1), -1):
        if is_quoted[first] or not lines[first].strip():
            break
        intro = " ".join(lines[first : last + 1])
        if DATED.sub(" ", intro, count=1) != intro and (WROTE.search(intro) or len(DATED.findall(intro)) >= 2):
            above = lines[first - 1] if first else ""
            wraps = bool(
                re.match(r"^[ \t]*(?:on|am|le|il giorno|il|el|em|op|den|dnia)\b[^.!?]*$", above, re.IGNORECASE)
            )
            return first - 1 if wraps and DATED.search(above) and not is_quoted[first - 1] else first
    return last + 1
