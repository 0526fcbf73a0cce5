"""HTML of mails: what may be shown, and what it says as text."""

import re
from html.parser import HTMLParser

import nh3

HTML_LENGTH = 1_000_000  # characters; what is beyond is not shown
TEXT_LENGTH = 500_000
DEPTH = 2_000  # open elements: nh3 walks them one within the other
DROPPED = {
    "script",
    "style",
    "title",
    "head",
    "object",
    "embed",
    "svg",
    "math",
    "form",
    "iframe",
    "noscript",
    "template",
}
TAGS = (nh3.ALLOWED_TAGS | {"font", "center", "s", "u", "big", "tt"}) - {"img", "area", "map", "details", "summary"}
ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items() if tag in TAGS}
ATTRIBUTES["*"] = {"align", "valign", "bgcolor", "dir", "lang", "style", "width", "height"}
ATTRIBUTES["font"] = {"color", "size", "face"}
STYLES = {
    *("color", "background-color", "font", "font-family", "font-size", "font-style", "font-weight", "line-height"),
    *("text-align", "text-decoration", "text-indent", "vertical-align", "white-space", "direction", "list-style-type"),
    *("border", "border-left", "border-right", "border-top", "border-bottom", "border-color", "border-style"),
    *("border-width", "border-collapse", "margin", "margin-left", "margin-right", "margin-top", "margin-bottom"),
    *("padding", "padding-left", "padding-right", "padding-top", "padding-bottom", "width", "max-width"),
}
PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
SOURCE = re.compile(r"\ssrc\s*=\s*[\"']?\s*cid:([^\"'\s>]{1,200})", re.IGNORECASE)
ALT = re.compile(r"\salt\s*=\s*(?:\"([^\"]{0,200})\"|'([^']{0,200})')", re.IGNORECASE)
BLOCKS = {"p", "div", "br", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "blockquote"}
BLOCKS |= {"section", "article", "header", "footer", "li", "dt", "dd", "address", "center"}
APART = {"p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"}


def clean(html: str) -> str:
    """Return the HTML without scripts, forms, pictures and whatever else would call home or act.

    A picture leaves its alternative words. Links keep http, https, mailto and tel, and open apart.
    """
    html = html[:HTML_LENGTH].replace("\x00", "")
    if _depth(html) > DEPTH:
        return ""
    return nh3.clean(
        PICTURE.sub(_words_of_picture, html),
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    ).strip()


def _words_of_picture(found: re.Match[str]) -> str:
    alt = ALT.search(found[0])
    words = (alt[1] or alt[2] or "").strip() if alt else ""
    return f"[{words}]" if words and "<" not in words else ""


def _depth(html: str) -> int:
    """Return roughly how many elements are open at once at most: those that are never closed count too."""
    opened = len(re.findall(r"<(?:div|span|table|td|tr|blockquote|b|i|u|font|center|p|ul|li)\b", html, re.IGNORECASE))
    closed = len(re.findall(r"</(?:div|span|table|td|tr|blockquote|b|i|u|font|center|p|ul|li)\b", html, re.IGNORECASE))
    return opened - closed


def pictures(html: str) -> set[str]:
    """Return the content ids that the HTML shows inline."""
    return set(SOURCE.findall(" ".join(PICTURE.findall(html[:HTML_LENGTH]))))


def as_text(html: str) -> str:
    """Return what the HTML says, a paragraph to a block, quotations marked with "> " as in a text mail."""
    reader = _Reader()
    try:
        reader.feed(html[:HTML_LENGTH])
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        return re.sub(r"<[^>]{0,2000}>", " ", html[:HTML_LENGTH])
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._quotes = 0
        self._silent = ""  # the element whose words are not shown
        self._keeps_spaces = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent:
            return
        if tag in ("script", "style", "title", "noscript", "template"):
            self._silent = tag
        elif tag in BLOCKS:
            self._break(is_apart=tag in APART, is_forced=tag in ("br", "hr"))
            self._quotes = min(self._quotes + (tag == "blockquote"), 10)
            self._keeps_spaces += tag == "pre"
            if tag == "li":
                self._lines[-1] += "- "
        elif tag in ("td", "th") and self._lines[-1].strip("> "):
            self._lines[-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif not self._silent and tag in BLOCKS and tag not in ("br", "hr"):
            self._break(is_apart=tag in APART)
            self._quotes = max(self._quotes - (tag == "blockquote"), 0)
            self._keeps_spaces = max(self._keeps_spaces - (tag == "pre"), 0)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._keeps_spaces:
            first, *rest = data.split("\n")
            self._add(first)
            for line in rest:
                self._break(is_forced=True)
                self._add(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._add(words.lstrip(" ") if not self._lines[-1] or self._lines[-1].endswith(" ") else words)

    def _add(self, words: str) -> None:
        if words and not self._lines[-1] and self._quotes:
            self._lines[-1] = ">" * self._quotes + " "
        self._lines[-1] += words

    def _break(self, *, is_apart: bool = False, is_forced: bool = False) -> None:
        if self._lines[-1].strip("> ") or is_forced:
            self._lines.append("")
        if is_apart and len(self._lines) > 1 and self._lines[-2]:
            self._lines.append("")

    def text(self) -> str:
        lines = [line.replace("\xa0", " ").rstrip() for line in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:TEXT_LENGTH]
