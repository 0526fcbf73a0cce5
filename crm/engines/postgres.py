"""An embedded PostgreSQL: made once, started on 127.0.0.1, with a password, never by a socket file.

A socket's path may have 107 bytes at most, which a clone in a deep folder breaks; `trust` would open the data to every
user of the machine.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg2

from crm.engines import binaries, children
from crm.engines.whereabouts import EngineTrouble, disk_is_full

NAME = "filo"  # of the database and of its owner
PATIENCE_SECONDS = 60  # a start after a crash replays its log first
EVERYWHERE = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "jit": "off",
    "client_connection_check_interval": "1s",  # what a killed process asked for is not done to its end
}
LASTING = {"shared_buffers": "128MB", "random_page_cost": "1.1", "max_connections": "100"}
# For tests: nothing must survive, so nothing is waited for.
FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "128MB",  # it may lie in memory
}


class Postgres:
    """One cluster in one folder."""

    def __init__(self, home: Path, *, lasting: bool = True) -> None:
        """home: an existing folder for data, password and log. lasting: False trades durability for speed."""
        self.rank = children.postgres_rank()
        self.home = _reachable(home) if self.rank == "nobody" else home
        self.data = self.home / "data"
        self.log = home / "postgres.log"
        self.settings = EVERYWHERE | (LASTING if lasting else FLEETING)
        self.child: subprocess.Popen[bytes] | None = None
        self.port = 0  # chosen by the first start, kept by the next
        self.password_file = home / "postgres.password"

    def start(self) -> str:
        """Make the cluster if it is new, start it and return its URL. Raises EngineTrouble with what to do."""
        self.folder = self._programs()
        self.password = _password(self.password_file)
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self.port = self.port or free_port()
        with self.log.open("ab") as log:
            options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
            command: list[str | Path] = [self.folder / "postgres", "-D", self.data, "-p", str(self.port), *options]
            self.child = children.spawn(command, stop=signal.SIGINT, rank=self.rank, output=log)
        self._wait()
        return f"postgres://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends sessions and writes all down, SIGQUIT just leaves."""
        if self.child:
            children.stop_group(self.child, how, patience_seconds=30)

    def _programs(self) -> Path:
        stamp = self.data / "PG_VERSION"
        folder = binaries.postgres_folder(major=stamp.read_text().strip() if stamp.exists() else None)
        return binaries.copy_for_nobody(folder, self.home.parent / "programs") if self.rank == "nobody" else folder

    def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # without PG_VERSION it is the rest of a making that failed
        modern = int(binaries.postgres_major(self.folder)) >= 17
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if modern else ["--locale=C.UTF-8"]
        phrase = self.home / "initdb.password"
        phrase.write_text(self.password)
        os.chmod(phrase, 0o600)
        if self.rank == "nobody":
            shutil.chown(phrase, "nobody")
        command: list[str | Path] = [self.folder / "initdb", "-D", self.data, "-U", NAME, "-A", "scram-sha-256"]
        command += ["--pwfile", phrase, "-E", "UTF8", *locale, "--no-instructions", "--no-sync"]
        made = children.run_as(self.rank, command)
        phrase.unlink()
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise _trouble("PostgreSQL could not make its files.", made.stderr, self.home)

    def _wait(self) -> None:
        """Return when it answers and has our database."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if self.child and self.child.poll() is not None:
                raise _trouble("PostgreSQL stopped while starting.", _tail(self.log), self.home)
            try:
                return self._ensure_database()
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise EngineTrouble(
                        f"{self.password_file} does not fit the database beside it. Put the old file back."
                    ) from None
                if time.monotonic() > deadline:
                    raise _trouble("PostgreSQL does not answer.", _tail(self.log), self.home) from error
                time.sleep(0.02)

    def _ensure_database(self) -> None:
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=NAME, password=self.password, dbname="postgres", connect_timeout=5
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {NAME}")
        connection.close()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _password(file: Path) -> str:
    if not file.exists() or not file.read_text().strip():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text().strip()


def _reachable(home: Path) -> Path:
    """Return a folder of `nobody` for this home: /root and most homes are closed to it."""
    place = Path("/var/lib/filo") / str(home.resolve()).strip("/").replace("/", "-")
    place.mkdir(parents=True, exist_ok=True)
    shutil.chown(place, "nobody")
    return place


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def _trouble(what: str, said: str, home: Path) -> EngineTrouble:
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return disk_is_full(home)
    if "Permission denied" in said or "has wrong ownership" in said:
        return EngineTrouble(
            f"{home} belongs to another user. Start Filo as that user, or give the folder to this one."
        )
    return EngineTrouble(f"{what} It said:\n{said.strip()}")
