"""Whom an address header names, as mail programs really write it (RFC 5322 3.4, and what is no RFC 5322).

Where there are angle brackets, the address stands between them: `mira@example.com <form@shop.example>` is the form's,
whatever its name says. Python's own parser takes the name for an address there. All of it is linear in the length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_NAME = 1_000  # characters, before it is decoded
MOST_COMMAS = 5  # in a name that should have been in quotes
QUOTED_BEFORE_AT = re.compile(r'"[^"<>]*"@[^\s<>()\[\],;:"\\]+')  # "anna rossi"@example.com
BETWEEN = re.compile(r"[\s<>()\[\],;:\"\\]+")
SPACED_AT = re.compile(r"\s?@\s?")
GAPS = re.compile(r"\s+")
CLOSING = {'"': '"', "(": ")", "<": ">"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a header. kind: the sign that opened it, `"`, `(` or `<`; a separator; "" for plain text."""

    kind: str
    text: str


def named(value: str) -> Iterator[tuple[str, str]]:
    """Yield (name, address) of each mailbox in a header on one line, members of groups too.

    Names are not decoded, addresses stand as they are written. A comma in a name parts nobody in two: what stands
    before it and holds no address belongs to the name of who follows.
    """
    piece: list[Token] = []
    before: list[list[Token]] = []  # "Rossi" of "Rossi, Anna <anna@example.com>"
    for token in (*_tokens(value), Token(";", ";")):
        if token.kind not in (",", ";", ":"):
            piece.append(token)
            continue
        address = "" if token.kind == ":" else _address(piece)  # before a colon stands the name of a group, or "mailto"
        if address:
            yield ", ".join(map(_name, [*before, piece]))[:LONGEST_NAME].strip(" ,>"), address
        is_name = token.kind == "," and not address and all(one.kind == "" for one in piece)
        before = [*before, piece][-MOST_COMMAS:] if is_name else []
        piece = []


def _tokens(value: str) -> Iterator[Token]:
    """Take a header apart. A sign that nobody closes stands for itself, and so do all like it."""
    at, begin, lone = 0, 0, set()
    while at < len(value):
        sign, end = value[at], 0
        if sign in CLOSING and sign not in lone:
            end = _end(value, at)
            if not end:
                lone.add(sign)
        if end or sign in ",;:":
            yield Token("", value[begin:at])
            yield Token(sign, value[at + 1 : end - 1] if end else sign)
            begin = end or at + 1
        at = end or at + 1
    yield Token("", value[begin:])


def _end(value: str, start: int) -> int:
    """Return where what begins here is over, 0 if nowhere. Comments may hold comments."""
    sign, depth, is_escaped = value[start], 0, False
    for at in range(start + 1, len(value)):
        letter = value[at]
        if is_escaped:
            is_escaped = False
        elif letter == "\\" and sign != "<":
            is_escaped = True
        elif letter == CLOSING[sign] and not depth:
            return at + 1
        elif sign == "(" and letter in "()":
            depth += 1 if letter == "(" else -1
    return 0


def _address(piece: list[Token]) -> str:
    if not any("@" in token.text for token in piece):
        return ""
    for token in reversed(piece):
        if token.kind == "<" and "@" in token.text:
            return _bare(GAPS.sub("", re.split("[<:]", token.text)[-1]))
    written = (f'"{token.text}"' if token.kind == '"' else token.text for token in piece if token.kind in ("", '"'))
    return _first_in("".join(written))


def _first_in(text: str) -> str:
    """Return the first address among words: `Anna anna@example.com`, `"Anna <anna@example.com>"`."""
    if quoted := QUOTED_BEFORE_AT.search(text):
        return quoted[0]
    words = BETWEEN.split(SPACED_AT.sub("@", GAPS.sub(" ", text)))
    return next((_bare(word) for word in words if "@" in word), "")


def _bare(address: str) -> str:
    return address.strip("'") if address.startswith("'") else address


def _name(piece: list[Token]) -> str:
    """Return what stands beside an address, without quotes: the name, else the comment."""
    words = [token for token in piece if token.kind != "<"]
    if len(words) == len(piece) and any("@" in token.text for token in piece):
        words = [Token("", token.text) for token in piece if token.kind == "("]
    return GAPS.sub(" ", "".join(map(_spoken, words))).strip()


def _spoken(token: Token) -> str:
    return f"({token.text})" if token.kind == "(" else re.sub(r"\\(.)", r"\1", token.text)
