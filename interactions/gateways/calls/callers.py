"""Who calls, as telephone systems write it: a number in any clothes, a word for a withheld one, or something else."""

import re
import unicodedata
from urllib.parse import unquote

NUMBER = re.compile(r"\+?[\s().\-/*#]*\d[\d\s().\-/*#]*")
_named = re.compile(r"<([^<>]*)>")
_scheme = re.compile(r"^(?:sips?|tel|callto|whatsapp):(?://)?", re.IGNORECASE)
_context = re.compile(r";phone-context=(\+\d{1,3})(?=;|$)", re.IGNORECASE)  # RFC 3966: the country of a local number
_word = re.compile(r"[^\W\d_]+")

# Words that say nothing by themselves: "No Caller ID", "Private number", "Numero sconosciuto".
_FILLERS = frozenset("no number numero num nr nummer rufnummer id caller call calling party".split())
_WITHHELD = frozenset(
    "anonymous private restricted unavailable unknown withheld blocked hidden confidential outofarea notavailable na "
    "null none nil undefined o p "  # O and P: what a line itself sends for "out of area" and "private"
    "anonimo anonima privato privata sconosciuto sconosciuta nascosto nascosta riservato riservata nondisponibile "
    "privado oculto desconocido restringido desconhecido confidencial restrito indisponivel naodisponivel "
    "anonyme prive inconnu masque secret anonym privat unbekannt unterdruckt unterdrueckt".split()
)
# What providers send instead: such a word as it is spelt on a telephone's keys, at times with a 1 before it.
_STAND_INS = frozenset(
    (
        "266696687",  # ANONYMOUS
        "7378742833",  # RESTRICTED
        "7378742883",  # the same, misspelt on the way
        "2562533",  # BLOCKED
        "8656696",  # UNKNOWN
        "86282452253",  # UNAVAILABLE
    )
)
_no_number = re.compile(r"0+|\d{1,3}0{7,}")  # 0000000000, +10000000000


def caller(sent: str) -> str:
    """Return who calls: a number without names, schemes and parameters; "" where it is withheld; else what was sent."""
    bare = _bare(sent)
    if is_withheld(bare):
        return ""
    return bare if NUMBER.fullmatch(bare) else sent


def can_be_dialled(number: str) -> bool:
    """Tell whether this is a number at all, and somebody's."""
    return bool(NUMBER.fullmatch(number)) and not is_stand_in(number)


def is_withheld(number: str) -> bool:
    """Tell whether this stands for a number that is not told: nothing, a word for it, or a stand-in number."""
    if any(sign.isdecimal() for sign in number):
        return is_stand_in(number)
    words = [word for word in _word.findall(_folded(number)) if word not in _FILLERS]
    return not words or "".join(words) in _WITHHELD


def is_stand_in(number: str) -> bool:
    """Tell whether this number is nobody's: providers send it for callers who withhold theirs."""
    if not NUMBER.fullmatch(number):
        return False
    digits = "".join(sign for sign in number if sign.isdecimal())
    if number.startswith(("+", "00")):
        digits = digits.lstrip("0") or "0"
        if digits == "464":  # one more of theirs; without a prefix it is somebody's extension
            return True
    return digits.removeprefix("1") in _STAND_INS or bool(_no_number.fullmatch(digits))


def _bare(sent: str) -> str:
    """Return what names the caller in `"Name" <sip:number@host;…>`, `tel:number;…` and their like."""
    named = _named.search(sent)
    text = _scheme.sub("", unquote(named[1] if named else sent).strip(" \t\"'"), count=1)
    user, _at, host = text.partition("@")
    if re.split("[;:]", host)[0].lower().endswith(".invalid"):  # RFC 3323: anonymous@anonymous.invalid
        return ""
    number, context = user.partition(";")[0].strip(), _context.search(text)
    return context[1] + number if context and not number.startswith("+") else number


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
