"""Backup and restore of everything that lasts: the database and the files, in one archive.

The database is dumped in PostgreSQL's own archive format by its own programs: one of version 15 restores into 18.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crm.engines.binaries import postgres_folder, postgres_major

PATTERN = "filo-*.tar"
KEPT = 14  # nightly backups
DUMP, FILES = "database.dump", "files"
Database = dict[str, Any]  # as in settings.DATABASES: NAME, USER, PASSWORD, HOST, PORT


class BackupTrouble(Exception):
    """A backup or a restore cannot be made; the text says why and what to do."""


def back_up(database: Database, files: Path, into: Path) -> Path:
    """Write database and files to a new archive in `into` and return it. It appears whole or not at all.

    database: as in settings.DATABASES. Raises BackupTrouble.
    """
    into.mkdir(parents=True, exist_ok=True)
    target = into / f"filo-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.tar"
    try:
        with tempfile.TemporaryDirectory(dir=into, prefix=".making-") as room:
            dump = Path(room) / DUMP
            _run("pg_dump", database, "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
            draft = Path(room) / target.name
            with tarfile.open(draft, "w") as archive:
                archive.add(dump, DUMP)
                if files.is_dir():
                    archive.add(files, FILES)
            draft.chmod(0o600)  # it holds every customer
            draft.replace(target)
    except OSError as error:
        raise BackupTrouble(f"The backup could not be written to {into}: {error.strerror}.") from error
    return target


def restore(archive: Path, database: Database, files: Path) -> None:
    """Put an archive's database and files into an empty database and an empty folder.

    Raises BackupTrouble if either is not empty, if somebody is connected, or if the archive is not one of ours;
    nothing is overwritten. What it holds may have left since: `crm.restoring` comes next, before anything runs.
    """
    if not tarfile.is_tarfile(archive):
        raise BackupTrouble(f"{archive} is not a backup of Filo.")
    if files.is_dir() and any(files.iterdir()):
        raise BackupTrouble(f"{files} is not empty. Restore into an empty place: a new var/ folder, an empty database.")
    if _has_tables(database):
        raise BackupTrouble("The database is not empty. Restore into a new one: nothing is ever overwritten.")
    if _is_in_use(database):
        raise BackupTrouble("Somebody is connected to this database. Stop web, worker and clock first, or they send.")
    with tempfile.TemporaryDirectory(prefix="filo-restore-") as room:
        try:
            with tarfile.open(archive) as packed:
                _unpack(packed, Path(room))
        except (tarfile.ReadError, EOFError) as error:
            raise BackupTrouble(
                f"{archive} is cut short or damaged. Take another one; nothing was restored."
            ) from error
        dump = Path(room) / DUMP
        if not dump.exists():
            raise BackupTrouble(f"{archive} is not a backup of Filo: it holds no database.")
        _run("pg_restore", database, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", dump)
        if (Path(room) / FILES).is_dir():
            shutil.copytree(Path(room) / FILES, files, dirs_exist_ok=True)


def _unpack(archive: tarfile.TarFile, room: Path) -> None:
    """Extract plain files and folders that stay inside `room`; Python 3.11.0 to 3.11.3 have no filter for that."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(room, filter="data")
        return
    for member in archive:
        if not (member.isfile() or member.isdir()) or not (room / member.name).resolve().is_relative_to(room.resolve()):
            raise BackupTrouble(f"The archive is not one of Filo's: it holds {member.name!r}.")
        archive.extract(member, room)


def newest(folder: Path) -> Path | None:
    """Return the youngest archive of this folder, or None."""
    return max(folder.glob(PATTERN), default=None, key=lambda path: path.name) if folder.is_dir() else None


def forget_old(folder: Path, *, kept: int = KEPT) -> list[Path]:
    """Delete all but the youngest archives and return those deleted."""
    old = sorted(folder.glob(PATTERN), reverse=True)[kept:]
    for archive in old:
        archive.unlink()
    return old


def _has_tables(database: Database) -> bool:
    said = _run("psql", database, "-Atc", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    return said.strip() != "0"


def _is_in_use(database: Database) -> bool:
    others = "datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    return _run("psql", database, "-Atc", f"SELECT count(*) FROM pg_stat_activity WHERE {others}").strip() != "0"


def _run(program: str, database: Database, *options: str | Path) -> str:
    """Run one of PostgreSQL's programs on this database; the password goes by the environment, not the command line."""
    env = {
        **os.environ,
        "PGHOST": str(database["HOST"]),
        "PGPORT": str(database["PORT"] or 5432),
        "PGUSER": str(database["USER"]),
        "PGPASSWORD": str(database["PASSWORD"]),
        "PGDATABASE": str(database["NAME"]),
    }
    command = [str(_program(program)), *map(str, options)]
    if program == "pg_restore":
        command[1:1] = ["--dbname", env["PGDATABASE"]]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise BackupTrouble(f"{program} said:\n{done.stderr.strip()[-1500:]}")
    return done.stdout


def _program(name: str) -> Path:
    """Return the newest installed program of this name: pg_dump refuses servers that are newer than itself."""
    beside = postgres_folder() / name
    if beside.exists():
        return beside
    on_path = shutil.which(name)
    if not on_path:
        raise BackupTrouble(f"{name} is not installed ({postgres_major(postgres_folder())} would do).")
    return Path(on_path)
