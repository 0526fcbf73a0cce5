"""How many parts a text message has: it is sent, and paid, in parts of 160 septets, or of 70 UTF-16 units.

GSM 03.38 has 128 basic characters of one septet and some of two (an escape before them). One character that it has not,
an á or an emoji, and the whole message goes as UCS-2. Where there are several parts each gives some room to its header,
and no character is torn: neither from its escape nor a pair of surrogates.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SINGLES = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLES = "\f^{}\\[~]|€"
MOST = 10  # parts of one message: the provider takes 1,600 characters, and nobody reads more on a telephone
GSM, UCS2 = "gsm", "ucs2"
UNSEEN = {"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"}  # categories of signs
PLAINLY = {  # what writing programs put in by themselves, and what says the same for less
    "’": "'", "‘": "'", "‚": "'", "‛": "'", "´": "'", "`": "'", "ʼ": "'", "′": "'", "‹": "'", "›": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
    "–": "-", "—": "-", "‑": "-", "−": "-", "‐": "-", "‒": "-", "―": "-", "•": "-", "…": "...", "⁄": "/",
    "º": "o", "ª": "a", "½": "1/2", "¼": "1/4", "×": "x", "™": "TM", "\t": " ", "\u2028": "\n", "\u2029": "\n",
    **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u200b\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\u00ad\ufeff", ""),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alphabet:
    """singles, doubles: characters of one unit and of two; both "": any character, in UTF-16 units.

    whole: units of a message of one part; part: of each part where there are several.
    """

    name: str
    singles: str
    doubles: str
    whole: int
    part: int

    def has(self, text: str) -> bool:
        return not self.singles or not strange(text)

    def units(self, character: str) -> int:
        return 1 + (character in self.doubles if self.singles else ord(character) > 0xFFFF)


ALPHABETS = (Alphabet(GSM, SINGLES, DOUBLES, 160, 153), Alphabet(UCS2, "", "", 70, 67))  # the first that has it all
_GSM = frozenset(SINGLES + DOUBLES)


@dataclass(frozen=True, slots=True)
class Size:
    """parts: 0 of an empty text. units: in use; left: that still fit into the last part. alphabet: GSM or UCS2."""

    parts: int
    units: int
    left: int
    alphabet: str


def measure(text: str) -> Size:
    """Return how many parts a text has, as it stands."""
    alphabet = next(one for one in ALPHABETS if one.has(text))
    sizes = [alphabet.units(character) for character in text]
    used = sum(sizes)
    if used <= alphabet.whole:
        return Size(int(used > 0), used, alphabet.whole - used, alphabet.name)
    parts, filled = _pack(sizes, alphabet.part)
    return Size(parts, used, alphabet.part - filled, alphabet.name)


def strange(text: str) -> str:
    """Return the characters, each once and as they come, for which a text goes as UCS-2: more than twice the price."""
    return "".join(dict.fromkeys(character for character in text if character not in _GSM))


def is_seen(text: str) -> bool:
    """Tell whether anything of a text is seen: a blank is not, nor a sign without width."""
    return any(unicodedata.category(sign) not in UNSEEN for sign in text)


def tables() -> dict:
    """Return what counting needs, as plain data for who counts elsewhere (carriers.Carrier.measure)."""
    shown = [
        {"name": one.name, "singles": one.singles, "doubles": one.doubles, "whole": one.whole, "part": one.part}
        for one in ALPHABETS
    ]
    return {"alphabets": shown, "plainly": PLAINLY, "most": MOST}


def _pack(sizes: Iterable[int], room: int) -> tuple[int, int]:
    """Return how many parts characters of these sizes fill, and how far the last one."""
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > room:
            parts, filled = parts + 1, 0
        filled += size
    return parts, filled
