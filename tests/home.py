"""The folder of one test run: in memory where there is enough, for two thousand small files take a second on a disk."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2 * 1024**3  # all tests leave some hundred megabytes
NAME = "filo-test-"
HELD = "held"  # a file in the folder that is locked while its run lives, however it ends

JUST_MADE_SECONDS = 60  # and not held yet


class Home:
    """`path` exists until `leave()`; what runs that were killed left in memory goes when the next one comes."""

    def __init__(self, memory: Path = MEMORY) -> None:
        in_memory = "TMPDIR" not in os.environ and _has_room(memory)
        if in_memory:
            _clear(memory)
        self.path = Path(tempfile.mkdtemp(prefix=NAME, dir=memory if in_memory else None))
        self._held = _hold(self.path)

    def leave(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held:
            self._held.close()


def _has_room(memory: Path) -> bool:
    return os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ENOUGH_BYTES


def _clear(memory: Path) -> None:
    for left in memory.glob(f"{NAME}*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - JUST_MADE_SECONDS and (held := _hold(left)):
                shutil.rmtree(left, ignore_errors=True)
                held.close()


def _hold(path: Path) -> IO[bytes] | None:
    """Return the locked file of this folder; None if a run that lives holds it, or it is not ours to touch."""
    with contextlib.suppress(OSError):
        held = (path / HELD).open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except OSError:
            held.close()
    return None
