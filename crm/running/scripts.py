"""Joins the behaviours into static/js/app.js: a first page then asks for one script, not for one and then for 34."""

import os
import re
from pathlib import Path

from crm.engines.whereabouts import ROOT

ENTRY = ROOT / "static/js/filo.js"
TARGET = ROOT / "static/js/app.js"
IMPORT = re.compile(r'^import \* as (\w+) from "(\./[\w/.-]+)";$', re.M)
EXPORT = re.compile(r"^export (?=const selector\b|function start\b)", re.M)


def build() -> bool:
    """Join the scripts if one of them is newer than the joined one; return whether that was so."""
    sources = [ENTRY, *ENTRY.parent.glob("behaviours/*.js")]
    if TARGET.exists() and TARGET.stat().st_mtime >= max(source.stat().st_mtime for source in sources):
        return False
    draft = TARGET.with_name(f"app.{os.getpid()}.js")  # replaced whole: a test or a page may be reading it
    draft.write_text(joined(ENTRY), encoding="utf-8")
    draft.replace(TARGET)
    return True


def joined(entry: Path) -> str:
    """Return `entry` with each behaviour in place of its import, in a scope of its own as a module has one."""

    def behaviour(said: re.Match[str]) -> str:
        name, path = said.groups()
        words = EXPORT.sub("", (entry.parent / path).read_text(encoding="utf-8")).rstrip()
        return f"const {name} = (() => {{\n{words}\nreturn {{ selector, start }};\n}})();"

    return IMPORT.sub(behaviour, entry.read_text(encoding="utf-8"))
