"""A worker's own notebook of what it is just handing over, so that kill -9 leaves nothing unknown.

`I 7` is written before the first byte of message 7 leaves, `S 7` after the server took it. Once the whole batch is
marked as sent in the database, the file is emptied. Whoever finds a notebook whose owner is dead knows:

- S: it was sent, whatever the database says;
- I without S: in doubt, and only these: one for each connection that was at it;
- neither: it never left, and goes back into the queue.

Why no fsync: what is written has reached the kernel, and a killed process does not take that with it. Only a dying
host does; then the rows still say who was sending them, no notebook answers for them, and the whole batch is in
doubt: never a silent second copy. An fsync for each message would cost more than sending it.

The owner holds a lock on its file for as long as it lives; the kernel lets go of it even after kill -9.

`E 1700000000` is written by whoever settled the notebook of a dead owner, and when (seconds since 1970): the database
may still be carrying out what the owner asked of it last, so the notebook is settled once more before it goes.
"""

import errno
import fcntl
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

SUFFIX = ".journal"
SECOND_LOOK = 20.0  # seconds after the first: longer than any one statement of a worker takes


@dataclass(frozen=True, slots=True)
class Findings:
    """What a notebook says; both are numbers of outbox rows."""

    sent: frozenset[int]
    in_doubt: frozenset[int]
    ended: int | None = None  # seconds since 1970: when somebody settled it first

    @property
    def is_final(self) -> bool:
        """Whether what its owner asked of the database last is over, so that nothing follows any more."""
        return self.ended is not None and time.time() - self.ended >= SECOND_LOOK


class Journal:
    """The notebook of one worker. `begun` and `accepted` are the hooks of who carries, from any of its threads."""

    def __init__(self, folder: Path, worker: str) -> None:
        """Open (or take over) the notebook of `worker`. Raises BlockingIOError when its owner is alive."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{worker}{SUFFIX}"
        self._file = _locked(self.path)
        self._writing = threading.Lock()
        self._is_torn = False

    def begun(self, number: int) -> None:
        self._write(b"I %d\n" % number)

    def accepted(self, number: int) -> None:
        self._write(b"S %d\n" % number)

    def end(self) -> None:
        """Note that it was settled now: its owner is dead.

        After a line that was torn off it is lost with that line, which must not be made whole: the next look notes it.
        """
        os.write(self._file, b"E %d\n" % time.time())

    def findings(self) -> Findings:
        """What stands in it now: after taking over, before the first `clear`."""
        return read(self.path)

    def clear(self) -> None:
        """Forget the batch: only after the database knows all of it."""
        os.ftruncate(self._file, 0)

    def close(self, *, remove: bool = False) -> None:
        """Let go of it; `remove` when nothing stands in it any more."""
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _write(self, line: bytes) -> None:
        """Append a line. After one that found room for a part of it no other is written: it would be read with it."""
        with self._writing:
            if self._is_torn or os.write(self._file, line) != len(line):
                self._is_torn = True
                raise OSError(errno.ENOSPC, "No room for the journal", str(self.path))

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close(remove=error is None and os.fstat(self._file).st_size == 0)


def _locked(path: Path) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
                return file
        except OSError:
            os.close(file)
            raise
        os.close(file)  # its owner removed it between our open and our lock


def read(path: Path) -> Findings:
    """Return what a notebook says. A last line that was torn off says nothing: what it stood for had not happened."""
    begun: set[int] = set()
    sent: set[int] = set()
    ended: set[int] = set()
    sets = {b"I": begun, b"S": sent, b"E": ended}
    for line in path.read_bytes().split(b"\n")[:-1]:
        mark, _, number = line.partition(b" ")
        if number.isdigit() and mark in sets:
            sets[mark].add(int(number))
    return Findings(frozenset(sent), frozenset(begun - sent), min(ended, default=None))


def workers(folder: Path) -> list[str]:
    """Return whose notebooks lie here, of the living and the dead."""
    return sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))


def take_over(folder: Path, worker: str) -> Journal | None:
    """Return the notebook of a dead worker, ours and locked until it is closed; None: its owner is alive.

    Use the findings, commit, then `end`, and once they are final `close(remove=True)`. A crash in between costs
    nothing: it is found again.
    """
    try:
        return Journal(folder, worker)
    except BlockingIOError:
        return None
