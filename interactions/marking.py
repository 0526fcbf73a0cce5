"""Plain text with simple marks → simple HTML. Liquid tokens pass through untouched.

A blank line parts paragraphs, "# " begins a heading, "- " a line of a list, **bold**, *emphasis*, [words](https://…).
Values are spliced in later and escaped, so nothing that a customer is called can become a mark.
"""

import re
from collections.abc import Iterator
from html import escape

TOKEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
SAFE = r"(?:https?://|mailto:)[^\s<>()\"']+"
LINK = re.compile(r"\[([^\[\]\n]+)\]\((" + SAFE + r")\)")
BARE = re.compile(r"(?<![\"'=>(])\b(https?://[^\s<>\"'()]+[^\s<>\"'().,;:!?])")
BOLD = re.compile(r"\*\*(?=\S)((?:[^*\n]|\*(?!\*))+?)(?<=\S)\*\*")  # it ends at the next two stars: none looks further
HEADING = re.compile(r"(\A|\n[ \t]*\n)# ([^\n]++)(?=\s*+\Z|\n[ \t]*\n)")
EMPHASIS = re.compile(r"(?<!\*)\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?!\*)")


def html(text: str, *, has_fields: bool = True) -> str:
    """Return the body of a mail as HTML: one element for each block, no styles, no pictures.

    has_fields: {{ … }} and {% … %} are Liquid and stay as they are; False: they are words like others.
    """
    plain, tokens = _set_apart(text, has_fields)
    return _put_back("\n".join(_block(block) for block in _blocks(plain)), tokens)


def text(body: str) -> str:
    """Return the body without marks, as a text is read: links written out; Liquid stays as it is."""
    plain, tokens = _set_apart(body, True)
    plain = LINK.sub(lambda found: f"{found[1]}: {found[2]}", HEADING.sub(r"\1\2", plain))
    return _put_back(EMPHASIS.sub(r"\1", BOLD.sub(r"\1", plain)), tokens)


def _set_apart(body: str, has_fields: bool) -> tuple[str, list[str]]:
    body = body.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    tokens: list[str] = TOKEN.findall(body) if has_fields else []
    numbers = iter(range(len(tokens)))
    return (TOKEN.sub(lambda _: f"\x00{next(numbers)}\x00", body) if tokens else body), tokens


def _put_back(marked: str, tokens: list[str]) -> str:
    return re.sub(r"\x00(\d+)\x00", lambda found: tokens[int(found[1])], marked)


def _blocks(body: str) -> Iterator[str]:
    for block in re.split(r"\n[ \t]*\n", body):
        if block.strip():
            yield block.strip("\n")


def _block(block: str) -> str:
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"
    if len(lines) == 1 and block.startswith("# "):
        return f"<h1>{_inline(block[2:])}</h1>"
    return "<p>" + "<br>\n".join(_inline(line) for line in lines) + "</p>"


def _inline(line: str) -> str:
    marked = LINK.sub(lambda found: f'<a href="{found[2]}">{found[1]}</a>', escape(line, quote=False))
    marked = BARE.sub(lambda found: f'<a href="{found[1]}">{found[1]}</a>', marked)
    return EMPHASIS.sub(r"<em>\1</em>", BOLD.sub(r"<strong>\1</strong>", marked))
