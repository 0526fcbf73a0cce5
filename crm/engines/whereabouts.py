"""Where the database and the broker are: said by the environment, else by the Filo that runs from this var/ folder."""

import json
import os
from pathlib import Path

NAMES = ("DATABASE_URL", "REDIS_URL")
# The last four are noted by `manage.py up` with its development mailbox.
NOTED = (*NAMES, "EMAIL_URL", "IMAP_URL", "PUBLIC_URL", "FILO_MODE")
ROOT = Path(__file__).resolve().parents[2]


class EngineTrouble(Exception):
    """An engine cannot start or be reached; the text says what to do and may be shown to a person."""


def disk_is_full(place: Path) -> EngineTrouble:
    return EngineTrouble(f"The disk that holds {place} is full. Free some space, then start again: nothing is lost.")


def var_folder() -> Path:
    """Return where everything lies that lasts and is not code: FILO_VAR, else var/ beside the code."""
    return Path(os.environ.get("FILO_VAR") or ROOT / "var").absolute()


def addresses(var: Path) -> dict[str, str]:
    """Return DATABASE_URL, REDIS_URL and what else a running Filo noted; {} when nobody set them and none runs.

    var: the folder in which a running Filo notes its engines (`engines.json`).
    """
    known = noted(var)
    known.update({name: os.environ[name] for name in NAMES if os.environ.get(name)})
    return known


def remember(var: Path, found: dict[str, str]) -> None:
    """Note the engines' addresses for other commands, readable by this user only; valid while this process lives."""
    target = var / "engines.json"
    draft = target.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"pid": os.getpid(), **found}))
    draft.replace(target)


def forget(var: Path) -> None:
    """The engines have stopped: their addresses lead nowhere."""
    (var / "engines.json").unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Say whether a process of this number exists, whoever owns it (a zombie does not count)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def noted(var: Path) -> dict[str, str]:
    """Return what the Filo that runs from this var/ noted; {} when none runs."""
    try:
        found = json.loads((var / "engines.json").read_text())
        if not is_alive(int(found["pid"])):
            return {}
    except (OSError, ValueError, KeyError, TypeError):  # absent, not ours to read, or half written by a full disk
        return {}
    return {name: found[name] for name in NOTED if found.get(name)}
