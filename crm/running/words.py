"""Compiles the translations that are newer than what was compiled of them."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[2] / "locale"


def compile_changed() -> list[str]:
    """Write each django.mo whose django.po is newer; return the languages."""
    done = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        language = source.parts[-3]
        with source.open("rb") as words:
            catalogue = read_po(words, locale=language)
        draft = target.with_suffix(".new")
        with draft.open("wb") as compiled:
            write_mo(compiled, catalogue)
        draft.replace(target)
        done.append(language)
    return done
