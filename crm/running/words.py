"""Compiles the translations that are newer than what was compiled of them."""

import subprocess
import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[2] / "locale"
BABEL = (sys.executable, "-m", "babel.messages.frontend")  # as a program: importing it would delay every start


def compile_changed() -> list[str]:
    """Write each django.mo whose django.po is newer; return the languages. Raises RuntimeError with Babel's words."""
    done = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        language, draft = source.parts[-3], target.with_suffix(".new")
        made = subprocess.run(
            [*BABEL, "compile", "--input-file", source, "--output-file", draft, "--locale", language],
            capture_output=True,
            text=True,
        )
        if made.returncode or not draft.exists():
            raise RuntimeError(f"Babel could not compile {source}:\n{made.stderr.strip()[-2000:]}")
        draft.replace(target)
        done.append(language)
    return done
