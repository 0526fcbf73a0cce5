"""What the children say: all of it into var/log/, what matters to the terminal, each line with its speaker."""

import contextlib
import json
import threading
from pathlib import Path
from typing import IO

LARGEST_LOG_BYTES = 10_000_000
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
                    self.say(name, text)


def _is_routine(line: str) -> bool:
    if line.startswith(GRANIANS_OWN):
        return True
    try:
        return json.loads(line).get("level") in QUIET_LEVELS
    except (ValueError, AttributeError):
        return False
