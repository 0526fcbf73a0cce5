"""All of Filo as `manage.py up` runs it, in a folder of its own: real engines, real processes, on free ports."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from crm.devmail import boxes
from crm.engines import children
from crm.engines.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180  # for a start on a busy machine
SETUP = {
    "name": "Roaster",
    "legal-name": "Roaster S.r.l.",
    "legal-number": "IT01234567890",
    "postal-address": "Via Roma 1, 80100 Napoli, Italy",
    "languages": "it,es,pt,en",
    "sender-name": "Roaster",
    "sender-email": "ciao@meridiana.example",
    "admin-name": "Gianna Sole",
    "admin-email": "gianna@meridiana.example",
}
ADMINISTRATOR, PASSWORD = SETUP["admin-email"], "a walk through every room"

# What of a running Filo can be killed: a name, and how its command line looks.
PARTS = {
    "worker": re.compile(r"celery .*\bworker\b"),
    "clock": re.compile(r"celery .*\bbeat\b"),
    "web": re.compile(r"crm\.running\.web"),
    "mail": re.compile(r"crm\.devmail\.sink"),
    "imap": re.compile(r"crm\.devmail\.imap"),
    "valkey": re.compile(r"valkey-server|redis-server"),
    "postgres": re.compile(r"postgres"),
}


class Stage:
    """One running Filo and what a test asks of it from outside: pages, rows, mails, processes."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.var.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = folder / "up.log"
        self.child: subprocess.Popen[bytes] | None = None

    # ---- start and stop

    def start(self) -> None:
        """Run `manage.py up` and return when its pages answer."""
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
            self.child = children.spawn(command, env=self._environment(), output=log, cwd=ROOT)
        self.wait_for(self.is_ready, PATIENCE_SECONDS, "Filo to start")

    def set_up(self) -> None:
        """Make the organisation and its administrator, as the first command of a new installation does."""
        options = [word for name, value in SETUP.items() for word in (f"--{name}", value)]
        self.manage("setup", *options, "--admin-password-stdin", said=PASSWORD)

    def stop(self) -> None:
        if self.child:
            children.stop_group(self.child, signal.SIGTERM, patience_seconds=30)

    def manage(self, *words: str, said: str = "") -> str:
        """Run a command of manage.py beside the running Filo and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], env=self._environment(), cwd=ROOT, input=said, text=True,
            capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """This process' own, without its engines: this Filo has others. `test`: no demo company is loaded."""
        others = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "IMAP_URL", "PUBLIC_URL", "PORT", "FILO_HOST"}
        kept = {name: value for name, value in os.environ.items() if name not in others}
        return kept | {"FILO_MODE": "test", "FILO_VAR": str(self.var)}

    def is_ready(self) -> bool:
        assert self.child and self.child.poll() is None, self.log.read_text(errors="replace")[-3000:]
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def wait_for(self, is_so: Callable[[], object], seconds: float, what: str) -> float:
        """Return after how many seconds it was so; fails after `seconds`."""
        begin = time.monotonic()
        while not is_so():
            assert time.monotonic() - begin < seconds, f"{seconds:g} s were not enough for {what}.\n{self.last_words()}"
            time.sleep(0.05)
        return time.monotonic() - begin

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    # ---- the rows

    def addresses(self) -> dict[str, str]:
        return json.loads((self.var / "engines.json").read_text())

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """Ask the database, as nobody of Filo's own would: past all of its code."""
        address = self.addresses()["DATABASE_URL"]
        with closing(psycopg2.connect(address, connect_timeout=10)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def one(self, sql: str, *values: object):
        """Return the first column of the first row, None if there is none."""
        found = self.rows(sql, *values)
        return found[0][0] if found else None

    # ---- the mail server

    @property
    def smtp(self) -> tuple[str, int]:
        parts = urlsplit(self.addresses()["EMAIL_URL"])
        return str(parts.hostname), int(parts.port or 25)

    def mails(self) -> Iterator[EmailMessage]:
        """Read every mail that left, newest first."""
        for key in boxes.keys(self.var / "mail", boxes.THEIRS):
            path = boxes.find(self.var / "mail", boxes.THEIRS, key)
            if path:
                yield message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[misc]

    def mail_to(self, address: str) -> EmailMessage | None:
        return next((one for one in self.mails() if address in str(one["To"]).lower()), None)

    def mail_count(self) -> int:
        return len(boxes.keys(self.var / "mail", boxes.THEIRS))

    def arrived(self) -> Counter[str]:
        """Return how often each Message-ID arrived."""
        return Counter(str(one["Message-ID"]).strip("<> \r\n") for one in self.mails())

    # ---- the processes

    def pids(self, part: str) -> list[int]:
        """Return a part's processes, its first one in front."""
        family = _family(self.child.pid if self.child else 0)
        return [pid for pid in family if PARTS[part].search(_command(pid))]

    def kill(self, part: str, dice: random.Random) -> bool:
        """Kill -9 one process of this part, its first or one of its children; return whether one was there."""
        pids = self.pids(part)
        if not pids:
            return False
        pid = pids[0] if dice.random() < 0.5 else dice.choice(pids)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def _family(pid: int) -> list[int]:
    """Return all descendants of a process, parents before children."""
    found, parents = [], {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    generation = [pid]
    while generation:
        generation = sorted(each for each, parent in parents.items() if parent in generation)
        found += generation
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
