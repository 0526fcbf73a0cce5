"""What the children say: all of it into var/log/, what matters to the terminal, each line with its speaker."""

import contextlib
import json
import threading
from pathlib import Path
from typing import IO, Any

LARGEST_LOG_BYTES = 10_000_000
LONGEST_LINE = 300  # characters on the terminal
QUIET_LEVELS = {"debug", "info"}
GRANIANS_OWN = ("[INFO]", "[WARNING] Configured number of workers")


class Output:
    """Carries lines from the children's pipes to files and the terminal."""

    def __init__(self, folder: Path, *, everything: bool = False) -> None:
        """folder: made if missing. everything: show routine lines on the terminal too."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.everything = everything

    def follow(self, name: str, pipe: IO[bytes]) -> None:
        """Carry this pipe's lines in a thread of their own until it closes."""
        threading.Thread(target=self._carry, args=(name, pipe), daemon=True).start()

    def say(self, name: str, line: str) -> None:
        """Print a line, unless the terminal is gone."""
        try:
            print(f"{name:8}| {line}", flush=True)
        except (OSError, ValueError):
            self.everything = False

    def _carry(self, name: str, pipe: IO[bytes]) -> None:
        log = self.folder / f"{name}.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab", buffering=0) as file:
            for line in pipe:
                with contextlib.suppress(OSError):  # a full disk: the child must not block on its pipe
                    file.write(line)
                text = line.decode(errors="replace").rstrip()
                if text and (self.everything or not _is_routine(text)):
                    self.say(name, text if self.everything else _in_short(text))


def _is_routine(line: str) -> bool:
    return line.startswith(GRANIANS_OWN) or _record(line).get("level") in QUIET_LEVELS


def _in_short(line: str) -> str:
    """Return a structured record as one short line: its traceback is in the file."""
    record = _record(line)
    if "event" not in record:
        return line
    words = f"{record.get('level', '')}: {record['event']} {record.get('error', '')}".strip().partition("\n")[0]
    return words[:LONGEST_LINE]


def _record(line: str) -> dict[str, Any]:
    """Return the JSON object that a line is, {} if it is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
