"""The database is prepared by a process of its own; what it says is told, and its failure in one sentence."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from crm.engines import EngineTrouble, children
from crm.engines.whereabouts import disk_is_full

ROOT = Path(__file__).resolve().parents[2]
PREPARE = (sys.executable, "manage.py", "prepare")
LAST_LINES = 30  # in which the reason of a failure stands


def prepare(env: dict[str, str], *, var: Path, tell: Callable[[str], None], command: Sequence[str] = PREPARE) -> None:
    """Run `manage.py prepare` and tell its lines; raises EngineTrouble. A full disk shows no traceback."""
    child = children.spawn(list(command), env=env, output=subprocess.PIPE, cwd=ROOT)
    assert child.stdout
    traceback: list[str] = []
    said: list[str] = []
    for line in child.stdout:
        text = line.decode(errors="replace").rstrip()
        said = [*said[-LAST_LINES:], text]
        if traceback or text.startswith("Traceback "):
            traceback.append(text)
        elif not text.startswith("{"):
            tell(text)
    if not child.wait():
        return
    if "No space left on device" in "\n".join(said):
        raise disk_is_full(var)
    for text in traceback:
        tell(text)
    raise EngineTrouble("Filo could not be prepared: the reason stands above.")
