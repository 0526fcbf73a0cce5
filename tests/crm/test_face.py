"""Templates, icons, colours and scripts, without a browser."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from jinja2 import nodes

from crm import shell
from crm.jinja2 import icon
from crm.running import scripts

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BEHAVIOURS = sorted((ROOT / "static/js/behaviours").glob("*.js"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_compiles_and_keeps_to_the_policy(path):
    text = path.read_text()
    engines["jinja2"].env.get_template(str(path.relative_to(ROOT / "templates")))
    plain = re.sub(r"{[{%].*?[%}]}", "", text, flags=re.S)
    assert not re.search(r"\sstyle=", plain), "no inline style: the policy refuses it"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "no inline script: the policy refuses it"
    assert not re.search(r"\shx-on[:-]|\bjs:", text), "no hx-on: it needs eval"
    assert len(text.splitlines()) <= 120, "split it"


def test_every_icon_that_a_template_names_exists():
    names = {name for path in TEMPLATES for name in _icons(path)}
    assert len(names) > 30
    names |= {entry.icon for entry in [*shell._places.values(), *shell._commands.values()]}
    for name in names:
        icon(name)


def _icons(path):
    """Literal first arguments of icon(), and literal icon_name= arguments, of one template."""
    tree = engines["jinja2"].env.parse(path.read_text())
    for call in tree.find_all(nodes.Call):
        if getattr(call.node, "name", "") in ("icon", "icon_button", "empty") and call.args:
            yield from _words(call.args[0])
        for argument in call.kwargs:
            if argument.key in ("icon_name", "icon_after"):
                yield from _words(argument.value)


def _words(node):
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _words(node.expr1)
        yield from _words(node.expr2) if node.expr2 else ()


def test_every_macro_is_documented():
    told = (ROOT / "docs/components.md").read_text()
    for path in (ROOT / "templates/ui").glob("[a-z]*.html"):
        for name in re.findall(r"{% macro ([a-z]\w+)\(", path.read_text()):
            assert f"`{name}(" in told, f"{name} of {path.name} is missing in docs/components.md"


@pytest.mark.parametrize("path", BEHAVIOURS, ids=lambda path: path.stem)
def test_a_behaviour_is_small_and_started(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 60
    assert re.search(r"^export const selector = ", text, re.M) and re.search(r"^export function start\(", text, re.M)
    loader = (ROOT / "static/js/filo.js").read_text()
    assert f"./behaviours/{path.name}" in loader and re.search(rf"\b{path.stem},", loader)
    assert not re.search(r"\beval\(|innerHTML|new Function", text)


def test_the_browser_asks_for_one_script_that_holds_every_behaviour():
    script = scripts.joined(scripts.ENTRY)
    assert not re.search(r"^(import|export)\b", script, re.M)
    assert [path.stem for path in BEHAVIOURS] == re.findall(r"^const (\w+) = \(\(\) => {$", script, re.M)


# --- Contrast: every pair of colours that components put together, in both modes -----------------------------

TOKENS = {
    match[1]: (match[2], match[3])
    for match in re.finditer(
        r"--color-([\w-]+):\s*light-dark\((#\w{6}), (#\w{6})\)", (ROOT / "static/css/src/tokens.css").read_text()
    )
}
GROUNDS = ["canvas", "surface", "raised", "sunken", "hover", "selected"]
STATES = ["accent", "success", "warning", "danger", "doubt"]
CHANNELS = ["phone", "email", "sms", "whatsapp", "chat", "visit", "web", "post"]
PAIRS = [
    *product(["ink", "ink-2", "ink-3", *STATES], GROUNDS, [4.5]),
    *[(state, f"{state}-soft", 4.5) for state in STATES],
    *[("ink-2", f"{state}-soft", 4.5) for state in [*STATES, "neutral"]],
    ("ink-3", "accent-soft", 4.5),
    ("ink-3", "neutral-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    *[(f"tier-{letter}", f"tier-{letter}-soft", 4.5) for letter in "abcd"],
    *[(f"ch-{channel}", "surface", 4.5) for channel in CHANNELS],
    *[(f"ch-{channel}", "sunken", 3) for channel in CHANNELS],
    *product(["line-field"], ["surface", "canvas", "raised"], [3]),
    ("data-4", "surface", 3),
    ("data-5", "surface", 3),
]


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_colours_can_be_read(front, ground, least):
    for mode, name in enumerate(("light", "dark")):
        found = _ratio(TOKENS[front][mode], TOKENS[ground][mode])
        assert found >= least, f"{name}: {front} on {ground} is {found:.2f}, needs {least}"


def _ratio(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour):
    """WCAG 2.2's relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
